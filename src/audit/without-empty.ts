/** FHIR knows no empty string, list or object (R4 json.html): what a record left empty is left out. */
import { isArray, isObject, type Json, type JsonObject } from '../core/json.ts';

/** The object without its empty members, at every depth. */
export function withoutEmpty(object: JsonObject): JsonObject {
  const kept: Record<string, Json> = {};
  for (const [name, value] of Object.entries(object)) {
    const whole = value === undefined ? undefined : filled(value);
    if (whole !== undefined) kept[name] = whole;
  }
  return kept;
}

function filled(value: Json): Json | undefined {
  if (typeof value === 'string') return value.trim() === '' ? undefined : value;
  if (isArray(value)) {
    const items = value.map(filled).filter((item) => item !== undefined);
    return items.length > 0 ? items : undefined;
  }
  if (!isObject(value)) return value;
  const object = withoutEmpty(value);
  return Object.keys(object).length > 0 ? object : undefined;
}
