/** What the laws of the lens compare: what a caller sees, and what of a resource it does not. */
import { equalJson, isArray, isObject, type Json, type JsonObject, type ResourceJson } from '../../src/core/json.ts';
import { leavesOf, plainJson } from './lens-world.ts';

/**
 * What was sent or is seen, as PutGet compares it. `meta` is the server's (R4 http.html#update: what an update leaves
 * out of it stays). Contained resources that nothing sent refers to (dom-3) are neither shown nor lost. VIEWS.md: an
 * Organization always shows its name or the mark that stands for it, so one that was sent without either gets it.
 */
export function sightOf(resource: ResourceJson, isMarked: (type: string) => boolean): unknown {
  // The id is the URL's, and may stand under a pseudonym.
  const { meta: _meta, id: _id, contained: _contained, ...rest } = resource;
  const kept = reachableIn(resource).map((each) => withNameMark(each, isMarked));
  const own = withNameMark(rest, isMarked);
  return plainJson(isObject(own) && kept.length > 0 ? { ...own, contained: kept } : own);
}

const MARK: Json = {
  extension: [{ url: 'http://hl7.org/fhir/StructureDefinition/data-absent-reason', valueCode: 'masked' }],
};

function withNameMark(resource: Json, isMarked: (type: string) => boolean): Json {
  if (!isObject(resource) || resource['resourceType'] !== 'Organization' || !isMarked('Organization')) return resource;
  const { _name: beside, ...named } = resource;
  // The mark is the server's: beside a name that was sent it says nothing, and goes.
  if (resource['name'] !== undefined && equalJson(beside, MARK)) return named;
  return resource['name'] !== undefined || beside !== undefined ? resource : { ...resource, _name: MARK };
}

const containedIn = (resource: JsonObject): readonly Json[] =>
  isArray(resource['contained']) ? resource['contained'] : [];
const idOf = (resource: Json): string => (isObject(resource) ? String(resource['id']) : '');

/** The contained resources that the rest leads to, or that point to their container. */
export function reachableIn(resource: JsonObject): readonly Json[] {
  const all = containedIn(resource);
  if (all.length === 0) return all;
  const { contained: _contained, ...body } = resource;
  const texts = (json: Json): readonly string[] =>
    leavesOf(json, 'left-out').flatMap((leaf) => /= "(#.*)"$/.exec(leaf)?.[1] ?? []);
  const named = new Set(texts(body));
  const isKept = (each: Json): boolean => named.has(`#${idOf(each)}`) || texts(each).includes('#');
  for (let size = -1; size < named.size; ) {
    size = named.size;
    for (const each of all.filter(isKept)) for (const text of texts(each)) named.add(text);
  }
  return all.filter(isKept);
}

/** What of a resource does not reach its reader, as paths with values; without `meta` and narratives. */
export function hiddenOf(stored: ResourceJson, seen: ResourceJson): readonly string[] {
  return minus(leavesOf(bodyOf(stored), 'left-out').map(plainId), leavesOf(bodyOf(seen), 'left-out').map(plainId));
}

/** The texts of one list without those of another, each as often as it is more. */
export function minus(list: readonly string[], taken: readonly string[]): readonly string[] {
  const counts = new Map<string, number>();
  for (const text of taken) counts.set(text, (counts.get(text) ?? 0) + 1);
  const left = list.filter((text) => {
    const count = counts.get(text) ?? 0;
    if (count > 0) counts.set(text, count - 1);
    return count === 0;
  });
  return left.sort();
}

// A hidden contained resource gives its id up to one that was sent: `c0` becomes `c0-1`.
const plainId = (leaf: string): string =>
  leaf.replace(/^(\.contained\.id|.*\.reference) = "(#?[^"/]+?)(?:-\d+)+"$/, '$1 = "$2"');

function bodyOf({ meta: _meta, text: _text, ...body }: JsonObject): JsonObject {
  const contained = containedIn(body).map((each) => (isObject(each) ? { ...each, text: undefined } : each));
  return contained.length > 0 ? { ...body, contained } : body;
}
