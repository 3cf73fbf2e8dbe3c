/** Which search parameters a view answers, and over what (`veil policy explain`). */
import type { Reach } from '../core/view-port.ts';
import type { View } from '../masking/view.ts';
import type { SearchRegistry } from '../search/parameters.ts';
import type { SearchParameter } from '../search/query.ts';
import { reads } from '../search/reads.ts';
import { type GuardParts, guardCriterion } from './guard-query.ts';

export interface ParameterReport {
  readonly parameter: string;
  /** `all`, `none` (403), or the classes of items over which it is answered. */
  readonly answered: 'all' | 'none' | readonly string[];
  /** Elements that it reads and that the view hides or alters. */
  readonly closed: readonly string[];
}

/** Every parameter of the view's type without modifier, by the guard that refuses them. */
export function reportParameters(guard: GuardParts, registry: SearchRegistry, view: View): readonly ParameterReport[] {
  return registry.supported(view.type).map((param) => {
    const reach = guardCriterion(guard, view, { param, name: param.code, values: [] });
    return {
      parameter: param.code,
      answered: answered(reach),
      closed: reach === 'whole' ? [] : closedElements(guard, view, param),
    };
  });
}

const answered = (reach: Reach | undefined): ParameterReport['answered'] =>
  reach === undefined ? 'none' : reach === 'whole' ? 'all' : reach;

function closedElements(guard: GuardParts, view: View, param: SearchParameter): readonly string[] {
  const paths = reads(param).flatMap(({ path, property, parts, predicates }) => {
    const names = path.split('.');
    const own = property === undefined ? names : [...names.slice(0, -1), property];
    const below = parts.length > 0 ? parts.map((part) => [...own, ...part.split('.')]) : [own];
    return [...below, ...predicates.map((predicate) => predicate.split('.'))];
  });
  const closed = paths.filter((path) => guard.reachOf(view, path, 'shown') !== 'whole').map((path) => path.join('.'));
  return [...new Set(closed)];
}
