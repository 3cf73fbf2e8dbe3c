/** Contained resources: each by the view of its own type, and only while something visible points to it. */
import { isArray, isObject, type Json, type JsonObject } from '../core/json.ts';
import { fillMarkers, maskMembers } from './get.ts';
import { MASKED_EXTENSION } from './markers.ts';
import type { Seeing } from './see.ts';
import type { View } from './view.ts';

/**
 * Adds to a masked resource what its caller may see of its contained ones (R4 dom-3: only what is referred to), and
 * marks references whose target is hidden.
 */
export function maskContained(masked: JsonObject, contained: readonly Json[], seeing: Seeing): JsonObject {
  if (contained.length === 0) return masked;
  const shown = new Map<string, JsonObject>();
  for (const resource of contained) {
    const seen = seeContained(resource, seeing);
    if (seen && typeof seen['id'] === 'string') shown.set(seen['id'], seen);
  }
  const all = new Set(
    contained.flatMap((each) => (isObject(each) && typeof each['id'] === 'string' ? [each['id']] : [])),
  );
  const kept = reachable(masked, shown);
  const hidden = (id: string): boolean => all.has(id) && !kept.has(id);
  const body = markHidden(masked, hidden);
  const list = [...shown].filter(([id]) => kept.has(id)).map(([, resource]) => markHidden(resource, hidden));
  return isObject(body) ? { ...(list.length > 0 ? { contained: list } : {}), ...body } : masked;
}

/** One contained resource as the caller sees it; undefined when no view opens its type. */
export function seeContained(resource: Json, seeing: Seeing): JsonObject | undefined {
  if (!isObject(resource)) return undefined;
  const type = resource['resourceType'];
  if (typeof type !== 'string') return undefined;
  const views = seeing.contained(type);
  if (views === 'all') return resource;
  // The local id of one is its writer's word, not a pseudonym.
  if (views.length === 0 || hidesModifier(resource, views) || views.some((view) => view.pseudonymId)) return undefined;
  if (views.some((view) => view.state.whole)) return resource;
  return seeContainedBy(views, resource, type, seeing);
}

function seeContainedBy(views: readonly View[], resource: JsonObject, type: string, seeing: Seeing): JsonObject {
  const { context } = seeing;
  const states = views.map((view) => view.state);
  const { resourceType: _, id, ...body } = resource;
  const masked = fillMarkers(maskMembers(body, states, context), states, context);
  return { resourceType: type, ...(id === undefined ? {} : { id }), ...masked };
}

// VIEWS.md: without its modifierExtension a resource could say the opposite.
const hidesModifier = (resource: JsonObject, views: readonly View[]): boolean =>
  !views.some((view) => view.state.leaf === 'all') && hasMember(resource, 'modifierExtension');

function hasMember(value: Json | undefined, name: string): boolean {
  if (isArray(value)) return value.some((item) => hasMember(item, name));
  if (!isObject(value)) return false;
  return Object.hasOwn(value, name) || Object.values(value).some((item) => hasMember(item, name));
}

/** Local ids that name nothing but contained resources whose type no view of the caller opens. */
export function hiddenLocalIds(stored: JsonObject, seeing: Seeing): ReadonlySet<string> {
  const contained = stored['contained'];
  const hidden = new Set<string>();
  const shown = new Set<string>();
  for (const resource of isArray(contained) ? contained : []) {
    const id = isObject(resource) ? resource['id'] : undefined;
    if (typeof id === 'string') (seeContained(resource, seeing) ? shown : hidden).add(id);
  }
  return hidden.difference(shown);
}

function reachable(masked: JsonObject, shown: ReadonlyMap<string, JsonObject>): ReadonlySet<string> {
  const kept = new Set<string>();
  let waiting = localTargets(masked);
  while (waiting.length > 0) {
    const fresh = waiting.filter((id) => shown.has(id) && !kept.has(id));
    for (const id of fresh) kept.add(id);
    waiting = fresh.flatMap((id) => localTargets(shown.get(id)));
  }
  // dom-3 also lets a contained resource stand that points to its container.
  for (const [id, resource] of shown) {
    if (localReferences(resource).includes('#')) kept.add(id);
  }
  return kept;
}

const localTargets = (value: Json | undefined): readonly string[] =>
  localReferences(value)
    .filter((text) => text.length > 1)
    .map((text) => text.slice(1));

/** All texts that begin with `#`. */
export function localReferences(value: Json | undefined): readonly string[] {
  if (typeof value === 'string') return value.startsWith('#') ? [value] : [];
  if (isArray(value)) return value.flatMap(localReferences);
  return isObject(value) ? Object.values(value).flatMap(localReferences) : [];
}

/** A value with masks in place of local references to what is hidden; each stands for the reference and its sibling. */
export function markHidden(
  value: Json,
  hidden: (id: string) => boolean,
  markFor: (stood: JsonObject) => Json = () => ({ extension: [MASKED_EXTENSION] }),
): Json {
  if (isArray(value)) return value.map((item) => markHidden(item, hidden, markFor));
  if (!isObject(value)) return value;
  const { reference, _reference: sibling, ...rest } = value;
  const marked = typeof reference === 'string' && reference.startsWith('#') && hidden(reference.slice(1));
  const out: Record<string, Json | undefined> = {};
  for (const [name, member] of Object.entries(marked ? rest : value)) {
    if (member !== undefined) out[name] = markHidden(member, hidden, markFor);
  }
  if (!marked) return out;
  return { ...out, _reference: markFor({ reference, ...(sibling === undefined ? {} : { _reference: sibling }) }) };
}
