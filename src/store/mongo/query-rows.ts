/** Pages and counts of current, undeleted rows that satisfy a plan. */
import type { ClientSession, Document } from 'mongodb';
import { DamagedRecordError } from '../../core/errors.ts';
import type { CandidateQuery, ChangeQuery, Plan, RowQuery } from '../../core/plan.ts';
import type { Candidate, Precondition, StoredRecord } from '../../core/record.ts';
import { QUERY } from './client.ts';
import {
  nameBytes,
  nameOf,
  plainText,
  type ResourceDoc,
  storedCandidate,
  storedRecord,
  versionName,
} from './documents.ts';
import { chooseDriver, type Driver, type Source } from './driver.ts';
import { expression, type Resolved } from './filter.ts';
import { createPlanResolver } from './hops.ts';
import type { Collections } from './schema.ts';

export interface RowQueries {
  rows(query: RowQuery): Promise<readonly StoredRecord[]>;
  candidates(query: CandidateQuery): Promise<readonly Candidate[]>;
  changes(query: ChangeQuery): Promise<readonly StoredRecord[]>;
  count(type: string, where: Plan, limit: number): Promise<number>;
  /** Whether it holds in the eyes of a transaction. */
  holds(precondition: Precondition, session: ClientSession): Promise<boolean>;
}

const WITHOUT_NAMES = { names: 0, rows: 0 } as const;
const NAME_ONLY = { version: 1 } as const;
const ORDERS = {
  'newest-first': { sort: { changed: -1, seq: -1 }, beyond: '$lt', hint: 'changedLast' },
  'oldest-first': { sort: { changed: 1, seq: -1 }, beyond: '$gt', hint: 'changedFirst' },
} as const;

type Found = Pick<ResourceDoc, '_id' | 'version'>;

/** The queries of a record database. */
export function createRowQueries({ resources, versions }: Collections): RowQueries {
  const driverFor = async (type: string, plan: Resolved, session?: ClientSession): Promise<Driver | undefined> => {
    if (plan.op === 'none') return undefined;
    const options = { ...QUERY, ...inSession(session) };
    const count: Source['count'] = (filter, limit) => resources.countDocuments(filter, { ...options, limit });
    return chooseDriver({ ...ROWS, every: everyOf(type), count }, plan);
  };
  const resolve = createPlanResolver(async ({ type, plan, limit, projection }, session) => {
    const driver = await driverFor(type, plan, session);
    if (!driver) return [];
    const options = { ...QUERY, ...hintOf(driver), ...inSession(session), projection, limit };
    return resources.find(matching(driver, type), options).toArray();
  });
  const driverOf = async (type: string, where: Plan, session?: ClientSession): Promise<Driver | undefined> =>
    driverFor(type, await resolve(where, session), session);
  const matching = (driver: Driver, type: string): Document => ({
    $and: [driver.walked, liveOf(type), driver.filter],
  });
  const newest = (driver: Driver, filter: Document, limit: number, projection: Document) =>
    resources.find(filter, { ...QUERY, ...hintOf(driver), projection, limit }).sort({ seq: -1 });
  const bodies = async (found: readonly Found[], type: string): Promise<readonly StoredRecord[]> => {
    const names = found.map(({ _id, version }) => versionName(_id, version));
    const docs = await versions.find({ _id: { $in: names } }, QUERY).toArray();
    const byUid = new Map(docs.map((doc) => [nameOf(doc.uid), storedRecord(doc)]));
    return found.map(({ _id }) => {
      const record = byUid.get(nameOf(_id));
      if (record?.type !== type || record.deleted) throw new DamagedRecordError('a stored row is not of its version');
      return record;
    });
  };
  return {
    rows: async ({ type, where, after, limit }) => {
      const start = after === undefined ? {} : await beforeOf(resources, after);
      const driver = start === undefined || limit <= 0 ? undefined : await driverOf(type, where);
      if (!driver || !start) return [];
      const filter = { $and: [start, matching(driver, type)] };
      return bodies(await newest(driver, filter, limit, NAME_ONLY).toArray(), type);
    },
    candidates: async ({ type, where, limit }) => {
      const driver = limit <= 0 ? undefined : await driverOf(type, where);
      if (!driver) return [];
      const docs = await newest(driver, matching(driver, type), limit, WITHOUT_NAMES).toArray();
      return docs.map(storedCandidate);
    },
    changes: async ({ type, where, order, after, limit }) => {
      const plan = await resolve(where);
      if (plan.op === 'none' || limit <= 0) return [];
      const { sort, beyond, hint } = ORDERS[order];
      const past = after ? [pastPlace(beyond, after)] : [];
      const judged = plan.op === 'every' ? [] : [{ $expr: expression(plan, 'names') }];
      const filter = { $and: [liveOf(type), ...past, ...judged] };
      const found = resources.find(filter, { ...QUERY, hint, projection: NAME_ONLY, limit }).sort(sort);
      return bodies(await found.toArray(), type);
    },
    count: async (type, where, limit) => {
      const driver = limit <= 0 ? undefined : await driverOf(type, where);
      if (!driver) return 0;
      return resources.countDocuments(matching(driver, type), { ...QUERY, ...hintOf(driver), limit });
    },
    holds: async ({ type, where, rows }, session) => {
      const driver = await driverOf(type, where, session);
      if (!driver) return rows.length === 0;
      const options = { ...QUERY, ...hintOf(driver), session, projection: NAME_ONLY, limit: rows.length + 1 };
      const found = await resources.find(matching(driver, type), options).toArray();
      const expected = new Set(rows.map(({ uid, version }) => `${uid} ${version}`));
      return found.length === rows.length && found.every((row) => expected.has(`${nameOf(row._id)} ${row.version}`));
    },
  };
}

const ROWS = { field: 'names', hint: 'names' } as const;

const liveOf = (type: string): Document => ({ type: { $eq: plainText(type) }, deleted: false });
const everyOf = (type: string) => ({ walked: liveOf(type), hint: 'live' });
const hintOf = ({ hint }: Driver): { hint?: string } => (hint === undefined ? {} : { hint });
const inSession = (session: ClientSession | undefined): { session?: ClientSession } => (session ? { session } : {});

async function beforeOf(resources: Collections['resources'], uid: string): Promise<Document | undefined> {
  const found = await resources.findOne({ _id: nameBytes(uid) }, { ...QUERY, projection: { seq: 1 } });
  return found ? { seq: { $lt: found.seq } } : undefined;
}

function pastPlace(beyond: '$lt' | '$gt', { lastUpdated, seq }: NonNullable<ChangeQuery['after']>): Document {
  return {
    changed: { [`${beyond}e`]: lastUpdated },
    $or: [{ changed: { [beyond]: lastUpdated } }, { seq: { $lt: seq } }],
  };
}
