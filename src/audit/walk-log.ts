/** Walks the log newest first: candidates by terms and time, opened one at a time, each with its events that pass. */
import { EVERY } from '../core/plan.ts';
import type { AuditEventView } from './criteria.ts';
import type { ParsedQuery } from './parse-query.ts';
import type { AuditCrypto, AuditRow, AuditStorePort, EventPosition } from './ports.ts';
import { type AuditRecord, parseRecord } from './record-format.ts';
import { eventCount } from './render.ts';
import type { Span } from './search-dates.ts';

export interface LogParts {
  readonly store: AuditStorePort;
  readonly crypto: Pick<AuditCrypto, 'open' | 'parseEventId'>;
}

/** A record that was opened, and which of its events pass; none may. */
export interface Visited {
  readonly seq: number;
  readonly record: AuditRecord;
  readonly indexes: readonly number[];
}

/** How far a record's place may lag behind its time: entries are sealed before the committer orders them. */
const DISORDER_MS = 30_000;
const BATCH = 64;

/** Opens a row. */
export const openRow = (parts: Pick<LogParts, 'crypto'>, row: AuditRow): AuditRecord =>
  parseRecord(parts.crypto.open(row.sealed));

/** All records that can hold an event of the query, newest first, from behind `after` on. */
export async function* walkLog(parts: LogParts, query: ParsedQuery, after?: EventPosition): AsyncGenerator<Visited> {
  const rows = query.ids ? rowsOfIds(parts, query.ids, after) : rowsOfPlan(parts, query, after);
  const wanted = query.ids && new Set(query.ids.map((id) => placeText(parts.crypto.parseEventId(id))));
  for await (const row of rows) {
    const record = openRow(parts, row);
    const indexes = indexesOf(record, (index, event) => {
      if (wanted && !wanted.has(placeText({ seq: row.seq, index }))) return false;
      if (after && row.seq === after.seq && index <= after.index) return false;
      return query.criteria.every((criterion) => criterion.admits(event));
    });
    yield { seq: row.seq, record, indexes };
  }
}

function indexesOf(record: AuditRecord, admits: (index: number, event: AuditEventView) => boolean): readonly number[] {
  const indexes: number[] = [];
  for (let index = 0; index < eventCount(record); index++) {
    if (admits(index, { record, patient: record.patients[index] })) indexes.push(index);
  }
  return indexes;
}

const placeText = (place: EventPosition | undefined): string => (place ? `${place.seq}.${place.index}` : '');

async function* rowsOfIds(
  parts: LogParts,
  ids: readonly string[],
  after: EventPosition | undefined,
): AsyncGenerator<AuditRow> {
  const places = ids.map((id) => parts.crypto.parseEventId(id)).filter((place) => place !== undefined);
  const seqs = [...new Set(places.map((place) => place.seq))].filter((seq) => !after || seq <= after.seq);
  for (const seq of seqs.sort((a, b) => b - a)) {
    const row = await parts.store.get(seq);
    if (row) yield row;
  }
}

async function* rowsOfPlan(
  parts: LogParts,
  query: ParsedQuery,
  after: EventPosition | undefined,
): AsyncGenerator<AuditRow> {
  if (query.plan.op === 'none' || query.span.from >= query.span.to) return;
  const bounds = await boundsOf(parts, query.span);
  let before = Math.min(bounds.before, after ? after.seq + 1 : bounds.before);
  for (;;) {
    const rows = await parts.store.query({ where: query.plan, from: bounds.from, before, limit: BATCH });
    yield* rows;
    const last = rows.at(-1);
    if (!last || rows.length < BATCH) return;
    before = last.seq;
    await otherWork();
  }
}

// A walk may open thousands of records; between two batches requests that wait get their turn.
const otherWork = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

// Sequence order is time order but for the disorder, so both ends are looked for that much outside of the span.
async function boundsOf(parts: LogParts, span: Span): Promise<{ readonly from: number; readonly before: number }> {
  const head = await parts.store.newest();
  const from = span.from === Number.NEGATIVE_INFINITY ? 1 : await firstSince(parts, head, span.from - DISORDER_MS);
  const before = span.to === Number.POSITIVE_INFINITY ? head + 1 : await firstSince(parts, head, span.to + DISORDER_MS);
  return { from, before };
}

/**
 * A sequence whose record is of `time` or later while the one before it is earlier (or absent); head + 1 when the
 * search finds none. With a disorder of D no record before it is later than time + D, none after it earlier than
 * time - D.
 */
async function firstSince(parts: LogParts, head: number, time: number): Promise<number> {
  let low = 1;
  let high = head + 1;
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    // Places have gaps where several processes write; the oldest rows may be gone, archived.
    const [row] = await parts.store.query({ where: EVERY, from: low, before: middle + 1, limit: 1 });
    if (!row || openRow(parts, row).recorded < time) low = middle + 1;
    else high = row.seq;
  }
  return low;
}
