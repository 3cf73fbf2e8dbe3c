/** Collects what is wrong in data files, so that every mistake is told at once, with file and JSON pointer. */
import { ConfigurationError } from '../core/errors.ts';
import { isArray, isObject, type Json, type JsonObject } from '../core/json.ts';

export interface Faults {
  add(file: string, pointer: string, what: string): void;
  /** Names every key that the format does not know. */
  onlyKeys(file: string, pointer: string, json: JsonObject, keys: readonly string[]): void;
  /** A non-empty string; a fault and '' otherwise. */
  text(file: string, pointer: string, json: Json | undefined): string;
  /** A list of non-empty strings; a fault and [] otherwise. */
  texts(file: string, pointer: string, json: Json | undefined): readonly string[];
  /** A list of objects. */
  objects(file: string, pointer: string, json: Json | undefined): readonly JsonObject[];
  /** True or false; absent is false. */
  flag(file: string, pointer: string, json: Json | undefined): boolean;
  /** Throws `ConfigurationError` when anything was added. */
  throwIfAny(): void;
}

/** A new, empty collection. */
export function createFaults(): Faults {
  const found: string[] = [];
  const add = (file: string, pointer: string, what: string): void => {
    found.push(`${file}${pointer ? `#${pointer}` : ''}: ${what}`);
  };
  const list = (file: string, pointer: string, json: Json | undefined): readonly Json[] => {
    if (isArray(json)) return json;
    add(file, pointer, 'must be a list');
    return [];
  };
  const text = (file: string, pointer: string, json: Json | undefined): string => {
    if (typeof json === 'string' && json !== '') return json;
    add(file, pointer, 'must be a text');
    return '';
  };
  return {
    add,
    text,
    onlyKeys: (file, pointer, json, keys) => {
      for (const key of Object.keys(json)) {
        if (!keys.includes(key)) add(file, `${pointer}/${key}`, 'is no key of this format');
      }
    },
    texts: (file, pointer, json) => list(file, pointer, json).map((item, i) => text(file, `${pointer}/${i}`, item)),
    objects: (file, pointer, json) =>
      list(file, pointer, json).filter((item, i): item is JsonObject => {
        if (!isObject(item)) add(file, `${pointer}/${i}`, 'must be an object');
        return isObject(item);
      }),
    flag: (file, pointer, json) => {
      if (json !== undefined && typeof json !== 'boolean') add(file, pointer, 'must be true or false');
      return json === true;
    },
    throwIfAny: () => {
      if (found.length > 0) throw new ConfigurationError(found);
    },
  };
}
