/** The record store in SQLite: synchronous calls on the main thread, one writer, group commit. */
import type { Uid } from '../../core/plan.ts';
import type { Commit, StoredRecord } from '../../core/record.ts';
import type { AuditCrypto } from '../../crypto/audit-crypto.ts';
import { MAIN_CHAIN } from '../audit-chain.ts';
import { type Committer, createCommitter, type Outcome, type Turn } from '../committer.ts';
import type { AuditHead, RecordStore, Reindexed } from '../record-store.ts';
import { appendAudit, auditRange, auditRow, queryAudit } from './audit-log.ts';
import { blob, type Database, integer, text } from './database.ts';
import { nameBytes, packNames, unpackNames } from './names.ts';
import { createParameterNames } from './parameters.ts';
import { createReplaceIndex, type ReplaceIndex } from './postings.ts';
import { createHistoryQueries } from './query-history.ts';
import { createRowQueries, type RowQueries } from './query-rows.ts';
import { CURRENT_COLUMNS, EARLIER_COLUMNS, storedRecord } from './record-rows.ts';
import { readMeta, writeMeta } from './schema.ts';
import { moveInTimeline } from './timeline.ts';
import { writeRecord } from './write-record.ts';

const CURRENT = `SELECT ${CURRENT_COLUMNS} FROM resource r WHERE r.uid = ?`;
const EARLIER = `SELECT ${EARLIER_COLUMNS} FROM resource r JOIN history h ON h.seq = r.seq WHERE`;
const RESOURCES_A_BATCH = 64;

export interface RecordDatabaseParts {
  readonly db: Database;
  readonly audit: AuditCrypto;
  /** The head of the chain, already checked. */
  readonly head: AuditHead;
  readonly publishHead: (head: AuditHead) => void;
}

/** A store over an opened database whose tables are there. */
export function createRecordDatabase({ db, audit, head, publishHead }: RecordDatabaseParts): RecordStore {
  const parameters = createParameterNames(db);
  const replaceIndex = createReplaceIndex(db, parameters);
  const queries = createRowQueries(db, parameters);
  const writer: Writer = { db, audit, replaceIndex, holds: queries.holds, undone: parameters.reload };
  const apply = (commits: readonly Commit[], from: AuditHead): Turn => {
    try {
      return db.transaction(() => applyAll(writer, commits, from));
    } catch (cause) {
      parameters.reload();
      throw cause;
    }
  };
  const committer: Committer = createCommitter({ apply, publishHead, head });
  return {
    rows: queries.rows,
    candidates: queries.candidates,
    changes: queries.changes,
    count: queries.count,
    ...createHistoryQueries(db),
    current: async (uid) => currentOf(db, uid),
    version: async (uid, version) => versionOf(db, uid, version),
    everyRecord: () => everyRecord(db),
    reindexCommit: async (rows) => {
      db.transaction(() => {
        for (const row of rows) reindex(db, replaceIndex, row);
      });
    },
    commit: committer.commit,
    audit: {
      get: async (seq) => auditRow(db, seq),
      query: (query) => queryAudit(db, query),
      newest: async () => committer.head().seq,
      chains: async () => [
        {
          name: MAIN_CHAIN,
          head: committer.head(),
          get: async (seq) => auditRow(db, seq),
          range: async (from, to) => auditRange(db, from, to),
        },
      ],
    },
    meta: {
      get: async (name) => readMeta(db, name),
      set: async (name, value) => writeMeta(db, name, value),
    },
    close: async () => {
      await committer.close();
      db.close();
    },
  };
}

interface Writer {
  readonly db: Database;
  readonly audit: AuditCrypto;
  readonly replaceIndex: ReplaceIndex;
  readonly holds: RowQueries['holds'];
  /** Called after a savepoint was rolled back. */
  readonly undone: () => void;
}

class Conflict extends Error {
  readonly uid: Uid;
  constructor(uid: Uid) {
    super('another version is current');
    this.uid = uid;
  }
}

class Unmet extends Error {
  readonly type: string;
  constructor(type: string) {
    super('a precondition does not hold');
    this.type = type;
  }
}

function applyAll(writer: Writer, commits: readonly Commit[], from: AuditHead): Turn {
  let head = from;
  const outcomes = commits.map((commit): Outcome => {
    try {
      head = writer.db.savepoint(() => applyOne(writer, commit, head));
      return { done: true };
    } catch (cause) {
      writer.undone();
      return outcomeOf(cause);
    }
  });
  return { outcomes, head };
}

function outcomeOf(cause: unknown): Outcome {
  if (cause instanceof Conflict) return { done: false, conflict: cause.uid };
  return cause instanceof Unmet ? { done: false, unmet: cause.type } : { failed: cause };
}

function applyOne({ db, audit, replaceIndex, holds }: Writer, commit: Commit, from: AuditHead): AuditHead {
  const { writes, audit: entries, preconditions = [] } = commit;
  for (const precondition of preconditions) {
    if (!holds(precondition)) throw new Unmet(precondition.type);
  }
  for (const write of writes) {
    if (!writeRecord(db, replaceIndex, write)) throw new Conflict(write.record.uid);
  }
  return entries.reduce((head, entry) => appendAudit(db, audit, head, entry), from);
}

function currentOf(db: Database, uid: Uid): StoredRecord | undefined {
  const row = db.get(CURRENT, [nameBytes(uid)]);
  return row && storedRecord(row);
}

function versionOf(db: Database, uid: Uid, version: number): StoredRecord | undefined {
  const name = nameBytes(uid);
  const row =
    db.get(`${CURRENT} AND r.version = ?`, [name, version]) ??
    db.get(`${EARLIER} r.uid = ? AND h.version = ?`, [name, version]);
  return row && storedRecord(row);
}

async function* everyRecord(db: Database): AsyncGenerator<StoredRecord> {
  const batch = `SELECT ${CURRENT_COLUMNS} FROM resource r WHERE r.seq > ? ORDER BY r.seq LIMIT ${RESOURCES_A_BATCH}`;
  const earlier = `${EARLIER} r.seq = ? AND h.version < ? ORDER BY h.version`;
  for (let after = -1; ; ) {
    const rows = db.all(batch, [after]).map(storedRecord);
    for (const current of rows) {
      for (const row of db.all(earlier, [current.seq, current.version])) yield storedRecord(row);
      yield current;
      after = current.seq;
    }
    if (rows.length < RESOURCES_A_BATCH) return;
    await new Promise((resolve) => setImmediate(resolve));
  }
}

function reindex(db: Database, replaceIndex: ReplaceIndex, row: Reindexed): void {
  const found = db.get('SELECT seq, version, type FROM resource WHERE uid = ?', [nameBytes(row.uid)]);
  if (!found) return;
  const seq = integer(found, 'seq');
  const isCurrent = integer(found, 'version') === row.version;
  const table = isCurrent ? 'resource' : 'history';
  const stored = db.get(`SELECT last_updated, row_terms FROM ${table} WHERE seq = ? AND version = ?`, [
    seq,
    row.version,
  ]);
  if (!stored) return;
  const placed = { ...row, type: text(found, 'type'), lastUpdated: integer(stored, 'last_updated') };
  moveInTimeline(db, seq, placed, { before: unpackNames(blob(stored, 'row_terms')) });
  db.run(`UPDATE ${table} SET row_terms = ?, row_mac = ? WHERE seq = ? AND version = ?`, [
    packNames(row.rowTerms),
    row.rowMac,
    seq,
    row.version,
  ]);
  if (isCurrent && row.index) replaceIndex(seq, row.index);
}
