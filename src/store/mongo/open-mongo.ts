/** Opens a MongoDB store: connection, replica set, collections, the pair of databases, a chain of its own. */
import { type Collection, type MongoClient, UUID } from 'mongodb';
import { ConfigurationError } from '../../core/errors.ts';
import type { Clock } from '../../core/ports.ts';
import type { AuditCrypto } from '../../crypto/audit-crypto.ts';
import { checkMeta, type StoreFacts } from '../check-meta.ts';
import type { OpenedStore } from '../record-store.ts';
import { checkChains, LEASE_MS } from './chain.ts';
import { createClient } from './client.ts';
import { createCommitting } from './committing.ts';
import { createHeads, createPublisher } from './heads.ts';
import { createKeyDatabase } from './key-database.ts';
import { createRowQueries } from './query-rows.ts';
import { createRecordDatabase } from './record-database.ts';
import { type Collections, ensureCollections } from './schema.ts';

export interface MongoParts {
  readonly audit: AuditCrypto;
  readonly facts: StoreFacts;
  readonly clock: Clock;
}

const MAX_NAME = 58;
const PING_MS = 2000;

/** Opens the database that `url` names in its path. Throws `ConfigurationError`. */
export async function openMongo(url: string, parts: MongoParts): Promise<OpenedStore> {
  let client: MongoClient;
  try {
    client = createClient(url);
  } catch (cause) {
    throw unusable(cause);
  }
  return openClient(client, parts);
}

/** The same over a client that the caller made; closing the store closes it. */
export async function openClient(client: MongoClient, parts: MongoParts): Promise<OpenedStore> {
  try {
    return await open(client, parts);
  } catch (cause) {
    await client.close();
    throw cause instanceof ConfigurationError ? cause : unusable(cause);
  }
}

// The driver's own words may hold the address with its credentials; the name of the error does not.
function unusable(cause: unknown): ConfigurationError {
  const why = cause instanceof Error ? cause.name : 'unknown error';
  const code = cause instanceof Error && 'codeName' in cause ? ` ${String(cause.codeName)}` : '';
  return new ConfigurationError([`DATABASE_URL: the MongoDB database cannot be used (${why}${code})`]);
}

async function open(client: MongoClient, { audit, facts, clock }: MongoParts): Promise<OpenedStore> {
  await client.connect();
  const db = client.db();
  const name = db.databaseName;
  if (Buffer.byteLength(name) > MAX_NAME) {
    throw new ConfigurationError([`DATABASE_URL: the name of the database must have ${MAX_NAME} bytes at most`]);
  }
  await checkTopology(client);
  const keyDb = client.db(`${name}-keys`);
  const collections = await ensureCollections(db);
  await pair(collections, keyDb.collection('meta'));
  await checkFacts(collections, facts);
  const heads = createHeads(keyDb, audit);
  await checkChains({ collections, heads, audit });
  const publisher = createPublisher(heads);
  const queries = createRowQueries(collections);
  const committing = await createCommitting({
    client,
    collections,
    heads,
    audit,
    clock,
    owner: new UUID().toHexString(),
    holds: queries.holds,
    publishHead: publisher.publish,
  });
  const records = createRecordDatabase({ client, collections, queries, committing });
  const renewal = setInterval(() => void committing.renew().catch(() => undefined), LEASE_MS / 3);
  renewal.unref();
  const closeAll = async (): Promise<void> => {
    clearInterval(renewal);
    await records.close();
    await publisher.settled();
    await committing.release().catch(() => undefined);
    await client.close();
  };
  let closing: Promise<void> | undefined;
  const close = (): Promise<void> => {
    closing ??= closeAll();
    return closing;
  };
  const ready = async (): Promise<boolean> => {
    const ping = db.command({ ping: 1 }, { timeoutMS: PING_MS });
    return ping.then(
      () => true,
      () => false,
    );
  };
  return { records, keys: { ...createKeyDatabase(keyDb), close: async () => undefined }, ready, close };
}

// Transactions need a replica set (one member is enough to try) or a sharded cluster.
async function checkTopology(client: MongoClient): Promise<void> {
  const hello = await client.db('admin').command({ hello: 1 });
  if (typeof hello['setName'] === 'string' || hello['msg'] === 'isdbgrid') return;
  throw new ConfigurationError([
    'DATABASE_URL: MongoDB must run as a replica set: a single server has no transactions',
  ]);
}

const STORE_ID = 'store-id';
interface Fact {
  readonly _id: string;
  readonly value: string;
}

/** Keeps a fact unless there is one; gives what there is. */
async function keepFact(facts: Collection<Fact>, name: string, value: string): Promise<string> {
  await facts.updateOne({ _id: name }, { $setOnInsert: { value } }, { upsert: true });
  return (await facts.findOne({ _id: name }))?.value ?? '';
}

// The id is made in the keys first: records that name one, and keys that do not, are records without their keys.
async function pair({ meta }: Collections, keyMeta: Collection<Fact>): Promise<void> {
  const known = (await meta.findOne({ _id: STORE_ID }))?.value;
  const ofKeys =
    known === undefined
      ? await keepFact(keyMeta, STORE_ID, new UUID().toHexString())
      : (await keyMeta.findOne({ _id: STORE_ID }))?.value;
  if (ofKeys !== undefined && (known ?? (await keepFact(meta, STORE_ID, ofKeys))) === ofKeys) return;
  throw new ConfigurationError(['DATABASE_URL: the database of keys is missing or of another database']);
}

async function checkFacts({ meta }: Collections, facts: StoreFacts): Promise<void> {
  const known = new Map<string, string>();
  for (const [name, value] of Object.entries(facts)) known.set(name, await keepFact(meta, name, value));
  checkMeta({ get: (name) => known.get(name), set: () => undefined }, facts);
}
