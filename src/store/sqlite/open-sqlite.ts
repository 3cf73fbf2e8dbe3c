/** Opens an SQLite store: lock, files, tables, the pair of databases, and the head of the audit log. */
import { ConfigurationError, StoreHeldError } from '../../core/errors.ts';
import type { AuditCrypto } from '../../crypto/audit-crypto.ts';
import { EMPTY_HEAD } from '../audit-chain.ts';
import { checkHead } from '../check-head.ts';
import { checkMeta, type StoreFacts } from '../check-meta.ts';
import type { AuditHead, OpenedStore, RecordStore } from '../record-store.ts';
import { auditRow, storedHead } from './audit-log.ts';
import { type Database, openDatabase } from './database.ts';
import { makePrivateFiles, syncFolderOf } from './files.ts';
import { type HeadFile, openHeadFile } from './head-file.ts';
import { type KeyDatabase, openKeyDatabase } from './key-database.ts';
import { createRecordDatabase } from './record-database.ts';
import { addRecordTables, createRecordTables, isEmpty, readMeta, STORE_ID, writeMeta } from './schema.ts';
import { takeWriterLock } from './writer-lock.ts';

const MEMORY = ':memory:';
const PRAGMAS = ['journal_mode=WAL', 'synchronous=FULL', 'busy_timeout=5000', 'cache_size=-32000'];

export interface SqliteParts {
  readonly audit: AuditCrypto;
  readonly facts: StoreFacts;
}

/** Opens `path` for writing, or a store in memory for `:memory:`. Throws `ConfigurationError` or `StoreHeldError`. */
export function openSqlite(path: string, parts: SqliteParts): OpenedStore {
  const undo: (() => void)[] = [];
  try {
    return path === MEMORY ? openInMemory(parts) : openFiles(path, parts, undo);
  } catch (cause) {
    for (const step of undo.reverse()) step();
    throw cause instanceof ConfigurationError || cause instanceof StoreHeldError ? cause : unusable(path, cause);
  }
}

// SQLite's own words ("file is not a database", "disk I/O error") hold nothing of what is stored.
function unusable(path: string, cause: unknown): ConfigurationError {
  const why = cause instanceof Error ? cause.message : 'unknown error';
  return new ConfigurationError([`DATABASE_URL sqlite:${path}: cannot be used (${why})`]);
}

function openInMemory({ audit, facts }: SqliteParts): OpenedStore {
  const keys = openKeyDatabase(MEMORY);
  const db = openDatabase(MEMORY, []);
  createRecordTables(db, keys.storeId);
  checkFacts(db, facts);
  const records = createRecordDatabase({ db, audit, head: EMPTY_HEAD, publishHead: () => undefined });
  return opened(records, keys, () => undefined);
}

function openFiles(path: string, { audit, facts }: SqliteParts, undo: (() => void)[]): OpenedStore {
  makePrivateFiles([path, `${path}.keys`, `${path}.head`, `${path}.lock`]);
  const release = takeWriterLock(path);
  undo.push(release);
  const keys = openKeyDatabase(`${path}.keys`);
  undo.push(() => void keys.close());
  const db = openDatabase(path, PRAGMAS);
  undo.push(() => db.close());
  // Keys and head are durable before the first table is: a crash in between leaves an empty database.
  const fresh = isEmpty(db, path);
  const headFile = openHeadFile(`${path}.head`, audit, fresh);
  undo.push(() => headFile.close());
  if (fresh) {
    syncFolderOf(path);
    createRecordTables(db, keys.storeId);
  }
  addRecordTables(db);
  checkPair(db, keys, path);
  checkFacts(db, facts);
  const head = verifiedHead(db, headFile, audit);
  const records = createRecordDatabase({ db, audit, head, publishHead: headFile.publish });
  return opened(records, keys, () => {
    headFile.close();
    release();
  });
}

function opened(records: RecordStore, keys: KeyDatabase, last: () => void): OpenedStore {
  const closeAll = async (): Promise<void> => {
    await records.close();
    await keys.close();
    last();
  };
  let closing: Promise<void> | undefined;
  return {
    records,
    keys,
    ready: async () => true,
    close: () => {
      closing ??= closeAll();
      return closing;
    },
  };
}

function checkPair(db: Database, keys: KeyDatabase, path: string): void {
  if (readMeta(db, STORE_ID) === keys.storeId) return;
  throw new ConfigurationError([`DATABASE_URL sqlite:${path}: ${path}.keys is missing or of another database`]);
}

const checkFacts = (db: Database, facts: StoreFacts): void =>
  checkMeta({ get: (name) => readMeta(db, name), set: (name, value) => writeMeta(db, name, value) }, facts);

function verifiedHead(db: Database, headFile: HeadFile, audit: AuditCrypto): AuditHead {
  const log = { get: (seq: number) => auditRow(db, seq), head: () => storedHead(db) };
  const head = checkHead(log, headFile.read(), audit);
  headFile.publish(head);
  return head;
}
