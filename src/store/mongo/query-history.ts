/** Pages and counts of the versions that satisfy a plan over row terms, judged by their own and the current ones. */
import type { Document } from 'mongodb';
import { admits, type HistoryPage, type HistoryQuery, type Plan, requiredTerm } from '../../core/plan.ts';
import type { StoredRecord } from '../../core/record.ts';
import { QUERY } from './client.ts';
import { nameBytes, nameOf, plainText, storedRecord, type VersionDoc, versionName } from './documents.ts';
import type { Collections } from './schema.ts';

export interface HistoryQueries {
  history(page: HistoryPage): Promise<readonly StoredRecord[]>;
  countHistory(query: HistoryQuery, limit: number): Promise<number>;
}

type Placed = Omit<VersionDoc, 'boxes' | 'mac'>;

const NEWEST_FIRST = { changed: -1, seq: -1, version: -1 } as const;
const FIRST_BATCH = 256;
const LARGEST_BATCH = 2048;

/** The history queries of a record database. */
export function createHistoryQueries(collections: Collections): HistoryQueries {
  const { versions } = collections;
  return {
    history: async ({ after, limit, ...query }) => {
      checkPlan(query.where);
      const start = after && (await placeOf(versions, after));
      if ((after && !start) || limit <= 0) return [];
      const passing: Placed[] = [];
      for await (const batch of walk(collections, query, start ?? undefined)) {
        passing.push(...batch);
        if (passing.length >= limit) break;
      }
      return bodies(versions, passing.slice(0, limit));
    },
    countHistory: async (query, limit) => {
      checkPlan(query.where);
      let counted = 0;
      if (limit <= 0) return counted;
      for await (const batch of walk(collections, query, undefined)) {
        counted += batch.length;
        if (counted >= limit) return limit;
      }
      return counted;
    },
  };
}

/** Batches of versions that are there, newest first, without their bodies. */
async function* walk(
  collections: Collections,
  query: HistoryQuery,
  start: Placed | undefined,
): AsyncGenerator<readonly Placed[]> {
  if (query.where.op === 'none') return;
  const { filter, hint } = walked(query);
  let after = start;
  for (let size = FIRST_BATCH; ; size = Math.min(size * 4, LARGEST_BATCH)) {
    const within = after ? { $and: [filter, beyond(after)] } : filter;
    const options = { ...QUERY, hint, limit: size, projection: { boxes: 0, mac: 0 } };
    const batch: readonly Placed[] = await collections.versions.find(within, options).sort(NEWEST_FIRST).toArray();
    yield await judged(collections, query, batch);
    after = batch.at(-1);
    if (batch.length < size) return;
  }
}

// The compartment's own versions are far fewer than the type's.
function walked({ of, where, since, at }: HistoryQuery): { filter: Document; hint: string } {
  const time = {
    ...(since === undefined ? {} : { $gte: since }),
    ...(at === undefined ? {} : { $lt: at.to }),
  };
  const changed = Object.keys(time).length > 0 ? { changed: time } : {};
  if ('uid' in of) return { filter: { uid: nameBytes(of.uid), ...changed }, hint: 'ofResource' };
  const type = { type: { $eq: plainText(of.type) } };
  const required = requiredTerm(where);
  if (required === undefined) return { filter: { ...type, ...changed }, hint: 'ofType' };
  return { filter: { rows: nameBytes(required), ...type, ...changed }, hint: 'ofRow' };
}

const beyond = ({ changed, seq, version }: Placed): Document => ({
  changed: { $lte: changed },
  $or: [{ changed: { $lt: changed } }, { seq: { $lt: seq } }, { seq, version: { $lt: version } }],
});

async function judged(
  { resources, versions }: Collections,
  { where, at }: HistoryQuery,
  batch: readonly Placed[],
): Promise<readonly Placed[]> {
  const uids = [...new Map(batch.map(({ uid }) => [nameOf(uid), uid])).values()];
  const found = await resources
    .find({ _id: { $in: uids } }, { ...QUERY, projection: { rows: 1, version: 1 } })
    .toArray();
  const shown = new Set(found.filter(({ rows }) => passes(where, rows)).map(({ _id }) => nameOf(_id)));
  const passing = batch.filter(({ uid, rows }) => shown.has(nameOf(uid)) && passes(where, rows));
  if (at === undefined) return passing;
  // A version was current from its own time up to that of the next one.
  const next = passing.map(({ uid, version }) => versionName(uid, version + 1));
  const ended = await versions
    .find({ _id: { $in: next } }, { ...QUERY, projection: { uid: 1, version: 1, changed: 1 } })
    .toArray();
  const ends = new Map(ended.map(({ uid, version, changed }) => [`${nameOf(uid)} ${version - 1}`, changed]));
  return passing.filter(({ uid, version }) => (ends.get(`${nameOf(uid)} ${version}`) ?? END) > at.from);
}

const END = Number.POSITIVE_INFINITY;

const passes = (where: Plan, rows: readonly Uint8Array[]): boolean => admits(where, new Set(rows.map(nameOf)));

async function bodies(versions: Collections['versions'], found: readonly Placed[]): Promise<readonly StoredRecord[]> {
  const docs = await versions.find({ _id: { $in: found.map(({ _id }) => _id) } }, QUERY).toArray();
  const byName = new Map(docs.map((doc) => [nameOf(doc._id), storedRecord(doc)]));
  return found.flatMap(({ _id }) => byName.get(nameOf(_id)) ?? []);
}

const placeOf = (versions: Collections['versions'], { uid, version }: { uid: string; version: number }) =>
  versions.findOne({ _id: versionName(uid, version) }, { ...QUERY, projection: { boxes: 0, mac: 0 } });

function checkPlan(plan: Plan): void {
  switch (plan.op) {
    case 'every':
    case 'none':
    case 'term':
      return;
    case 'and':
    case 'or':
      for (const part of plan.of) checkPlan(part);
      return;
    case 'not':
      checkPlan(plan.of);
      return;
    case 'uid':
    case 'reference':
    case 'refersTo':
    case 'referredBy':
      throw new RangeError(`a history is asked by row terms alone, not by ${plan.op}`);
    default:
      plan satisfies never;
  }
}
