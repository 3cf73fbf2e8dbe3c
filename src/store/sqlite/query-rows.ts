/** Pages and counts of current, undeleted rows that satisfy a plan. */
import { DamagedRecordError } from '../../core/errors.ts';
import type { CandidateQuery, ChangeQuery, Plan, RowQuery } from '../../core/plan.ts';
import type { Candidate, Precondition, StoredRecord } from '../../core/record.ts';
import { changedRows } from './change-rows.ts';
import { condition, oneOf, type Resolved, type Sql } from './condition.ts';
import { blob, type Database, integer } from './database.ts';
import { chooseDriver, type Driver, type Source } from './driver.ts';
import { createPlanResolver, seqOf } from './hops.ts';
import { nameOf } from './names.ts';
import type { ParameterNames } from './parameters.ts';
import { CANDIDATE_COLUMNS, CURRENT_COLUMNS, storedCandidate, storedRecord } from './record-rows.ts';
import { passing, walk } from './walk.ts';

const END = Number.MAX_SAFE_INTEGER;

export interface RowQueries {
  rows(query: RowQuery): Promise<readonly StoredRecord[]>;
  candidates(query: CandidateQuery): Promise<readonly Candidate[]>;
  changes(query: ChangeQuery): Promise<readonly StoredRecord[]>;
  count(type: string, where: Plan, limit: number): Promise<number>;
  /** Whether it holds now; one statement, so it may stand in a transaction. */
  holds(precondition: Precondition): boolean;
}

/** The queries of a record database. */
export function createRowQueries(db: Database, parameters: ParameterNames): RowQueries {
  const driverFor = (type: string, plan: Resolved): Driver | undefined =>
    plan.op === 'none' ? undefined : chooseDriver(sourceOf(db, type), plan);
  const { resolve, resolveAtOnce } = createPlanResolver(db, parameters, driverFor);
  const driverOf = async (type: string, where: Plan): Promise<Driver | undefined> =>
    driverFor(type, await resolve(where));
  return {
    rows: async ({ type, where, after, limit }) => {
      const high = after === undefined ? END : seqOf(db, after);
      const driver = high === undefined || limit <= 0 ? undefined : await driverOf(type, where);
      if (!driver || high === undefined) return [];
      const found: StoredRecord[] = [];
      await walk(db, driver, { low: 0, high }, (slice) => {
        found.push(...newest(db, slice, { type, limit: limit - found.length }));
        return found.length < limit ? 'more' : 'enough';
      });
      return found;
    },
    candidates: async ({ type, where, limit }) => {
      const driver = limit <= 0 ? undefined : await driverOf(type, where);
      const found: Candidate[] = [];
      if (!driver) return found;
      await walk(db, driver, { low: 0, high: END }, (slice) => {
        found.push(...newestCandidates(db, slice, limit - found.length));
        return found.length < limit ? 'more' : 'enough';
      });
      return found;
    },
    changes: async (query) => {
      const plan = await resolve(query.where);
      if (plan.op === 'none' || query.limit <= 0) return [];
      return changedRows(db, query, condition(plan, 'posting', 'c.seq'), (selected) =>
        readRows(db, selected, query.type),
      );
    },
    count: async (type, where, limit) => {
      const driver = limit <= 0 ? undefined : await driverOf(type, where);
      let counted = 0;
      if (!driver) return counted;
      await walk(db, driver, { low: 0, high: END }, (slice) => {
        const sql = `SELECT count(*) AS n FROM (${slice.sql} LIMIT ?)`;
        const row = db.get(sql, [...slice.args, limit - counted]);
        counted += row ? integer(row, 'n') : 0;
        return counted < limit ? 'more' : 'enough';
      });
      return counted;
    },
    holds: ({ type, where, rows }) => {
      const driver = driverFor(type, resolveAtOnce(where));
      const found = driver ? namesOf(db, passing(driver, { low: 0, high: END }), rows.length + 1) : [];
      const expected = new Set(rows.map(({ uid, version }) => `${uid} ${version}`));
      return found.length === rows.length && found.every((name) => expected.has(name));
    },
  };
}

function namesOf(db: Database, { sql, args }: Sql, limit: number): readonly string[] {
  const select = `SELECT r.uid, r.version FROM (${sql} LIMIT ?) p CROSS JOIN resource r ON r.seq = p.seq`;
  return db.all(select, [...args, limit]).map((row) => `${nameOf(blob(row, 'uid'))} ${integer(row, 'version')}`);
}

// Sequences are sorted and cut before a body is read. Postings are made with their row: one of another row is damage.
function newest(db: Database, passing: Sql, { type, limit }: { type: string; limit: number }): readonly StoredRecord[] {
  const selected = { sql: `${passing.sql} ORDER BY d.seq DESC LIMIT ?`, args: [...passing.args, limit] };
  return readRows(db, selected, type).toSorted((a, b) => b.seq - a.seq);
}

function newestCandidates(db: Database, passing: Sql, limit: number): readonly Candidate[] {
  const sql = `SELECT ${CANDIDATE_COLUMNS} FROM (${passing.sql} ORDER BY d.seq DESC LIMIT ?) p
    CROSS JOIN resource r ON r.seq = p.seq LEFT JOIN sort_box s ON s.seq = p.seq`;
  return db
    .all(sql, [...passing.args, limit])
    .map(storedCandidate)
    .toSorted((a, b) => b.seq - a.seq);
}

function readRows(db: Database, selected: Sql, type: string): readonly StoredRecord[] {
  const sql = `SELECT ${CURRENT_COLUMNS} FROM (${selected.sql}) p CROSS JOIN resource r ON r.seq = p.seq`;
  const records = db.all(sql, selected.args).map(storedRecord);
  if (records.some((record) => record.type !== type || record.deleted)) {
    throw new DamagedRecordError('a stored posting is not of its row');
  }
  return records;
}

// A posting or reference is of one type and of an undeleted row by its making; rows by type or sequence are asked.
const sourceOf = (db: Database, type: string): Source => ({
  db,
  postings: 'posting',
  every: { from: 'resource INDEXED BY resource_live', where: 'type = ? AND deleted = 0', args: [type] },
  rows: (seqs) => {
    const { sql, args } = oneOf('seq', seqs);
    return { from: 'resource', where: `${sql} AND type = ? AND deleted = 0`, args: [...args, type] };
  },
});
