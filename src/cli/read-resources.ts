/** Reads resources from files: one at a time, so that a large file costs no memory. */
import { createReadStream, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { isArray, isObject, type Json, type JsonObject } from '../core/json.ts';
import { parseJson } from '../core/parse-json.ts';

/** A resource with where it stood, or why it could not be read. */
export type Read =
  | { readonly ok: true; readonly place: string; readonly resource: JsonObject; readonly bytes: number }
  | { readonly ok: false; readonly place: string; readonly reason: string; readonly bytes: number };

/** The files behind the arguments: folders are read whole, in the order of their names. */
export function listFiles(paths: readonly string[]): readonly string[] {
  return paths.flatMap((path) => {
    if (!statSync(path).isDirectory()) return [path];
    const names = readdirSync(path)
      .sort()
      .filter((name) => !name.startsWith('.'));
    const wanted = names.filter((name) => /\.(?:json|ndjson)$/.test(name) || statSync(join(path, name)).isDirectory());
    return listFiles(wanted.map((name) => join(path, name)));
  });
}

/** Every resource of a file. */
export async function* readResources(file: string): AsyncGenerator<Read> {
  if (file.endsWith('.ndjson')) yield* readLines(file);
  else yield* readDocument(file);
}

async function* readLines(file: string): AsyncGenerator<Read> {
  let line = 0;
  for await (const text of createInterface({ input: createReadStream(file), crlfDelay: Number.POSITIVE_INFINITY })) {
    line++;
    if (text.trim() !== '') yield readOne(text, `${file}:${line}`);
  }
}

function* readDocument(file: string): Generator<Read> {
  const read = readOne(readFileSync(file, 'utf8'), file);
  const entries = read.ok && read.resource['resourceType'] === 'Bundle' ? read.resource['entry'] : undefined;
  if (!read.ok || !isArray(entries)) {
    yield read;
    return;
  }
  const names = namesOf(entries);
  const bytes = Math.ceil(read.bytes / Math.max(1, entries.length));
  for (const [i, entry] of entries.entries()) {
    const resource = isObject(entry) ? entry['resource'] : undefined;
    const place = `${file}: entry ${i}`;
    if (!isObject(resource)) yield { ok: false, place, reason: 'holds no resource', bytes };
    else yield { ok: true, place, bytes, resource: rename(withId(resource, entry, names), names) };
  }
}

function readOne(text: string, place: string): Read {
  const bytes = Buffer.byteLength(text) + 1;
  const parsed = parseJson(text);
  if (!parsed.ok) return { ok: false, place, reason: `no JSON that can be used (${parsed.fault.kind})`, bytes };
  if (!isObject(parsed.value)) return { ok: false, place, reason: 'no JSON object', bytes };
  return { ok: true, place, resource: parsed.value, bytes };
}

// A Bundle refers to its own entries by `fullUrl`; here they get ids, and references follow.
function namesOf(entries: readonly Json[]): ReadonlyMap<string, string> {
  const names = new Map<string, string>();
  for (const entry of entries) {
    const resource = isObject(entry) ? entry['resource'] : undefined;
    const url = isObject(entry) ? entry['fullUrl'] : undefined;
    if (!isObject(resource) || typeof url !== 'string' || !url.startsWith('urn:')) continue;
    const id = typeof resource['id'] === 'string' ? resource['id'] : url.slice(url.lastIndexOf(':') + 1);
    names.set(url, `${String(resource['resourceType'])}/${id}`);
  }
  return names;
}

function withId(resource: JsonObject, entry: Json, names: ReadonlyMap<string, string>): JsonObject {
  const url = isObject(entry) ? entry['fullUrl'] : undefined;
  const name = typeof url === 'string' ? names.get(url) : undefined;
  return name === undefined ? resource : { ...resource, id: name.slice(name.indexOf('/') + 1) };
}

function rename(value: JsonObject, names: ReadonlyMap<string, string>): JsonObject {
  const visit = (json: Json): Json => {
    if (isArray(json)) return json.map(visit);
    if (!isObject(json)) return json;
    const members = Object.entries(json).map(([key, member]) => {
      const target = key === 'reference' && typeof member === 'string' ? names.get(member) : undefined;
      return [key, target ?? (member === undefined ? undefined : visit(member))] as const;
    });
    return Object.fromEntries(members);
  };
  const renamed = visit(value);
  return isObject(renamed) ? renamed : value;
}
