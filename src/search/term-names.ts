/** How terms are named: what `extract.ts` writes and `plan.ts` asks for must be the same. */
import type { SearchParameter } from './query.ts';

/** Values under one parameter and item class that are indexed exactly; more than these set the overflow term. */
export const MAX_VALUES = 32;

/** There is a value at all. No parameter type begins its term values with these two. */
export const PRESENT = '+';
/** There are more values than are indexed. */
export const OVERFLOW = '*';

/** Row terms are apart from search terms: other keys, and no cap. */
export const rowParameter = (code: string): string => `row:${code}`;
/** Terms of the identifiers that references carry, for `:identifier`. */
export const identifierParameter = (code: string): string => `${code}:identifier`;
/** Under which a reference's target is noted: `Observation.subject`. */
export const referenceParameter = (param: Pick<SearchParameter, 'type'>, code: string): string =>
  `${param.type}.${code}`;
/** Term value of a reference's target, where a row filter needs it as a term. */
export const rowReference = (uid: string): string => `r${uid}`;
