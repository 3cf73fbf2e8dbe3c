/** The audit log in MongoDB: one order for all processes, read by place or by terms, and the chains that it is made of. */
import type { AuditChain, AuditQuery, AuditRow } from '../record-store.ts';
import { QUERY } from './client.ts';
import { chainRow, placedRow } from './documents.ts';
import { chooseDriver, type Source } from './driver.ts';
import { resolvePlan } from './filter.ts';
import type { Collections } from './schema.ts';

const MAX_RANGE = 1000;
const AUDIT = { field: 'terms', hint: 'terms', every: { walked: {}, hint: '_id_' } } as const;

type Audit = Collections['audit'];

/** The row at a place. */
export async function auditRow(audit: Audit, place: number): Promise<AuditRow | undefined> {
  const doc = await audit.findOne({ _id: { $eq: Number(place) } }, QUERY);
  return doc ? placedRow(doc) : undefined;
}

/** The newest row of all processes. */
export async function newestRow(audit: Audit): Promise<AuditRow | undefined> {
  const [doc] = await audit
    .find({}, { ...QUERY, hint: '_id_', limit: 1 })
    .sort({ _id: -1 })
    .toArray();
  return doc && placedRow(doc);
}

/** Rows that satisfy the query, newest first. */
export async function queryAudit(audit: Audit, query: AuditQuery): Promise<readonly AuditRow[]> {
  const { limit, from = 1, before = Number.MAX_SAFE_INTEGER } = query;
  const plan = resolvePlan(query.where, () => {
    throw new RangeError('an audit query cannot hold a hop');
  });
  if (plan.op === 'none' || limit <= 0) return [];
  const count: Source['count'] = (filter, most) => audit.countDocuments(filter, { ...QUERY, limit: most });
  const { walked, filter, hint } = await chooseDriver({ ...AUDIT, count }, plan);
  const bounds = { _id: { $lt: Number(before), $gte: Number(from) } };
  const options = { ...QUERY, limit, ...(hint === undefined ? {} : { hint }) };
  const docs = await audit
    .find({ $and: [bounds, walked, filter] }, options)
    .sort({ _id: -1 })
    .toArray();
  return docs.map(placedRow);
}

/** Name of the chain with this number, as its links hold it. */
export const chainName = (number: number): string => `mongo-${number}`;

/** Reads one chain. */
export const chainReader = (audit: Audit, chain: number): Pick<AuditChain, 'name' | 'get' | 'range'> => ({
  name: chainName(chain),
  get: async (n) => {
    const doc = await audit.findOne({ chain, n: { $eq: Number(n) } }, QUERY);
    return doc ? chainRow(doc) : undefined;
  },
  range: async (from, to) => {
    const filter = { chain, n: { $gte: Number(from), $lte: Number(to) } };
    const docs = await audit
      .find(filter, { ...QUERY, hint: 'chain', limit: MAX_RANGE })
      .sort({ n: 1 })
      .toArray();
    return docs.map(chainRow);
  },
});
