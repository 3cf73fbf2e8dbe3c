/** The tables of a record database, and of the database of wrapped keys beside it. */
import { ConfigurationError } from '../../core/errors.ts';
import { type Database, integer, text } from './database.ts';

/**
 * `resource` holds the current versions (a rowid table: right for bodies), `history` the earlier ones, `timeline` all of
 * them in the order of histories (`timeline.ts`). Row terms stand before the boxes, so that a filter reads no body.
 */
const RECORD_TABLES = `
CREATE TABLE resource (
  seq INTEGER PRIMARY KEY,
  uid BLOB NOT NULL UNIQUE,
  type TEXT NOT NULL,
  id TEXT NOT NULL,
  version INTEGER NOT NULL,
  last_updated INTEGER NOT NULL,
  deleted INTEGER NOT NULL,
  key_id TEXT NOT NULL,
  row_terms BLOB NOT NULL,
  boxes BLOB NOT NULL,
  row_mac BLOB NOT NULL
) STRICT;
CREATE INDEX resource_live ON resource (type) WHERE deleted = 0;
CREATE TABLE history (
  seq INTEGER NOT NULL,
  version INTEGER NOT NULL,
  last_updated INTEGER NOT NULL,
  deleted INTEGER NOT NULL,
  key_id TEXT NOT NULL,
  row_terms BLOB NOT NULL,
  boxes BLOB NOT NULL,
  row_mac BLOB NOT NULL,
  UNIQUE (seq, version)
) STRICT;
CREATE TABLE posting (term BLOB NOT NULL, seq INTEGER NOT NULL, PRIMARY KEY (term, seq)) STRICT, WITHOUT ROWID;
CREATE TABLE posted (seq INTEGER PRIMARY KEY, terms BLOB NOT NULL) STRICT;
CREATE TABLE parameter (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;
CREATE TABLE reference (
  parameter INTEGER NOT NULL,
  uid BLOB NOT NULL,
  seq INTEGER NOT NULL,
  PRIMARY KEY (parameter, uid, seq)
) STRICT, WITHOUT ROWID;
CREATE INDEX reference_reverse ON reference (seq);
CREATE TABLE audit (seq INTEGER PRIMARY KEY, sealed BLOB NOT NULL, link BLOB NOT NULL) STRICT;
CREATE TABLE audit_posting (term BLOB NOT NULL, seq INTEGER NOT NULL, PRIMARY KEY (term, seq)) STRICT, WITHOUT ROWID;
CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
`;

// Made at every start where they are not there yet, so that a database of an earlier release gets them.
const ADDED = `
CREATE TABLE IF NOT EXISTS timeline (
  name BLOB NOT NULL,
  last_updated INTEGER NOT NULL,
  seq INTEGER NOT NULL,
  version INTEGER NOT NULL,
  PRIMARY KEY (name, last_updated, seq, version)
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS sort_box (seq INTEGER PRIMARY KEY, sealed BLOB NOT NULL) STRICT;
CREATE INDEX IF NOT EXISTS resource_changed ON resource (type, last_updated, seq) WHERE deleted = 0;
`;

const KEY_TABLES = `
CREATE TABLE wrapped_key (
  key_id TEXT NOT NULL,
  owner TEXT NOT NULL,
  version INTEGER NOT NULL,
  wrapped_by TEXT NOT NULL,
  wrapped BLOB NOT NULL,
  PRIMARY KEY (key_id, owner)
) STRICT, WITHOUT ROWID;
CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
`;

const VERSION = 1;
/** Name of the fact that pairs records and keys. */
export const STORE_ID = 'store-id';

/** Makes the tables of an empty record database, paired for good with the key database of this id. */
export const createRecordTables = (db: Database, storeId: string): void => create(db, RECORD_TABLES + ADDED, storeId);

/** Makes what a later release added. */
export const addRecordTables = (db: Database): void => db.exec(ADDED);

/** Makes the tables of an empty key database. */
export const createKeyTables = (db: Database, storeId: string): void => create(db, KEY_TABLES, storeId);

/** Whether a database is empty; throws `ConfigurationError` for one that is neither empty nor of this version. */
export function isEmpty(db: Database, name: string): boolean {
  const row = db.get('PRAGMA user_version', []);
  const version = row ? integer(row, 'user_version') : 0;
  if (version === VERSION) return false;
  if (version !== 0 || db.get('SELECT 1 FROM sqlite_schema LIMIT 1', [])) {
    throw new ConfigurationError([`DATABASE_URL ${name}: not a database of this version of Veil`]);
  }
  return true;
}

/** Makes an id for a new pair of databases. */
export function newStoreId(db: Database): string {
  const row = db.get('SELECT hex(randomblob(16)) AS id', []);
  return row ? text(row, 'id') : '';
}

/** A fact about the database. */
export function readMeta(db: Database, name: string): string | undefined {
  const row = db.get('SELECT value FROM meta WHERE name = ?', [name]);
  return row && text(row, 'value');
}

/** Keeps a fact about the database. */
export function writeMeta(db: Database, name: string, value: string): void {
  db.run('INSERT OR REPLACE INTO meta (name, value) VALUES (?, ?)', [name, value]);
}

function create(db: Database, tables: string, storeId: string): void {
  db.transaction(() => {
    db.exec(`${tables} PRAGMA user_version = ${VERSION};`);
    writeMeta(db, STORE_ID, storeId);
  });
}
