/** JSON as FHIR needs it: decimals keep their text, keys are never taken from a prototype. */

/** A number whose text a double would change, such as `1.50`; made by `JSON.rawJSON`. */
export interface RawNumber {
  readonly rawJSON: string;
}
export type Json = null | boolean | number | string | RawNumber | readonly Json[] | JsonObject;
export interface JsonObject {
  readonly [name: string]: Json | undefined;
}
/** A resource as plain JSON: an object with its `resourceType`. */
export interface ResourceJson extends JsonObject {
  readonly resourceType: string;
  readonly id?: string;
}

interface RawJsonApi {
  rawJSON(text: string): RawNumber;
  isRawJSON(value: unknown): value is RawNumber;
}
// Node 24 has these; TypeScript's library does not name them yet.
const api = JSON as unknown as RawJsonApi;

/** Whether a value is a number kept as text. */
export const isRawNumber = (value: unknown): value is RawNumber => api.isRawJSON(value);

/** Keeps a number's text, so that `1.50` is written as it was sent. */
export const rawNumber = (text: string): RawNumber => api.rawJSON(text);

/** Whether a value is a JSON object: no array, no null, no number kept as text. */
export const isObject = (value: Json | undefined): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !isRawNumber(value);

/** Whether a value is a JSON array (typed for readonly arrays). */
export const isArray = (value: Json | undefined): value is readonly Json[] => Array.isArray(value);

/** Whether a value is a JSON number, in either form. */
export const isNumber = (value: Json | undefined): value is number | RawNumber =>
  typeof value === 'number' || isRawNumber(value);

/** The text of a JSON number as it was sent. */
export const numberText = (value: number | RawNumber): string =>
  typeof value === 'number' ? String(value) : value.rawJSON;

/** An object's own member, never one of its prototype's. */
export const member = (object: JsonObject, name: string): Json | undefined =>
  Object.hasOwn(object, name) ? object[name] : undefined;

/** Whether two JSON values are the same; numbers by their text, members in any order. */
export function equalJson(a: Json | undefined, b: Json | undefined): boolean {
  if (a === b) return true;
  if (isNumber(a) && isNumber(b)) return numberText(a) === numberText(b);
  if (isArray(a)) return isArray(b) && a.length === b.length && a.every((item, i) => equalJson(item, b[i]));
  if (!isObject(a) || !isObject(b)) return false;
  const names = Object.keys(a);
  return names.length === Object.keys(b).length && names.every((n) => Object.hasOwn(b, n) && equalJson(a[n], b[n]));
}

/** A text that is equal for equal JSON, whatever the order of members; numbers by their text. */
export function canonicalText(value: Json | undefined): string {
  if (isArray(value)) return `[${value.map(canonicalText).join(',')}]`;
  if (isNumber(value)) return numberText(value);
  if (!isObject(value)) return JSON.stringify(value ?? null);
  const names = Object.keys(value).sort();
  return `{${names.map((name) => `${JSON.stringify(name)}:${canonicalText(value[name])}`).join(',')}}`;
}
