/** The keyring: root keys by id, which of them wraps new data keys, and which one the index derives from. */
import { createSecretKey, type KeyObject } from 'node:crypto';
import { ConfigurationError } from '../core/errors.ts';

const ROOT_BYTES = 32;
const FORMAT = 1;
const ROOT_ID = /^[A-Za-z0-9_-]{1,32}$/;
const MAX_ROOTS = 1000;

export interface Keyring {
  /** Made by demo mode, and refused outside it. */
  readonly demo: boolean;
  readonly roots: ReadonlyMap<string, KeyObject>;
  /** Id of the root under which new data keys are wrapped. */
  readonly data: string;
  /** Id of the root of terms, uids, cursors, pseudonyms and audit; the store must be rebuilt to change it. */
  readonly index: string;
}

/** A keyring with one new root; `random` gives that many random bytes. */
export function createKeyring(options: {
  readonly demo: boolean;
  readonly random: (bytes: number) => Buffer;
}): Keyring {
  const id = options.random(6).toString('base64url');
  const root = createSecretKey(options.random(ROOT_BYTES));
  return { demo: options.demo, roots: new Map([[id, root]]), data: id, index: id };
}

/** The text of a keyring file. */
export function keyringText(keyring: Keyring): string {
  const roots = [...keyring.roots].map(([id, root]) => [id, root.export().toString('base64')]);
  const { demo, data, index } = keyring;
  return `${JSON.stringify({ format: FORMAT, demo, data, index, roots: Object.fromEntries(roots) }, null, 2)}\n`;
}

/** Reads the text of a keyring file; `name` stands in the faults, the content never does. */
export function parseKeyring(text: string, name: string): Keyring {
  const fail = (fault: string): never => {
    throw new ConfigurationError([`KEYRING_FILE ${name}: ${fault}`]);
  };
  const json = jsonOf(text) ?? fail('is not JSON');
  if (!isRecord(json)) return fail('is not a JSON object');
  if (json['format'] !== FORMAT) return fail(`"format" must be ${FORMAT}`);
  if (typeof json['demo'] !== 'boolean') return fail('"demo" must be true or false');
  const roots = rootsOf(json['roots']) ?? fail(`"roots" must hold ids with ${ROOT_BYTES} bytes of base64 each`);
  const { data, index } = json;
  if (typeof data !== 'string' || !roots.has(data)) return fail('"data" must be the id of a root');
  if (typeof index !== 'string' || !roots.has(index)) return fail('"index" must be the id of a root');
  return { demo: json['demo'], roots, data, index };
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function rootsOf(json: unknown): Map<string, KeyObject> | undefined {
  if (!isRecord(json)) return undefined;
  const entries = Object.entries(json);
  if (entries.length === 0 || entries.length > MAX_ROOTS) return undefined;
  const roots = new Map<string, KeyObject>();
  for (const [id, text] of entries) {
    const bytes = typeof text === 'string' ? Buffer.from(text, 'base64') : Buffer.alloc(0);
    if (!ROOT_ID.test(id) || bytes.length !== ROOT_BYTES || bytes.toString('base64') !== text) return undefined;
    roots.set(id, createSecretKey(bytes));
  }
  return roots;
}
