/** Pages of rows by their last change: walks the index of changes in slices of bounded work. */
import type { ChangeQuery } from '../../core/plan.ts';
import type { StoredRecord } from '../../core/record.ts';
import type { Sql } from './condition.ts';
import { type Args, type Database, integer } from './database.ts';

/** A place in the order. */
type Place = NonNullable<ChangeQuery['after']>;

const FIRST_SLICE = 256;
const LARGEST_SLICE = 4096;
// Ties are newest creation first in both directions.
const ORDERS = {
  'newest-first': { by: 'last_updated DESC, seq DESC', beyond: '<' },
  'oldest-first': { by: 'last_updated ASC, seq DESC', beyond: '>' },
} as const;

/** Rows of a type that pass `filter`, a condition on `c.seq`, as `read` gives them for a select of `c.seq`. */
export async function changedRows(
  db: Database,
  query: ChangeQuery,
  filter: Sql,
  read: (selected: Sql) => readonly StoredRecord[],
): Promise<readonly StoredRecord[]> {
  const { by, beyond } = ORDERS[query.order];
  const found: StoredRecord[] = [];
  let after = query.after;
  for (let size = FIRST_SLICE; ; size = Math.min(size * 4, LARGEST_SLICE)) {
    const last = sliceEnd(db, query, after, size);
    const range = both(pastPlace(beyond, after), last ? upToPlace(beyond, last) : ALL);
    const rows = read({
      sql: `SELECT c.seq FROM ${changesOf(range)} AND ${filter.sql} ORDER BY ${by} LIMIT ?`,
      args: [query.type, ...range.args, ...filter.args, query.limit - found.length],
    });
    found.push(...rows.toSorted(query.order === 'newest-first' ? newestFirst : oldestFirst));
    if (found.length >= query.limit || !last) return found;
    after = last;
    await new Promise((resolve) => setImmediate(resolve));
  }
}

type Row = Pick<StoredRecord, 'lastUpdated' | 'seq'>;
const newestFirst = (a: Row, b: Row): number => b.lastUpdated - a.lastUpdated || b.seq - a.seq;
const oldestFirst = (a: Row, b: Row): number => a.lastUpdated - b.lastUpdated || b.seq - a.seq;

const ALL: Sql = { sql: '1', args: [] };
const both = (a: Sql, b: Sql): Sql => ({ sql: `${a.sql} AND ${b.sql}`, args: [...a.args, ...b.args] });
const changesOf = ({ sql }: Sql): string =>
  `resource c INDEXED BY resource_changed WHERE c.type = ? AND c.deleted = 0 AND ${sql}`;

const placeArgs = ({ lastUpdated, seq }: Place): Args => [lastUpdated, lastUpdated, seq];

const pastPlace = (beyond: '<' | '>', after: Place | undefined): Sql =>
  after
    ? {
        sql: `c.last_updated ${beyond}= ? AND (c.last_updated ${beyond} ? OR c.seq < ?)`,
        args: placeArgs(after),
      }
    : ALL;

function upToPlace(beyond: '<' | '>', last: Place): Sql {
  const before = beyond === '<' ? '>' : '<';
  return {
    sql: `c.last_updated ${before}= ? AND (c.last_updated ${before} ? OR c.seq >= ?)`,
    args: placeArgs(last),
  };
}

// The row that ends a slice of about `size` rows; undefined where fewer are left.
function sliceEnd(db: Database, { type, order }: ChangeQuery, after: Place | undefined, size: number) {
  const { by, beyond } = ORDERS[order];
  const range = pastPlace(beyond, after);
  const sql = `SELECT c.last_updated, c.seq FROM ${changesOf(range)} ORDER BY ${by} LIMIT 1 OFFSET ?`;
  const row = db.get(sql, [type, ...range.args, size]);
  return row && { lastUpdated: integer(row, 'last_updated'), seq: integer(row, 'seq') };
}
