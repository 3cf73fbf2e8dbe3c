/** What a transaction sees while it runs: the store, with what its own entries wrote laid over it (DESIGN.md idea 1). */
import { notSupported } from '../core/errors.ts';
import { and, answers, hasHops, not, or, type Plan, type PlanRow, type Uid } from '../core/plan.ts';
import type { OpenRecord } from '../core/record.ts';
import type { PreparedWrite, Repository } from '../store/repository.ts';

export interface Overlay {
  readonly repository: Repository;
  /** Lays the writes of an entry over the rest. */
  add(writes: readonly PreparedWrite[]): Promise<void>;
  /** All that were laid over, in their order. */
  writes(): readonly PreparedWrite[];
}

interface Laid {
  readonly record: OpenRecord;
  readonly row: PlanRow;
  readonly prepared: PreparedWrite;
}

/** An overlay of nothing yet. */
export function createOverlay(base: Repository): Overlay {
  const laid = new Map<Uid, Laid>();
  const byName = (type: string, id: string): OpenRecord | undefined =>
    [...laid.values()].find(({ record }) => record.type === type && record.id === id)?.record;
  // What an entry made is in no store yet.
  const untouched = (where: Plan): Plan => {
    const replaced = [...laid].filter(([, { prepared }]) => prepared.write.expectedVersion > 0);
    return and([where, not(or(replaced.map(([uid]) => ({ op: 'uid', uid }) as const)))]);
  };
  // What was made last comes first, as in the store.
  const found = (type: string, where: Plan): readonly OpenRecord[] => {
    if (laid.size > 0 && hasHops(where)) throw chainRefused();
    return [...laid.values()]
      .filter(({ record, row }) => record.type === type && !record.deleted && answers(where, row))
      .map(({ record }) => record)
      .reverse();
  };
  const chainRefused = () =>
    notSupported('A transaction that writes takes no chain and no _has: ask for it on its own.');
  const refuse = (): never => {
    throw notSupported('A transaction takes no sorted search and no history of a type: ask for it on its own.');
  };

  const repository: Repository = {
    ...base,
    read: async (type, id) => byName(type, id) ?? base.read(type, id),
    readUid: async (uid) => laid.get(uid)?.record ?? base.readUid(uid),
    readVersion: async (type, id, version) => {
      const own = byName(type, id);
      return own?.version === version ? own : base.readVersion(type, id, version);
    },
    rows: async ({ after, limit, ...query }) => {
      const own = found(query.type, query.where);
      const at = own.findIndex((record) => record.uid === after);
      const first = after === undefined || at >= 0 ? own.slice(at + 1, at + 1 + limit) : [];
      if (first.length >= limit) return first;
      const onward = after === undefined || at >= 0 ? {} : { after };
      const where = untouched(query.where);
      return [...first, ...(await base.rows({ ...query, where, limit: limit - first.length, ...onward }))];
    },
    count: async (type, where, limit) => {
      const own = found(type, where).length;
      return own >= limit ? limit : own + (await base.count(type, untouched(where), limit - own));
    },
    candidates: async () => refuse(),
    changes: async () => refuse(),
    // The commit asks the store, in which this transaction is not yet; its own rows are guarded by their versions.
    expect: (type, where, rows) =>
      base.expect(
        type,
        untouched(where),
        rows.filter(({ uid }) => !laid.has(uid)),
      ),
    commit: () => Promise.reject(new Error('an overlay is committed as a whole')),
  };
  return {
    repository,
    add: async (writes) => {
      for (const prepared of writes) {
        const { record, index } = prepared.write;
        const references = new Set(index.references.map(({ parameter, uid }) => `${parameter} ${uid}`));
        const row = { uid: record.uid, terms: new Set(index.terms), references };
        laid.set(record.uid, { record: await base.reopen(prepared), row, prepared });
      }
    },
    writes: () => [...laid.values()].map(({ prepared }) => prepared),
  };
}
