/** Membership in a collection without comparing it item by item: a constraint may ask as often as a resource has items. */
import { canonicalText, isNumber, numberText } from '../core/json.ts';
import { type Collection, sameItem } from './collections.ts';
import { canonicalDecimal } from './decimal.ts';
import type { FhirNode } from './node.ts';

/** Whether a collection holds an item equal to this one (`sameItem`). */
export type Holds = (items: Collection, item: FhirNode) => boolean;

/** So few are compared one by one. */
const FEW = 8;

/** Makes the question; a collection that is asked again is read once. */
export function createHolds(): Holds {
  const known = new WeakMap<Collection, ReadonlySet<string>>();
  return (items, item) => {
    if (items.length <= FEW) return items.some((other) => sameItem(item, other));
    const keys = known.get(items) ?? new Set(items.flatMap(keyOf));
    known.set(items, keys);
    return keyOf(item).some((key) => keys.has(key));
  };
}

// Equal for what `sameItem` calls equal: numbers as decimals at the top, all else as its JSON says.
function keyOf({ value }: FhirNode): readonly string[] {
  if (value === undefined) return [];
  return [isNumber(value) ? `n${canonicalDecimal(numberText(value))}` : `j${canonicalText(value)}`];
}
