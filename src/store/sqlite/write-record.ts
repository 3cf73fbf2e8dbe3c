/** One compare and swap inside a transaction. */
import type { RecordWrite } from '../../core/record.ts';
import { type Database, integer } from './database.ts';
import { nameBytes } from './names.ts';
import type { ReplaceIndex } from './postings.ts';
import { identityArgs, VERSION_COLUMN_LIST, versionArgs } from './record-rows.ts';
import { addToTimeline } from './timeline.ts';

const CURRENT = 'SELECT seq, version FROM resource WHERE uid = ?';
const INSERT = `INSERT INTO resource (uid, type, id, ${VERSION_COLUMN_LIST}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`;
const KEEP = `INSERT INTO history (seq, ${VERSION_COLUMN_LIST}) SELECT seq, ${VERSION_COLUMN_LIST} FROM resource WHERE seq = ?`;
const REPLACE = `UPDATE resource SET version = ?, last_updated = ?, deleted = ?, key_id = ?, boxes = ?, row_terms = ?,
  row_mac = ? WHERE seq = ?`;

/** Writes the version when the one it follows is the current one; says whether it was. */
export function writeRecord(db: Database, replaceIndex: ReplaceIndex, write: RecordWrite): boolean {
  const { record, expectedVersion, index } = write;
  if (record.version !== expectedVersion + 1) throw new RangeError('a version must follow the expected one');
  const current = db.get(CURRENT, [nameBytes(record.uid)]);
  if ((current ? integer(current, 'version') : 0) !== expectedVersion) return false;
  const seq = current ? follow(db, integer(current, 'seq'), write) : create(db, write);
  replaceIndex(seq, index);
  addToTimeline(db, seq, record);
  return true;
}

const create = (db: Database, { record }: RecordWrite): number =>
  db.run(INSERT, [...identityArgs(record), ...versionArgs(record)]);

function follow(db: Database, seq: number, { record }: RecordWrite): number {
  db.run(KEEP, [seq]);
  db.run(REPLACE, [...versionArgs(record), seq]);
  return seq;
}
