/** Rows of `resource` and `history` as stored records, and back. */
import type { Candidate, StoredRecord } from '../../core/record.ts';
import { sealedFromStore } from '../../crypto/sealed.ts';
import { type Args, blob, integer, type Row, text } from './database.ts';
import { nameBytes, nameOf, packNames, unpackNames } from './names.ts';

const VERSION_COLUMNS = ['version', 'last_updated', 'deleted', 'key_id', 'boxes', 'row_terms', 'row_mac'] as const;

const columns = (table: string): string =>
  ['r.seq', 'r.uid', 'r.type', 'r.id', ...VERSION_COLUMNS.map((column) => `${table}.${column}`)].join(', ');

/** Columns of a current version; the table is `resource r`. */
export const CURRENT_COLUMNS = columns('r');
/** Columns of an earlier version; the tables are `history h` and `resource r`. */
export const EARLIER_COLUMNS = columns('h');
/** Columns of a version that may be the current or an earlier one; the tables are `timeline t`, both others joined. */
export const EITHER_COLUMNS = [
  'r.seq, r.uid, r.type, r.id',
  ...VERSION_COLUMNS.map(
    (column) => `CASE WHEN t.version = r.version THEN r.${column} ELSE h.${column} END AS ${column}`,
  ),
].join(', ');
/** What differs between the versions of a resource. */
export const VERSION_COLUMN_LIST = VERSION_COLUMNS.join(', ');

/** Columns of a candidate; the tables are `resource r` and `sort_box s`. */
export const CANDIDATE_COLUMNS = 'r.seq, r.uid, r.id, r.version, r.last_updated, r.key_id, s.sealed';

/** The candidate in a row that was read with these columns. */
export function storedCandidate(row: Row): Candidate {
  return {
    seq: integer(row, 'seq'),
    uid: nameOf(blob(row, 'uid')),
    id: text(row, 'id'),
    version: integer(row, 'version'),
    lastUpdated: integer(row, 'last_updated'),
    keyId: text(row, 'key_id'),
    ...(row['sealed'] === null ? {} : { sortBox: sealedFromStore(blob(row, 'sealed')) }),
  };
}

/** The record in a row that was read with these columns. */
export function storedRecord(row: Row): StoredRecord {
  return {
    seq: integer(row, 'seq'),
    uid: nameOf(blob(row, 'uid')),
    type: text(row, 'type'),
    id: text(row, 'id'),
    version: integer(row, 'version'),
    lastUpdated: integer(row, 'last_updated'),
    deleted: integer(row, 'deleted') !== 0,
    keyId: text(row, 'key_id'),
    boxes: sealedFromStore(blob(row, 'boxes')),
    rowTerms: unpackNames(blob(row, 'row_terms')),
    rowMac: sealedFromStore(blob(row, 'row_mac')),
  };
}

/** The values of `VERSION_COLUMN_LIST`. */
export const versionArgs = (record: Omit<StoredRecord, 'seq'>): Args => [
  record.version,
  record.lastUpdated,
  record.deleted ? 1 : 0,
  record.keyId,
  record.boxes,
  packNames(record.rowTerms),
  record.rowMac,
];

/** The values of uid, type and id. */
export const identityArgs = (record: Omit<StoredRecord, 'seq'>): Args => [
  nameBytes(record.uid),
  record.type,
  record.id,
];
