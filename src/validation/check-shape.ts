/** Checks JSON of a type without definitions: only what FHIR's JSON format asks of everything. */
import { isArray, isObject, type Json, type JsonObject } from '../core/json.ts';
import { MAX_DEPTH } from '../core/parse-json.ts';
import { itemPlace, type Place } from './findings.ts';
import type { Walk } from './walk.ts';

/** Nothing empty, and null only in lists (R4 json.html); the place is the one of the nearest known element. */
export function checkShape(walk: Walk, json: Json, place: Place): void {
  if (place.depth > 2 * MAX_DEPTH) {
    walk.findings.add('structure', place, 'lies too deep');
    return;
  }
  if (typeof json === 'string') {
    if (json === '' || !json.isWellFormed()) walk.findings.add('value', place, 'has an empty or broken text');
  } else if (json === null) walk.findings.add('structure', place, 'has a null where R4 allows none');
  else if (isArray(json)) checkItems(walk, json, place);
  else if (isObject(json)) checkMembers(walk, json, place);
}

function checkItems(walk: Walk, items: readonly Json[], place: Place): void {
  if (items.every((item) => item === null)) walk.findings.add('structure', place, 'has an empty list');
  for (const [index, item] of items.entries()) {
    if (walk.findings.full()) return;
    if (item !== null) checkShape(walk, item, itemPlace(place, index));
  }
}

function checkMembers(walk: Walk, json: JsonObject, place: Place): void {
  const values = Object.values(json).filter((value) => value !== undefined);
  if (values.length === 0) walk.findings.add('structure', place, 'has an empty object');
  for (const value of values) {
    if (walk.findings.full()) return;
    checkShape(walk, value, { parent: place, step: '', depth: place.depth + 1 });
  }
}
