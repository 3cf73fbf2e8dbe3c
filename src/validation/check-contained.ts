/** R4 dom-3: a contained resource is there because something refers to it, or it refers to its container. */
import { isArray, isObject, type Json, type JsonObject } from '../core/json.ts';
import { childPlace, itemPlace, type Place } from './findings.ts';
import type { Walk } from './walk.ts';

/** Adds a finding for every contained resource that stands alone. */
export function checkContained(walk: Walk, resource: JsonObject, place: Place): void {
  const contained = resource['contained'];
  if (!isArray(contained)) return;
  const named = new Set<string>();
  collectLocal(resource, named);
  for (const [i, each] of contained.entries()) {
    if (!isObject(each)) continue;
    const { id } = each;
    if (typeof id === 'string' && named.has(`#${id}`)) continue;
    const own = new Set<string>();
    collectLocal(each, own);
    if (own.has('#')) continue;
    const at = itemPlace(childPlace(place, 'contained'), i);
    walk.findings.add(
      'invariant',
      at,
      'A contained resource must be referred to from the resource that holds it (dom-3)',
    );
  }
}

function collectLocal(value: Json | undefined, found: Set<string>): void {
  if (typeof value === 'string') {
    if (value.startsWith('#')) found.add(value);
  } else if (isArray(value)) for (const item of value) collectLocal(item, found);
  else if (isObject(value)) for (const member of Object.values(value)) collectLocal(member, found);
}
