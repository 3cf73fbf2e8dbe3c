/** The rows of a search in the order that `_sort` asks for (CONTRACT.md "`_sort` by anything else"; ADR 0020). */
import { DamagedRecordError, tooCostly } from '../core/errors.ts';
import { and, type Plan } from '../core/plan.ts';
import type { Candidate, OpenRecord } from '../core/record.ts';
import { staleCursor } from '../search/cursor.ts';
import type { DateBucket } from '../search/date-walk.ts';
import type { SearchQuery, SortKey } from '../search/query.ts';
import { comparePlaces, type Place } from '../search/sort.ts';
import { endsInBox, readSortText, type SortBox, type SortEnds, type SortValue } from '../search/sort-values.ts';
import type { Repository } from '../store/repository.ts';

export interface OrderContext {
  readonly repository: Repository;
  readonly query: Pick<SearchQuery, 'type' | 'sort' | 'after'>;
  /** The rows to order. */
  readonly where: Plan;
  /** Rows that are read at once. */
  readonly batch: number;
  /** The first key's values in buckets of time; undefined where it is no date. */
  readonly buckets: readonly DateBucket[] | undefined;
  /** What the key reads of a resource itself. */
  endsOf(key: SortKey, record: OpenRecord): SortEnds | undefined;
  /** The id under which the caller knows a resource. */
  shownId(id: string): string;
  /** Whether ties may tell the order of creation; by id where not. */
  readonly tellsCreation: boolean;
}

/** CONTRACT.md: so many candidates are ordered in memory. */
const FEW = 5000;
/** A bucket of time with more rows is cut into finer ones, where it can be. */
const BUCKET = 256;
/** Between so many boxes others may run. */
const TURN = 256;

/** The rows after the cursor's; 403 `too-costly` where a bound would be passed. */
export async function* orderedRows(context: OrderContext): AsyncGenerator<OpenRecord> {
  const [first, ...more] = context.query.sort;
  if (first?.param.code === '_lastUpdated' && more.length === 0 && context.tellsCreation) {
    yield* changedRows(context, first);
    return;
  }
  const from = await placeOfCursor(context);
  for await (const ordered of orderedCandidates(context, from)) yield* recordsOf(context, ordered);
}

// A version may have moved on since it was given its place: then its place is another one.
async function* recordsOf({ repository, batch }: OrderContext, ordered: readonly Candidate[]) {
  for (let at = 0; at < ordered.length; at += batch) {
    const some = ordered.slice(at, at + batch);
    const records = await Promise.all(some.map(({ uid }) => repository.readUid(uid)));
    for (const [i, record] of records.entries()) if (record?.version === some[i]?.version && record) yield record;
  }
}

async function* orderedCandidates(
  context: OrderContext,
  from: Place | undefined,
): AsyncGenerator<readonly Candidate[]> {
  const isSmall = (await countOf(context, context.where, BUCKET)) <= BUCKET;
  if (!isSmall && context.buckets) yield* walk(context, context.buckets, from);
  else yield await orderedPart(context, context.where, { from });
}

async function* walk(
  context: OrderContext,
  buckets: readonly DateBucket[],
  from: Place | undefined,
): AsyncGenerator<readonly Candidate[]> {
  for (const bucket of buckets) {
    if (from && bucket.isBefore(from.values[0])) continue;
    const where = and([context.where, bucket.rows]);
    const parts = (await countOf(context, where, BUCKET)) > BUCKET ? bucket.parts() : [];
    if (parts.length > 0) yield* walk(context, parts, from);
    else yield await orderedPart(context, where, { from, bucket });
  }
}

const countOf = ({ repository, query }: OrderContext, where: Plan, limit: number): Promise<number> =>
  repository.count(query.type, where, limit + 1);

interface Part {
  readonly from: Place | undefined;
  readonly bucket?: DateBucket;
}

async function orderedPart(context: OrderContext, where: Plan, { from, bucket }: Part): Promise<readonly Candidate[]> {
  const { repository, query } = context;
  const candidates = await repository.candidates({ type: query.type, where, limit: FEW + 1 });
  if (candidates.length > FEW) {
    throw tooCostly('Too many resources would have to be ordered. Add a criterion that narrows the search.');
  }
  const compare = comparePlaces(query.sort);
  const placed: { readonly candidate: Candidate; readonly place: Place }[] = [];
  for (const [i, candidate] of candidates.entries()) {
    if (i % TURN === TURN - 1) await new Promise((resolve) => setImmediate(resolve));
    const place = await placeOf(context, candidate);
    if (bucket && !bucket.holds(place.values[0])) continue;
    if (!from || compare(from, place) < 0) placed.push({ candidate, place });
  }
  return placed.toSorted((a, b) => compare(a.place, b.place)).map(({ candidate }) => candidate);
}

/** What a place is made of: what stands in clear of a row, and what the keys read. */
interface Placed {
  readonly seq: number;
  readonly id: string;
  readonly lastUpdated: number;
}

async function placeOf(context: OrderContext, candidate: Candidate): Promise<Place> {
  const { repository, query } = context;
  const isClear = query.sort.every(({ param }) => IN_CLEAR.has(param.code));
  const text = isClear ? undefined : await repository.sortText(query.type, candidate);
  const box = text === undefined ? undefined : readSortText(text);
  const isWhole = query.sort.some((key) => needsRecord(key, box));
  const record = isWhole ? await repository.readUid(candidate.uid) : undefined;
  return place(context, candidate, (key) => {
    if (box && !needsRecord(key, box)) return endsInBox(key.param, box);
    return record && !record.deleted ? context.endsOf(key, record) : undefined;
  });
}

const IN_CLEAR: ReadonlySet<string> = new Set(['_id', '_lastUpdated']);

const needsRecord = ({ param }: SortKey, box: SortBox | undefined): boolean =>
  !IN_CLEAR.has(param.code) && (param.sorting === 'resource' || box === undefined);

// The place that the last row of the page before had, in the version by which it had it.
async function placeOfCursor(context: OrderContext): Promise<Place | undefined> {
  const { query } = context;
  if (!query.after) return undefined;
  const { seq, record } = await foundAfter(context, query.after);
  return place(context, { seq, id: record.id, lastUpdated: record.lastUpdated }, (key) => context.endsOf(key, record));
}

async function foundAfter({ repository }: OrderContext, { uid, version }: NonNullable<SearchQuery['after']>) {
  const found = await repository.placeOf(uid, version);
  if (!found || found.record.deleted) throw staleCursor();
  return found;
}

function place(context: OrderContext, row: Placed, endsOf: (key: SortKey) => SortEnds | undefined): Place {
  const keyValue = (key: SortKey): SortValue | undefined => {
    if (key.param.code === '_id') return context.shownId(row.id);
    // Microseconds, as all dates are ordered by.
    if (key.param.code === '_lastUpdated') return row.lastUpdated * 1000;
    const ends = endsOf(key);
    return key.direction === 'ascending' ? ends?.least : ends?.greatest;
  };
  return {
    values: context.query.sort.map(keyValue),
    tie: context.tellsCreation ? -row.seq : context.shownId(row.id),
  };
}

// Few rows are ordered in memory; more by walking the store's own order, where they cannot be far apart.
async function* changedRows(context: OrderContext, key: SortKey): AsyncGenerator<OpenRecord> {
  const { repository, query, where, batch } = context;
  if ((await countOf(context, where, FEW)) <= FEW) {
    yield* recordsOf(context, await orderedPart(context, where, { from: await placeOfCursor(context) }));
    return;
  }
  const order = key.direction === 'ascending' ? 'oldest-first' : 'newest-first';
  const start = query.after && (await foundAfter(context, query.after));
  let after = start && { lastUpdated: start.record.lastUpdated, seq: start.seq };
  for (;;) {
    const rows = await repository.changes({
      type: query.type,
      where,
      order,
      limit: batch,
      ...(after ? { after } : {}),
    });
    yield* rows;
    const last = rows.at(-1);
    if (!last || rows.length < batch) return;
    const found = await repository.placeOf(last.uid, last.version);
    if (!found) throw new DamagedRecordError('a stored version is gone');
    after = { lastUpdated: last.lastUpdated, seq: found.seq };
  }
}
