/** What search asks of a view, so that `search/` knows nothing of policies. */

/**
 * Which items of a parameter's elements a query may be answered over. `whole`: all of them. A list: only items of
 * these classes (`identifier`: MRN, SSN, NPI, other), positive matches only.
 */
export type Reach = 'whole' | readonly string[];
