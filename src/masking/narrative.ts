/** CONTRACT.md "narrative": what becomes of a text when one who cannot see it changes what it tells. */
import { isObject, type JsonObject } from '../core/json.ts';

/** Members without a narrative that was generated from the old content; one of status `additional` stays. */
export function withoutStaleText(members: JsonObject): JsonObject {
  const { text, ...rest } = members;
  const status = isObject(text) ? text['status'] : undefined;
  return text === undefined || status === 'additional' ? members : rest;
}
