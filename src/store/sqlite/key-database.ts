/** Wrapped data keys in an SQLite file of their own: nothing lost once given, nothing left once destroyed. */
import { sealedFromStore } from '../../crypto/sealed.ts';
import type { WrappedKey } from '../../crypto/vault-port.ts';
import type { KeyStore } from '../record-store.ts';
import { blob, type Database, integer, openDatabase, type Row, text } from './database.ts';
import { createKeyTables, isEmpty, newStoreId, readMeta, STORE_ID } from './schema.ts';

// No write-ahead log, and freed pages are overwritten: a destroyed key must not stay in a file.
const PRAGMAS = ['journal_mode=DELETE', 'synchronous=EXTRA', 'secure_delete=ON', 'busy_timeout=5000'];
const INSERT = 'INSERT INTO wrapped_key (key_id, owner, version, wrapped_by, wrapped) VALUES (?, ?, ?, ?, ?)';

export interface KeyDatabase extends KeyStore {
  /** Names the pair of databases; made here, kept in both. */
  readonly storeId: string;
}

/** Opens the key database; `:memory:` for one that is gone with the process. */
export function openKeyDatabase(path: string): KeyDatabase {
  const db = openDatabase(path, PRAGMAS);
  if (isEmpty(db, path)) createKeyTables(db, newStoreId(db));
  const insert = (row: WrappedKey): void => {
    db.run(INSERT, [row.keyId, row.owner, row.version, row.wrappedBy, row.wrapped]);
  };
  return {
    storeId: readMeta(db, STORE_ID) ?? '',
    insertIfAbsent: async (rows) => {
      db.transaction(() => {
        const ids = new Set(rows.map((row) => row.keyId));
        if ([...ids].some((id) => rowsOf(db, id).length > 0)) return;
        for (const row of rows) insert(row);
      });
    },
    addOwner: async (row) => {
      db.transaction(() => {
        if (!rowsOf(db, row.keyId).some((known) => known.owner === row.owner)) insert(row);
      });
    },
    get: async (keyId) => rowsOf(db, keyId),
    close: async () => db.close(),
  };
}

const rowsOf = (db: Database, keyId: string): readonly WrappedKey[] =>
  db.all('SELECT key_id, owner, version, wrapped_by, wrapped FROM wrapped_key WHERE key_id = ?', [keyId]).map(keyOf);

const keyOf = (row: Row): WrappedKey => ({
  keyId: text(row, 'key_id'),
  owner: text(row, 'owner'),
  version: integer(row, 'version'),
  wrappedBy: text(row, 'wrapped_by'),
  wrapped: sealedFromStore(blob(row, 'wrapped')),
});
