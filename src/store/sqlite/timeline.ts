/** The order of histories: each version stands under every name that a history is asked by, oldest first. */
import type { StoredRecord } from '../../core/record.ts';
import type { Database } from './database.ts';
import { nameBytes } from './names.ts';

/** A place in a timeline: by time, then creation, then version. */
export interface Place {
  readonly time: number;
  readonly seq: number;
  readonly version: number;
}

const ADD = 'INSERT OR IGNORE INTO timeline (name, last_updated, seq, version) VALUES (?, ?, ?, ?)';
const TAKE = 'DELETE FROM timeline WHERE name = ? AND last_updated = ? AND seq = ? AND version = ?';

/** The name of a type's timeline; uids and row terms, the other names, are HMACs of 16 bytes. */
export const typeName = (type: string): Buffer => Buffer.from(`type ${type}`);

type Placed = Pick<StoredRecord, 'uid' | 'type' | 'version' | 'lastUpdated' | 'rowTerms'>;

/** Puts a version under its uid, its type and each of its row terms, once; runs inside a transaction. */
export function addToTimeline(db: Database, seq: number, record: Placed): void {
  const place = placeOf(seq, record);
  for (const name of [nameBytes(record.uid), typeName(record.type), ...record.rowTerms.map(nameBytes)]) {
    add(db, name, place);
  }
}

/** Puts a version under its new row terms instead of the old ones; runs inside a transaction. */
export function moveInTimeline(
  db: Database,
  seq: number,
  record: Placed,
  rowTerms: { readonly before: readonly string[] },
): void {
  const place = placeOf(seq, record);
  for (const term of new Set(rowTerms.before).difference(new Set(record.rowTerms))) {
    db.run(TAKE, [nameBytes(term), place.time, place.seq, place.version]);
  }
  addToTimeline(db, seq, record);
}

const placeOf = (seq: number, { lastUpdated, version }: Placed): Place => ({ time: lastUpdated, seq, version });

function add(db: Database, name: Buffer, { time, seq, version }: Place): void {
  db.run(ADD, [name, time, seq, version]);
}
