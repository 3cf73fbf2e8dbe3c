/** Finds real data outside the repository; what is not there is skipped with the reason printed. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isArray, isObject, type Json, type JsonObject, member } from '../../src/core/json.ts';
import { parseJson } from '../../src/core/parse-json.ts';

const SHARED = join(import.meta.dirname, '../../../shared/data');
const FIXTURES = join(import.meta.dirname, '../fixtures');

/** For a test's `skip` option: false when the folder is there, else the reason. */
export function whySkipped(folder: string): string | false {
  const path = join(SHARED, folder);
  return existsSync(path) ? false : `no data at ${path}`;
}

/** The JSON files below a folder of the shared data, each parsed; those that are no JSON are left out. */
export function sharedFiles(folder: string): readonly (readonly [file: string, json: Json])[] {
  return jsonFiles(join(SHARED, folder));
}

/** The same for `test/fixtures`, which is always there. */
export function fixtureFiles(folder: string): readonly (readonly [file: string, json: Json])[] {
  return jsonFiles(join(FIXTURES, folder));
}

/** A file of the shared data as text. */
export const sharedText = (file: string): string => readFileSync(join(SHARED, file), 'utf8');

/** A resource and, for a Bundle, those in its entries, at any depth. */
export function resourcesIn(json: Json): readonly JsonObject[] {
  if (!isObject(json)) return [];
  const entries = member(json, 'resourceType') === 'Bundle' ? member(json, 'entry') : undefined;
  const inner = isArray(entries)
    ? entries.flatMap((e) => (isObject(e) ? resourcesIn(member(e, 'resource') ?? null) : []))
    : [];
  return [json, ...inner];
}

function jsonFiles(folder: string): readonly (readonly [string, Json])[] {
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.json'));
  return names.sort().flatMap((name): [string, Json][] => {
    const parsed = parseJson(readFileSync(join(folder, name), 'utf8'));
    return parsed.ok ? [[name, parsed.value]] : [];
  });
}
