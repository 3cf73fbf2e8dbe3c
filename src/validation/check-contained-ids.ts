/** Contained resources as a whole list: of two with one id, `#id` could mean either. */
import { isArray, isObject, type JsonObject, member } from '../core/json.ts';
import { childPlace, type Findings, itemPlace, type Place } from './findings.ts';

/** Adds a fault for each contained resource with an id that another has (R4 references.html#contained). */
export function checkContainedIds(findings: Findings, resource: JsonObject, place: Place): void {
  const contained = member(resource, 'contained');
  const ids = new Set<string>();
  for (const [i, each] of (isArray(contained) ? contained : []).entries()) {
    const id = isObject(each) ? member(each, 'id') : undefined;
    if (typeof id !== 'string') continue;
    const at = childPlace(itemPlace(childPlace(place, 'contained'), i), 'id');
    if (ids.has(id)) findings.add('invariant', at, 'Another contained resource has this id');
    ids.add(id);
  }
}
