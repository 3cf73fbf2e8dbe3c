/** The JSON text that a box seals, read back: `crypto/` vouches for the bytes, this for their shape. */
import { DamagedRecordError } from './errors.ts';
import { isArray, isObject, type Json, type JsonObject } from './json.ts';
import { parseJson } from './parse-json.ts';
import type { PlacedItem } from './place-items.ts';

const damagedBox = (): DamagedRecordError => new DamagedRecordError('a stored record does not open');

/** The object that a box seals. Throws `DamagedRecordError` for anything else. */
export function parseBox(text: string): JsonObject {
  const parsed = parseJson(text);
  if (!parsed.ok || !isObject(parsed.value)) throw damagedBox();
  return parsed.value;
}

/** Items of an item box, `[[position, item], …]`. Throws `DamagedRecordError` for anything else. */
export function parsePlaced(value: Json | undefined): readonly PlacedItem[] {
  if (!isArray(value)) throw damagedBox();
  return value.map((pair): PlacedItem => {
    const [position, item] = isArray(pair) ? pair : [];
    if (typeof position !== 'number' || item === undefined) throw damagedBox();
    return [position, item];
  });
}
