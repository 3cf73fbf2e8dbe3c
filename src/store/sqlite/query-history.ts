/** Pages and counts of the versions that satisfy a plan over row terms, judged by their own and the current ones. */
import { type HistoryPage, type HistoryQuery, type Plan, requiredTerm, type VersionRef } from '../../core/plan.ts';
import type { StoredRecord } from '../../core/record.ts';
import type { Sql } from './condition.ts';
import { type Database, integer, type Row } from './database.ts';
import { nameBytes } from './names.ts';
import { EITHER_COLUMNS, storedRecord } from './record-rows.ts';
import { type Place, typeName } from './timeline.ts';

export interface HistoryQueries {
  history(page: HistoryPage): Promise<readonly StoredRecord[]>;
  countHistory(query: HistoryQuery, limit: number): Promise<number>;
}

/** A stretch of a timeline: `low` included, `high` not. */
interface Stretch {
  readonly low: Place;
  readonly high: Place;
}

const BEGIN: Place = { time: 0, seq: -1, version: 0 };
const END: Place = { time: Number.MAX_SAFE_INTEGER, seq: 0, version: 0 };
const FIRST_SLICE = 256;
const LARGEST_SLICE = 2048;

const PLACE = '(t.last_updated, t.seq, t.version)';
const NEWEST_FIRST = 'ORDER BY t.last_updated DESC, t.seq DESC, t.version DESC';
const WITHIN = `t.name = ? AND ${PLACE} < (?, ?, ?) AND ${PLACE} >= (?, ?, ?)`;
// The timeline is walked; a current version has no row in `history`.
const VERSIONS = `timeline t CROSS JOIN resource r ON r.seq = t.seq
  LEFT JOIN history h ON h.seq = t.seq AND h.version = t.version`;
const NEXT_TIME = `CASE WHEN r.version = t.version + 1 THEN r.last_updated
  ELSE (SELECT n.last_updated FROM history n WHERE n.seq = t.seq AND n.version = t.version + 1) END`;

/** The history queries of a record database. */
export function createHistoryQueries(db: Database): HistoryQueries {
  return {
    history: async ({ after, limit, ...query }) => {
      const found: StoredRecord[] = [];
      const start = after === undefined ? END : placeOf(db, after);
      if (start === undefined || limit <= 0) return found;
      await walk(db, query, start, ({ sql, args }) => {
        const page = `SELECT ${EITHER_COLUMNS} FROM ${sql} ${NEWEST_FIRST} LIMIT ?`;
        found.push(...db.all(page, [...args, limit - found.length]).map(storedRecord));
        return found.length < limit ? 'more' : 'enough';
      });
      return found;
    },
    countHistory: async (query, limit) => {
      let counted = 0;
      if (limit <= 0) return counted;
      await walk(db, query, END, ({ sql, args }) => {
        const row = db.get(`SELECT count(*) AS n FROM (SELECT 1 FROM ${sql} LIMIT ?)`, [...args, limit - counted]);
        counted += row ? integer(row, 'n') : 0;
        return counted < limit ? 'more' : 'enough';
      });
      return counted;
    },
  };
}

/** Calls `read` with slice after slice of bounded work, newest first, and lets others run between them. */
async function walk(
  db: Database,
  query: HistoryQuery,
  start: Place,
  read: (passing: Sql) => 'enough' | 'more',
): Promise<void> {
  const { of, where, since, at } = query;
  if (where.op === 'none') return;
  const name = walkedName(of, where);
  const filter = conditionOf(query);
  const low = since === undefined ? BEGIN : { ...BEGIN, time: since };
  let high = at === undefined ? start : earlier(start, { ...BEGIN, time: at.to });
  for (let size = FIRST_SLICE; ; size = Math.min(size * 4, LARGEST_SLICE)) {
    const from = sliceStart(db, name, { low, high }, size) ?? low;
    const args = [name, ...placeArgs(high), ...placeArgs(from), ...filter.args];
    if (read({ sql: `${VERSIONS} WHERE ${WITHIN} AND ${filter.sql}`, args }) === 'enough' || from === low) return;
    high = from;
    await new Promise((resolve) => setImmediate(resolve));
  }
}

// The compartment's own timeline is far shorter than the type's.
const walkedName = (of: HistoryQuery['of'], where: Plan): Uint8Array => {
  if ('uid' in of) return nameBytes(of.uid);
  const required = requiredTerm(where);
  return required === undefined ? typeName(of.type) : nameBytes(required);
};

// A slice holds about `size` versions; undefined where fewer are left.
function sliceStart(db: Database, name: Uint8Array, { low, high }: Stretch, size: number): Place | undefined {
  const sql = `SELECT last_updated, seq, version FROM timeline t WHERE ${WITHIN} ${NEWEST_FIRST} LIMIT 1 OFFSET ?`;
  const row = db.get(sql, [name, ...placeArgs(high), ...placeArgs(low), size]);
  return row && placeIn(row);
}

function conditionOf({ of, where, at }: HistoryQuery): Sql {
  const current = holds(where, 'r.row_terms');
  const own = holds(where, 'h.row_terms');
  const parts: Sql[] = [
    current,
    { sql: `(t.version = r.version OR ${own.sql})`, args: own.args },
    ...('type' in of ? [{ sql: 'r.type = ?', args: [of.type] }] : []),
    ...(at === undefined ? [] : [{ sql: `(t.version = r.version OR ${NEXT_TIME} > ?)`, args: [at.from] }]),
  ];
  return { sql: parts.map((part) => part.sql).join(' AND '), args: parts.flatMap((part) => part.args) };
}

// `column` is a list of 16-byte HMACs: that one of them stands across two others by chance is as likely as a forgery.
function holds(plan: Plan, column: string): Sql {
  switch (plan.op) {
    case 'every':
      return { sql: '1', args: [] };
    case 'none':
      return { sql: '0', args: [] };
    case 'term':
      return { sql: `instr(${column}, ?) > 0`, args: [nameBytes(plan.term)] };
    case 'and':
    case 'or': {
      const parts = plan.of.map((part) => holds(part, column));
      if (parts.length === 0) return { sql: plan.op === 'and' ? '1' : '0', args: [] };
      return {
        sql: `(${parts.map((part) => part.sql).join(plan.op === 'and' ? ' AND ' : ' OR ')})`,
        args: parts.flatMap((part) => part.args),
      };
    }
    case 'not': {
      const { sql, args } = holds(plan.of, column);
      return { sql: `NOT (${sql})`, args };
    }
    case 'uid':
    case 'reference':
    case 'refersTo':
    case 'referredBy':
      throw new RangeError(`a history is asked by row terms alone, not by ${plan.op}`);
    default:
      return plan satisfies never;
  }
}

const placeArgs = ({ time, seq, version }: Place): readonly number[] => [time, seq, version];

const earlier = (a: Place, b: Place): Place => (b.time <= a.time ? b : a);

const placeIn = (row: Row): Place => ({
  time: integer(row, 'last_updated'),
  seq: integer(row, 'seq'),
  version: integer(row, 'version'),
});

function placeOf(db: Database, { uid, version }: VersionRef): Place | undefined {
  const name = nameBytes(uid);
  const row =
    db.get('SELECT last_updated, seq, version FROM resource WHERE uid = ? AND version = ?', [name, version]) ??
    db.get(
      `SELECT h.last_updated, h.seq, h.version FROM resource r JOIN history h ON h.seq = r.seq
        WHERE r.uid = ? AND h.version = ?`,
      [name, version],
    );
  return row && placeIn(row);
}
