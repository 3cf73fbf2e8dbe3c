/** Walks a driver newest first in slices of bounded work, and lets others run between them. */

import type { Sql } from './condition.ts';
import { type Database, integer } from './database.ts';
import type { Driver, Range } from './driver.ts';

/** A slice of sequences: `low` included, `high` not. */
interface Slice {
  readonly low: number;
  readonly high: number;
}

const FIRST_SLICE = 256;
const LARGEST_SLICE = 4096;

/**
 * Calls `read` on slice after slice, newest first, until it says `enough` or the ranges end. `read` gets the sequences
 * of the slice that pass the filter as SQL: a select of `d.seq`, each once, to be ordered and limited by who reads.
 */
export async function walk(
  db: Database,
  driver: Driver,
  bounds: Slice,
  read: (passing: Sql) => 'enough' | 'more',
): Promise<void> {
  let high = bounds.high;
  const whole = driver.size !== undefined && driver.size <= 2 * FIRST_SLICE;
  for (let size = FIRST_SLICE; high > bounds.low; size = Math.min(size * 4, LARGEST_SLICE)) {
    const low = whole ? bounds.low : Math.max(bounds.low, sliceStart(db, driver.ranges, { ...bounds, high }, size));
    if (read(passing(driver, { low, high })) === 'enough' || low === bounds.low) return;
    high = low;
    await new Promise((resolve) => setImmediate(resolve));
  }
}

// The ranges together hold at most about `size` sequences from here up to `high`.
function sliceStart(db: Database, ranges: readonly Range[], { low, high }: Slice, size: number): number {
  const offset = Math.ceil(size / ranges.length);
  let start = low;
  for (const { from, where, args } of ranges) {
    const sql = `SELECT seq FROM ${from} WHERE ${where} AND seq < ? AND seq >= ? ORDER BY seq DESC LIMIT 1 OFFSET ?`;
    const row = db.get(sql, [...args, high, start, offset]);
    if (row) start = Math.max(start, integer(row, 'seq'));
  }
  return start;
}

/** A select of `d.seq`, each once, of the rows of a slice that pass the filter. */
export function passing({ selects, filter }: Driver, { low, high }: Slice): Sql {
  const parts = selects.map(({ from, where }) => `SELECT seq FROM ${from} WHERE ${where} AND seq < ? AND seq >= ?`);
  const args = selects.flatMap((range) => [...range.args, high, low]);
  // A union gives each sequence once; so does a single select, except over a list.
  const several = parts.length > 1 || parts.some((part) => part.includes(' IN ('));
  const inner = several ? `SELECT DISTINCT seq FROM (${parts.join(' UNION ALL ')})` : parts.join('');
  return { sql: `SELECT d.seq FROM (${inner}) d WHERE ${filter.sql}`, args: [...args, ...filter.args] };
}
