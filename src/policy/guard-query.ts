/** The guard: what a view lets a search parameter be answered over, by definitions alone (CONTRACT.md "Parameters and views"). */
import type { Reach } from '../core/view-port.ts';
import type { Definitions } from '../definitions/types.ts';
import type { View } from '../masking/view.ts';
import type { Criterion } from '../search/query.ts';
import { type ParameterRead, reads } from '../search/reads.ts';

/** What the guard asks of masking. */
export interface GuardParts {
  readonly definitions: Definitions;
  reachOf(view: View, path: readonly string[], pseudonyms: 'shown' | 'altered'): Reach | undefined;
  intersect(a: Reach | undefined, b: Reach | undefined): Reach | undefined;
}

/** Over which items a criterion may be answered through a view; undefined: the parameter is refused. */
export function guardCriterion(parts: GuardParts, view: View, criterion: Criterion): Reach | undefined {
  const { param, modifier } = criterion;
  if (param.code === '_id') return 'whole';
  if (param.code === '_lastUpdated') return view.spec.meta === 'show' ? 'whole' : undefined;
  // Rule 3: words stand anywhere, so nothing may be hidden or altered.
  if (param.kind === 'text') return view.state.leaf === 'all' && view.rules.length === 0 ? 'whole' : undefined;
  // Rule 3: what lies in `meta` needs a view of `*`, with or without rules.
  if (param.code.startsWith('_')) return view.state.leaf === 'all' ? 'whole' : undefined;
  const reach = reads(param, modifier)
    .map((read) => readReach(parts, view, read, modifier))
    .reduce(parts.intersect, 'whole');
  // Rule 2: positive matches only over classes of items.
  if (reach !== 'whole' && (modifier === 'not' || modifier === 'missing')) return undefined;
  return reach;
}

function readReach(
  parts: GuardParts,
  view: View,
  read: ParameterRead,
  modifier: Criterion['modifier'],
): Reach | undefined {
  const { property } = read;
  const names = read.path.split('.');
  const path = property === undefined ? names : [...names.slice(0, -1), property];
  const below = read.parts.length > 0 ? read.parts.map((part) => [...path, ...part.split('.')]) : [path];
  const tested = read.predicates.map((predicate) => predicate.split('.'));
  // Whether there is a reference is another question than whom it names: one to nothing on this server is not shown.
  const pseudonyms = modifier === 'missing' ? 'altered' : 'shown';
  const reach = [...below, ...tested]
    .map((each) => parts.reachOf(view, each, pseudonyms))
    .reduce(parts.intersect, 'whole');
  return reach === 'whole' || read.itemClassed ? reach : undefined;
}
