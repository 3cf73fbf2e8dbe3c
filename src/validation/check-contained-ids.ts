/** Contained resources as a whole list: each needs an id of its own, without which `#id` says nothing. */
import { isArray, isObject, type JsonObject, member } from '../core/json.ts';
import { childPlace, type Findings, itemPlace, type Place } from './findings.ts';

/** Adds a fault for a contained resource without an id, or with one that another has (R4 references.html#contained). */
export function checkContainedIds(findings: Findings, resource: JsonObject, place: Place): void {
  const contained = member(resource, 'contained');
  const ids = new Set<string>();
  for (const [i, each] of (isArray(contained) ? contained : []).entries()) {
    const id = isObject(each) ? member(each, 'id') : undefined;
    const at = childPlace(itemPlace(childPlace(place, 'contained'), i), 'id');
    if (typeof id !== 'string') findings.add('required', at, 'A contained resource must have an id');
    else if (ids.has(id)) findings.add('invariant', at, 'Another contained resource has this id');
    else ids.add(id);
  }
}
