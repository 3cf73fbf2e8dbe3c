/** The audit log in SQLite: appended inside the committer's transaction, read by sequence or by terms. */
import type { AuditEntry } from '../../core/record.ts';
import type { AuditCrypto } from '../../crypto/audit-crypto.ts';
import { sealedFromStore } from '../../crypto/sealed.ts';
import { EMPTY_HEAD, nextRow } from '../audit-chain.ts';
import type { AuditHead, AuditQuery, AuditRow } from '../record-store.ts';
import { type Names, oneOf, resolvePlan } from './condition.ts';
import { blob, type Database, integer, type Row } from './database.ts';
import { chooseDriver, type Source } from './driver.ts';
import { nameBytes } from './names.ts';
import { walk } from './walk.ts';

const MAX_RANGE = 1000;

/** Appends a record to the chain and gives the new head; runs inside a transaction. */
export function appendAudit(db: Database, crypto: AuditCrypto, head: AuditHead, entry: AuditEntry): AuditHead {
  const { seq, sealed, link } = nextRow(crypto, head, entry.sealed);
  db.run('INSERT INTO audit (seq, sealed, link) VALUES (?, ?, ?)', [seq, sealed, link]);
  for (const term of new Set(entry.terms)) {
    db.run('INSERT INTO audit_posting (term, seq) VALUES (?, ?)', [nameBytes(term), seq]);
  }
  return { seq, link };
}

/** The newest row's place, as it lies on disk. */
export function storedHead(db: Database): AuditHead {
  const row = db.get('SELECT seq, link FROM audit WHERE seq > 0 ORDER BY seq DESC LIMIT 1', []);
  return row ? { seq: integer(row, 'seq'), link: blob(row, 'link') } : EMPTY_HEAD;
}

/** One row of the log. */
export function auditRow(db: Database, seq: number): AuditRow | undefined {
  const row = db.get('SELECT seq, sealed, link FROM audit WHERE seq = ?', [seq]);
  return row && rowOf(row);
}

/** Rows in their order, both ends included, 1,000 at most. */
export const auditRange = (db: Database, from: number, to: number): readonly AuditRow[] =>
  db
    .all('SELECT seq, sealed, link FROM audit WHERE seq >= ? AND seq <= ? ORDER BY seq LIMIT ?', [from, to, MAX_RANGE])
    .map(rowOf);

/** Rows that satisfy the query, newest first. */
export async function queryAudit(db: Database, query: AuditQuery): Promise<readonly AuditRow[]> {
  const { where, limit, from = 1, before = Number.MAX_SAFE_INTEGER } = query;
  const plan = resolvePlan(where, AUDIT_NAMES);
  if (plan.op === 'none' || limit <= 0) return [];
  const found: AuditRow[] = [];
  await walk(db, chooseDriver(sourceOf(db), plan), { low: from, high: before }, (passing) => {
    const sql = `SELECT a.seq, a.sealed, a.link FROM (${passing.sql} ORDER BY d.seq DESC LIMIT ?) p
      CROSS JOIN audit a ON a.seq = p.seq`;
    const rows = db.all(sql, [...passing.args, limit - found.length]).map(rowOf);
    found.push(...rows.toSorted((a, b) => b.seq - a.seq));
    return found.length < limit ? 'more' : 'enough';
  });
  return found;
}

const rowOf = (row: Row): AuditRow => ({
  seq: integer(row, 'seq'),
  sealed: sealedFromStore(blob(row, 'sealed')),
  link: blob(row, 'link'),
});

const refuse = (what: string) => (): never => {
  throw new RangeError(`an audit query cannot hold ${what}`);
};

const AUDIT_NAMES: Names = {
  bytes: nameBytes,
  seqOf: refuse('uid'),
  parameter: refuse('reference'),
  hop: refuse('a hop'),
};

const sourceOf = (db: Database): Source => ({
  db,
  postings: 'audit_posting',
  every: { from: 'audit', where: 'seq > 0', args: [] },
  rows: (seqs) => ({ from: 'audit', where: oneOf('seq', seqs).sql, args: seqs }),
});
