/** Collections and indexes of a record database: made at every start where they are missing, and checked. */
import type { Collection, Db, IndexSpecification } from 'mongodb';
import { ConfigurationError } from '../../core/errors.ts';
import type { AuditDoc, ResourceDoc, VersionDoc } from './documents.ts';

/** A chain of audit records and the process that holds it. */
export interface ChainDoc {
  readonly _id: number;
  /** The process that writes to it; null when none does. */
  readonly owner: string | null;
  /** Until when its holder need not have been heard of; milliseconds since 1970. */
  readonly until: number;
  /** Its head. */
  readonly seq: number;
  readonly link: Uint8Array;
  /** The last tick that was given under its number. */
  readonly tick: number;
  /** Names the last transaction of its holder. */
  readonly turn: string;
  readonly fence: number;
}

export interface Collections {
  readonly resources: Collection<ResourceDoc>;
  readonly versions: Collection<VersionDoc>;
  readonly audit: Collection<AuditDoc>;
  readonly chains: Collection<ChainDoc>;
  readonly meta: Collection<{ readonly _id: string; readonly value: string }>;
  /** One row a type, touched by every commit with a precondition on it. */
  readonly guards: Collection<{ readonly _id: string; readonly n: number }>;
}

/** The collections of a record database. */
export const collectionsOf = (db: Db): Collections => ({
  resources: db.collection('resource'),
  versions: db.collection('version'),
  audit: db.collection('audit'),
  chains: db.collection('chain'),
  meta: db.collection('meta'),
  guards: db.collection('guard'),
});

interface Index {
  readonly key: Readonly<Record<string, 1 | -1>>;
  readonly unique?: true;
}

const HISTORY = { changed: -1, seq: -1, version: -1 } as const;

const INDEXES: Readonly<Record<keyof Collections, Readonly<Record<string, Index>>>> = {
  resources: {
    created: { key: { seq: 1 }, unique: true },
    names: { key: { names: 1, seq: -1 } },
    live: { key: { type: 1, deleted: 1, seq: -1 } },
    changedFirst: { key: { type: 1, deleted: 1, changed: 1, seq: -1 } },
    changedLast: { key: { type: 1, deleted: 1, changed: -1, seq: -1 } },
  },
  versions: {
    ofResource: { key: { uid: 1, ...HISTORY } },
    ofType: { key: { type: 1, ...HISTORY } },
    ofRow: { key: { rows: 1, ...HISTORY } },
  },
  audit: {
    chain: { key: { chain: 1, n: 1 }, unique: true },
    terms: { key: { terms: 1, _id: -1 } },
  },
  chains: {},
  meta: {},
  guards: {},
};

/** Makes what is missing; throws `ConfigurationError` for an index of another make under a name of ours. */
export async function ensureCollections(db: Db): Promise<Collections> {
  const collections = collectionsOf(db);
  const there = new Set((await db.listCollections({}, { nameOnly: true }).toArray()).map(({ name }) => name));
  for (const [name, indexes] of Object.entries(INDEXES)) {
    const collection = collections[name as keyof Collections];
    // A transaction must not be the one to make a collection.
    if (!there.has(collection.collectionName)) await made(db, collection.collectionName);
    const specs = Object.entries(indexes).map(([label, index]) => ({ name: label, ...index }));
    if (specs.length > 0) await collection.createIndexes(specs);
    await checkIndexes(collection, indexes);
  }
  return collections;
}

const NAMESPACE_EXISTS = 48;

async function made(db: Db, name: string): Promise<void> {
  try {
    await db.createCollection(name);
  } catch (cause) {
    if (!(cause instanceof Error && 'code' in cause && cause.code === NAMESPACE_EXISTS)) throw cause;
  }
}

interface Listed {
  readonly name?: string;
  readonly key?: IndexSpecification;
  readonly unique?: boolean;
}

async function checkIndexes(
  collection: { readonly collectionName: string; indexes(): Promise<readonly Listed[]> },
  wanted: Readonly<Record<string, Index>>,
): Promise<void> {
  const listed = new Map((await collection.indexes()).map((one) => [one.name ?? '', one]));
  for (const [label, { key, unique = false }] of Object.entries(wanted)) {
    const found = listed.get(label);
    if (found && keyText(found.key) === keyText(key) && (found.unique ?? false) === unique) continue;
    throw new ConfigurationError([
      `DATABASE_URL: index ${label} of collection ${collection.collectionName} is not the one that Veil makes`,
    ]);
  }
}

// The order of an index's fields is part of it; a server may give directions as another kind of number.
const keyText = (key: unknown): string =>
  Object.entries(typeof key === 'object' && key !== null ? key : {})
    .map(([field, direction]) => `${field} ${Number(direction)}`)
    .join(',');
