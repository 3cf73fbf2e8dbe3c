/** Puts the items of an item box back among those that stayed (`{"identifier":[[position,item],…]}`). */
import type { Json } from './json.ts';

/** An item and where it stood in the whole list. */
export type PlacedItem = readonly [position: number, item: Json];

/** The whole list: each placed item at its position, the others around them in their order. */
export function placeItems(items: readonly Json[], placed: readonly PlacedItem[]): readonly Json[] {
  const inOrder = placed.toSorted((a, b) => a[0] - b[0]);
  const whole: Json[] = [];
  let next = 0;
  for (const [position, item] of inOrder) {
    for (; whole.length < position && next < items.length; next++) whole.push(items[next] ?? null);
    whole.push(item);
  }
  return [...whole, ...items.slice(next)];
}
