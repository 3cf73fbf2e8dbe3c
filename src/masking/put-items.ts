/** Lists under `put`: hidden items keep their place and content, edited ones are found by identity, never guessed. */
import { canonicalText, isObject, type Json } from '../core/json.ts';
import { type PlacedItem, placeItems } from '../core/place-items.ts';
import type { FhirNode } from '../fhirpath/path.ts';
import { childStates, maskNode } from './get.ts';
import { itemScope, mayNotChange, mayWrite, mustGuess, type PutScope, putNode, sameNode } from './put.ts';

interface ListPlace {
  readonly name: string;
  readonly scope: PutScope;
}

interface Item {
  readonly stored: FhirNode;
  readonly index: number;
  readonly seen: FhirNode | undefined;
  /** A view may hide parts of it, by definition. */
  readonly partial: boolean;
}

/** The stored list with the edited one laid over it. */
export function putItems(
  stored: readonly FhirNode[],
  edited: readonly FhirNode[],
  place: ListPlace,
): readonly FhirNode[] {
  const items = stored.map((node, index) => lookAt(node, index, place));
  const visible = items.filter((item) => item.seen !== undefined);
  if (visible.length === edited.length && visible.every((item, i) => sameNode(item.seen, edited[i]))) return stored;
  const path = `${place.scope.path}.${place.name}`;
  const matches = matchItems(visible, edited, () => mayReplace(visible, edited, place), path);
  refuseReorder(matches, place, path);
  const matched = new Set(matches);
  const shown = edited.map((node, i) => putItem(matches[i], node, i, place));
  const kept = items.flatMap((item): PlacedNode[] => {
    if (item.seen === undefined) return [[item.index, item.stored]];
    if (matched.has(item)) return [];
    // Errors name the place among what the caller sees: the stored one would tell how many items are hidden.
    const rest = putItem(item, undefined, visible.indexOf(item), place);
    return rest ? [[item.index, rest]] : [];
  });
  return placeNodes(
    shown.filter((node) => node !== undefined),
    kept,
  );
}

type PlacedNode = readonly [position: number, node: FhirNode];

// Nodes ride through placeItems by their number.
function placeNodes(shown: readonly FhirNode[], kept: readonly PlacedNode[]): readonly FhirNode[] {
  const all = [...shown, ...kept.map(([, node]) => node)];
  const placed = kept.map(([position], i): PlacedItem => [position, shown.length + i]);
  const order: readonly Json[] = placeItems(
    shown.map((_, i) => i),
    placed,
  );
  return order.flatMap((at) => all[Number(at)] ?? []);
}

function lookAt(stored: FhirNode, index: number, { name, scope }: ListPlace): Item {
  const states = childStates(scope.states, name, stored, index, scope.context);
  return {
    stored,
    index,
    seen: maskNode(stored, states, scope.context),
    partial: !states.some((state) => state.whole),
  };
}

function putItem(
  item: Item | undefined,
  edited: FhirNode | undefined,
  index: number,
  place: ListPlace,
): FhirNode | undefined {
  const path = `${place.scope.path}.${place.name}[${index}]`;
  const scope = itemScope(place.scope, { name: place.name, index: item?.index ?? index, path }, item?.stored, edited);
  return putNode(item?.stored, edited, scope);
}

/** For each edited item the stored one that it is; undefined for a new one. */
function matchItems(
  visible: readonly Item[],
  edited: readonly FhirNode[],
  mayReplaceAll: () => boolean,
  path: string,
): readonly (Item | undefined)[] {
  const free = new Set(visible);
  const matches: (Item | undefined)[] = edited.map(() => undefined);
  const pair = (at: number, item: Item | undefined): void => {
    if (!item) return;
    matches[at] = item;
    free.delete(item);
  };
  for (const identity of [elementId, content]) {
    const waiting = queueBy(free, identity);
    edited.forEach((node, i) => {
      const key = identity(node);
      if (!matches[i] && key !== undefined) pair(i, waiting.get(key)?.shift());
    });
  }
  const open = edited.flatMap((_, i) => (matches[i] ? [] : [i]));
  if (open.length === 0 || free.size === 0) return matches;
  const inPlace = edited.length === visible.length && open.every((i) => visible[i] && free.has(visible[i]));
  if (inPlace) for (const i of open) pair(i, visible[i]);
  else if (!mayReplaceAll()) throw mustGuess(path);
  return matches;
}

/** Items by what tells them apart, in their order. */
function queueBy(items: Iterable<Item>, identity: (node: FhirNode) => string | undefined): Map<string, Item[]> {
  const queues = new Map<string, Item[]>();
  for (const item of items) {
    const key = item.seen && identity(item.seen);
    if (key === undefined) continue;
    const queue = queues.get(key);
    if (queue) queue.push(item);
    else queues.set(key, [item]);
  }
  return queues;
}

function elementId(node: FhirNode): string | undefined {
  const id = isObject(node.value) ? node.value['id'] : node.sibling?.['id'];
  return typeof id === 'string' ? id : undefined;
}

const content = (node: FhirNode): string => canonicalText([node.value ?? null, node.sibling ?? null]);

// Items that no view of the caller hides parts of, and that the caller may write whole, need no identity.
function mayReplace(visible: readonly Item[], edited: readonly FhirNode[], { name, scope }: ListPlace): boolean {
  if (visible.some((item) => item.partial)) return false;
  const before = visible.map((item) => item.seen).filter((node) => node !== undefined);
  return [...before, ...edited].every((node, i) => {
    const write = childStates(scope.write, name, node, i, scope.context);
    return mayWrite({ ...scope, write }, node);
  });
}

function refuseReorder(matches: readonly (Item | undefined)[], { name, scope }: ListPlace, path: string): void {
  const order = matches.flatMap((item) => (item ? [item.index] : []));
  const inOrder = order.every((index, i) => i === 0 || index > (order[i - 1] ?? -1));
  const may = scope.write.every((state) => {
    const { only } = state.child(name);
    // A list whose values are narrowed (to none: `values: []`) is not its writer's to rearrange.
    return only?.leaf === 'all' && only.values === undefined;
  });
  if (!inOrder && !may) throw mayNotChange(path);
}
