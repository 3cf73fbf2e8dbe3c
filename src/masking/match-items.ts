/** Which stored item an edited one is: by unchanged content, by element id, by position; never by a guess. */
import { canonicalText, isObject } from '../core/json.ts';
import type { FhirNode } from '../fhirpath/path.ts';

/** An item of a stored list as its writer saw it. */
export interface SeenItem {
  readonly stored: FhirNode;
  /** Its place in the stored list. */
  readonly index: number;
  readonly seen: FhirNode;
  /** A view may hide parts of it, by definition: then it matters which one it is. */
  readonly partial: boolean;
}

/** For each edited item the one that it was; undefined for a new one. */
export type Matches = readonly (SeenItem | undefined)[];

/**
 * Matches an edited list with what was seen of it. Gives `ambiguous` where only a guess could tell; `replaceable`
 * says whether items that nothing is hidden of may be given up for others.
 */
export function matchItems(
  seen: readonly SeenItem[],
  edited: readonly FhirNode[],
  replaceable: () => boolean,
): Matches | 'ambiguous' {
  const pairs = createPairs(seen, edited);
  const contents = { seen: seen.map((item) => content(item.seen)), edited: edited.map(content) };
  if (losesTwin(seen, contents)) return 'ambiguous';
  edited.forEach((_, i) => {
    if (contents.edited[i] === contents.seen[i]) pairs.join(i, seen[i]);
  });
  joinBy(pairs, seen, contents);
  const ids = { seen: seen.map((item) => elementId(item.seen)), edited: edited.map(elementId) };
  if (joinBy(pairs, seen, ids) === 'uneven') return 'ambiguous';
  const open = edited.flatMap((_, i) => (pairs.matches[i] ? [] : [i]));
  if (open.length === 0 || pairs.free.size === 0) return pairs.matches;
  if (edited.length === seen.length && open.every((i) => isFree(pairs, seen[i]))) {
    // Two element ids are two items, wherever they stand.
    for (const i of open) if (!differ(ids.seen[i], ids.edited[i])) pairs.join(i, seen[i]);
    return pairs.matches;
  }
  return replaceable() ? pairs.matches : 'ambiguous';
}

/** Matches by position alone, for a view that shows items by their index; undefined where the numbers differ. */
export const matchInPlace = (seen: readonly SeenItem[], edited: readonly FhirNode[]): Matches | undefined =>
  seen.length === edited.length ? seen : undefined;

interface Pairs {
  readonly matches: (SeenItem | undefined)[];
  readonly free: Set<SeenItem>;
  join(at: number, item: SeenItem | undefined): void;
}

function createPairs(seen: readonly SeenItem[], edited: readonly FhirNode[]): Pairs {
  const matches: (SeenItem | undefined)[] = edited.map(() => undefined);
  const free = new Set(seen);
  return {
    matches,
    free,
    join: (at, item) => {
      if (!item) return;
      matches[at] = item;
      free.delete(item);
    },
  };
}

const isFree = (pairs: Pairs, item: SeenItem | undefined): boolean => item !== undefined && pairs.free.has(item);
const differ = (a: string | undefined, b: string | undefined): boolean => a !== undefined && b !== undefined && a !== b;

interface Keys {
  readonly seen: readonly (string | undefined)[];
  readonly edited: readonly (string | undefined)[];
}

// Among several alike, of which fewer came back than were seen, nobody can tell which ones those are.
function losesTwin(seen: readonly SeenItem[], contents: Keys): boolean {
  const sent = Map.groupBy(contents.edited, (text) => text);
  const groups = Map.groupBy(seen, (_, i) => contents.seen[i]);
  return [...groups].some(([text, items]) => {
    const count = sent.get(text)?.length ?? 0;
    return count > 0 && count < items.length && items.some((item) => item.partial);
  });
}

/** Joins what has the same key, in order; `uneven` where several could be the one that something may be hidden of. */
function joinBy(pairs: Pairs, seen: readonly SeenItem[], keys: Keys): 'joined' | 'uneven' {
  const waiting = new Map<string, SeenItem[]>();
  seen.forEach((item, i) => {
    const key = keys.seen[i];
    if (key !== undefined && pairs.free.has(item)) addTo(waiting, key, item);
  });
  const asking = new Map<string, number[]>();
  keys.edited.forEach((key, i) => {
    if (key !== undefined && !pairs.matches[i]) addTo(asking, key, i);
  });
  let result: 'joined' | 'uneven' = 'joined';
  for (const [key, places] of asking) {
    const items = waiting.get(key) ?? [];
    for (const [i, at] of places.entries()) pairs.join(at, items[i]);
    if (items.length !== places.length && items.some((item) => item.partial)) result = 'uneven';
  }
  return result;
}

function addTo<T>(groups: Map<string, T[]>, key: string, value: T): void {
  const group = groups.get(key);
  if (group) group.push(value);
  else groups.set(key, [value]);
}

function elementId(node: FhirNode): string | undefined {
  const id = isObject(node.value) ? node.value['id'] : node.sibling?.['id'];
  return typeof id === 'string' ? id : undefined;
}

const content = (node: FhirNode): string => canonicalText([node.value ?? null, node.sibling ?? null]);
