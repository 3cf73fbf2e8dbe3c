/** Criteria of a caller who knows resources by their pseudonyms alone. */
import type { Criterion } from './query.ts';

/**
 * A reference that names nothing on this server is never shown under a pseudonym, so it finds nothing, whatever is
 * stored. All else stays: ids in it are pseudonyms, which the plan turns back and `matches` compares with what is seen.
 */
export function withoutForeign(criterion: Criterion): Criterion {
  if (!criterion.values.some((value) => value.kind === 'reference' && value.text !== undefined)) return criterion;
  return {
    ...criterion,
    values: criterion.values.map((value) =>
      value.kind === 'reference' && value.text !== undefined ? { kind: 'reference', targets: [] } : value,
    ),
  };
}
