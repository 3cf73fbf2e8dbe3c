/** Searches bytes for values: as UTF-8, as JSON escapes them, as base64 at its three alignments, and as hex. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Shorter values turn up in random bytes by chance. */
export const MIN_BYTES = 6;

export type Form = 'utf8' | 'json' | 'base64' | 'hex';

export interface Hit {
  readonly value: string;
  readonly form: Form;
}

interface Needle extends Hit {
  readonly bytes: Buffer;
}

export type Scanner = (bytes: Buffer) => readonly Hit[];

/**
 * A scanner for these values; one pass over the bytes whatever their number. A place that lies wholly inside of a text
 * that may stand in clear (an id, a type's name) is no hit: `inhaler` in the id `rx-inhaler` is the id.
 */
export function createScanner(values: Iterable<string>, clear: Iterable<string> = []): Scanner {
  const allowed = [...clear].map((text) => Buffer.from(text));
  const excused = (bytes: Buffer, from: number, to: number): boolean =>
    allowed.some((text) => {
      const first = bytes.indexOf(text, Math.max(0, to - text.length));
      return first >= 0 && first <= from;
    });
  const byStart = new Map<number, Needle[]>();
  for (const value of values) {
    for (const needle of needlesOf(value)) {
      const start = needle.bytes.readUIntBE(0, MIN_BYTES);
      const known = byStart.get(start);
      if (known) known.push(needle);
      else byStart.set(start, [needle]);
    }
  }
  return (bytes) => {
    const hits = new Map<string, Hit>();
    for (let at = 0; at + MIN_BYTES <= bytes.length; at++) {
      for (const { value, form, bytes: wanted } of byStart.get(bytes.readUIntBE(at, MIN_BYTES)) ?? []) {
        const end = at + wanted.length;
        if (!bytes.subarray(at, end).equals(wanted) || excused(bytes, at, end)) continue;
        hits.set(`${form} ${value}`, { value, form });
      }
    }
    return [...hits.values()];
  };
}

function needlesOf(value: string): readonly Needle[] {
  const bytes = Buffer.from(value);
  if (bytes.length < MIN_BYTES) return [];
  const forms: (readonly [Form, string | Buffer])[] = [
    ['utf8', bytes],
    ['json', JSON.stringify(value).slice(1, -1)],
    ['hex', bytes.toString('hex')],
    ['hex', bytes.toString('hex').toUpperCase()],
  ];
  for (const offset of [0, 1, 2]) {
    const text = base64At(bytes, offset);
    forms.push(['base64', text], ['base64', text.replaceAll('+', '-').replaceAll('/', '_')]);
  }
  return forms.map(([form, text]) => ({ value, form, bytes: Buffer.from(text) }));
}

// The characters that depend on the value alone, when `offset` bytes of something else stand before it.
function base64At(bytes: Buffer, offset: number): string {
  const text = Buffer.concat([Buffer.alloc(offset), bytes]).toString('base64');
  return text.slice(Math.ceil((offset * 8) / 6), Math.floor(((offset + bytes.length) * 8) / 6));
}

/** Every file below a folder, with its bytes as they are now. */
export function filesOf(folder: string): ReadonlyMap<string, Buffer> {
  const entries = readdirSync(folder, { withFileTypes: true, recursive: true }).filter((entry) => entry.isFile());
  return new Map(
    entries.map(({ parentPath, name }) => {
      const path = join(parentPath, name);
      return [path.slice(folder.length + 1), readFileSync(path)];
    }),
  );
}

const NOT_VALUES = new Set(['resourceType', 'id', 'versionId', 'lastUpdated']);

/** The ids in a resource, those of elements too: they may stand in clear (CONTRACT.md promise 4). */
export function idsOf(json: unknown, into: Set<string> = new Set()): Set<string> {
  if (Array.isArray(json)) for (const item of json) idsOf(item, into);
  else if (typeof json === 'object' && json !== null) {
    for (const [name, value] of Object.entries(json)) {
      if (name === 'id' && typeof value === 'string') into.add(value);
      else idsOf(value, into);
    }
  }
  return into;
}

/** Every string that is the value of an element, but ids and what the server writes in `meta`; numbers as their text. */
export function valuesOf(json: unknown, into: Set<string> = new Set()): Set<string> {
  if (typeof json === 'string') into.add(json);
  else if (typeof json === 'number') into.add(String(json));
  else if (Array.isArray(json)) for (const item of json) valuesOf(item, into);
  else if (typeof json === 'object' && json !== null) {
    for (const [name, value] of Object.entries(json)) if (!NOT_VALUES.has(name)) valuesOf(value, into);
  }
  return into;
}
