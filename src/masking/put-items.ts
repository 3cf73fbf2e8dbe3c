/** Lists under `put`: hidden items keep their place and content, edited ones are found by identity, never guessed. */
import type { Json } from '../core/json.ts';
import { type PlacedItem, placeItems } from '../core/place-items.ts';
import type { FhirNode } from '../fhirpath/path.ts';
import { childStates, maskNode } from './get.ts';
import { type Matches, matchInPlace, matchItems, type SeenItem } from './match-items.ts';
import { holdsMark, type ItemPlace, mayNotChange, mayWrite, mustGuess, type PutScope, sameNode } from './put-scope.ts';

interface ListPlace {
  readonly name: string;
  readonly scope: PutScope;
  /** Puts one item; undefined where nothing is left of it. */
  putAt(
    stored: FhirNode | undefined,
    edited: FhirNode | undefined,
    place: ItemPlace & { readonly scope: PutScope },
  ): FhirNode | undefined;
}

/** The stored list with the edited one laid over it. */
export function putItems(
  stored: readonly FhirNode[],
  edited: readonly FhirNode[],
  place: ListPlace,
): readonly FhirNode[] {
  const items = stored.map((node, index) => lookAt(node, index, place));
  const visible = items.filter((item): item is SeenItem => item.seen !== undefined);
  if (visible.length === edited.length && visible.every((item, i) => sameNode(item.seen, edited[i]))) return stored;
  const matches = match(visible, edited, place);
  const shown = edited.map((node, i) => putItem(matches[i], node, i, place));
  const matched = new Set(matches);
  let at = -1;
  const kept = items.flatMap((item): PlacedNode[] => {
    if (!isSeen(item)) return [[item.index, item.stored]];
    // Errors name the place among what the caller sees: the stored one would tell how many items are hidden.
    at++;
    if (matched.has(item)) return [];
    const rest = putItem(item, undefined, at, place);
    return rest ? [[item.index, rest]] : [];
  });
  return placeNodes(
    shown.filter((node) => node !== undefined),
    kept,
  );
}

type Item = SeenItem | (Omit<SeenItem, 'seen'> & { readonly seen: undefined });
const isSeen = (item: Item): item is SeenItem => item.seen !== undefined;

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
  const seen = maskNode(stored, states, scope.context);
  return { stored, index, seen, partial: !states.some((state) => state.whole) || holdsMark(seen) };
}

function match(visible: readonly SeenItem[], edited: readonly FhirNode[], place: ListPlace): Matches {
  const path = `${place.scope.path}.${place.name}`;
  if (showsByIndex(place)) {
    // With an item more or less, others would come under the index that is shown.
    const matches = matchInPlace(visible, edited);
    if (!matches) throw mayNotChange(path);
    return matches;
  }
  const matches = matchItems(visible, edited, () => mayReplace(visible, edited, place));
  if (matches === 'ambiguous') throw isClosed(place) ? mayNotChange(path) : mustGuess(path);
  refuseReorder(matches, place, path);
  return matches;
}

const showsByIndex = ({ name, scope }: ListPlace): boolean =>
  scope.states.every((state) => state.child(name).only?.whole !== true) &&
  scope.states.some((state) => state.child(name).filters.some((filter) => filter.kind === 'index'));

const isClosed = ({ name, scope }: ListPlace): boolean =>
  scope.write.length === 0 || scope.write.some((state) => state.child(name).only?.hidden === true);

function putItem(
  item: SeenItem | undefined,
  edited: FhirNode | undefined,
  at: number,
  { name, scope, putAt }: ListPlace,
): FhirNode | undefined {
  const path = `${scope.path}.${name}[${at}]`;
  const below = item ? scope : { ...scope, fresh: true };
  return putAt(item?.stored, edited, { scope: below, name, index: item?.index ?? at, path });
}

// Items that no view of the caller hides parts of, and that the caller may write whole, need no identity.
function mayReplace(visible: readonly SeenItem[], edited: readonly FhirNode[], { name, scope }: ListPlace): boolean {
  if (visible.some((item) => item.partial)) return false;
  return [...visible.map((item) => item.seen), ...edited].every((node, i) => {
    const write = childStates(scope.write, name, node, i, scope.context);
    return mayWrite({ ...scope, write }, node);
  });
}

function refuseReorder(matches: Matches, { name, scope }: ListPlace, path: string): void {
  const order = matches.flatMap((item) => (item ? [item.index] : []));
  const inOrder = order.every((index, i) => i === 0 || index > (order[i - 1] ?? -1));
  const may = scope.write.every((state) => {
    const { only } = state.child(name);
    // A list whose values are narrowed (to none: `values: []`) is not its writer's to rearrange.
    return only?.leaf === 'all' && only.values === undefined;
  });
  if (!inOrder && !may) throw mayNotChange(path);
}
