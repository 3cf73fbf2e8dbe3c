/** What every record store must answer to histories: the same as a naive oracle over random versions. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { admits, EVERY, type HistoryQuery, NONE, not, type Plan, term } from '../../src/core/plan.ts';
import type { RecordStore } from '../../src/store/record-store.ts';
import { DAWN, termNumber, testSecrets, uidNumber, writeOf } from '../support/store-data.ts';
import type { StoreFactory } from './record-store.ts';

interface Version {
  readonly n: number;
  readonly type: string;
  readonly version: number;
  readonly later: number;
  readonly deleted: boolean;
  readonly terms: readonly number[];
}

const TYPES = ['Observation', 'Patient'];
const termOf = (type: string, n: number): string => termNumber(TYPES.indexOf(type) * 100 + n);

/** Writes of any resources in any order; a version's time is never before that of the version it follows. */
const writes = fc.array(
  fc.record({
    n: fc.nat(4),
    wait: fc.nat(3),
    deleted: fc.nat(4).map((n) => n === 0),
    terms: fc.uniqueArray(fc.nat(3), { maxLength: 3 }),
  }),
  { maxLength: 30 },
);

const plans = (type: string): fc.Arbitrary<Plan> =>
  fc.letrec<{ plan: Plan; leaf: Plan }>((tie) => ({
    leaf: fc.oneof(
      { weight: 6, arbitrary: fc.nat(4).map((n) => term(termOf(type, n))) },
      { weight: 1, arbitrary: fc.constantFrom<Plan>(EVERY, NONE) },
    ),
    plan: fc.oneof(
      { maxDepth: 3, depthSize: 'small' },
      tie('leaf'),
      fc.record({ op: fc.constant('and' as const), of: fc.array(tie('plan'), { maxLength: 3 }) }),
      fc.record({ op: fc.constant('or' as const), of: fc.array(tie('plan'), { maxLength: 3 }) }),
      tie('plan').map((of): Plan => ({ op: 'not', of })),
    ),
  })).plan;

const queries = fc.constantFrom(...TYPES).chain((type) =>
  fc.record({
    of: fc.oneof(
      fc.constant({ type }),
      fc.nat(2).map((i) => ({ uid: uidNumber(2 * i + TYPES.indexOf(type)) })),
    ),
    where: plans(type),
    since: fc.option(fc.nat(20), { nil: undefined }),
    at: fc.option(fc.tuple(fc.nat(20), fc.nat(5)), { nil: undefined }),
    limit: fc.integer({ min: 1, max: 4 }),
  }),
);

/** Versions in the order in which they are written; the type goes by the number, since a uid is of one type. */
function versionsOf(steps: readonly { n: number; wait: number; deleted: boolean; terms: number[] }[]): Version[] {
  const versions: Version[] = [];
  let later = 0;
  for (const { n, wait, deleted, terms } of steps) {
    later += wait;
    const last = versions.findLast((one) => one.n === n);
    const isDeletion = deleted && last !== undefined && !last.deleted;
    const type = TYPES[n % 2] ?? '';
    const kept = isDeletion ? last.terms : terms;
    versions.push({ n, type, version: (last?.version ?? 0) + 1, later, deleted: isDeletion, terms: kept });
  }
  return versions;
}

const termsOf = ({ type, terms }: Version): ReadonlySet<string> => new Set(terms.map((n) => termOf(type, n)));

function expectedOf(all: readonly Version[], { of, where, since, at }: HistoryQuery): readonly Version[] {
  const currentOf = (n: number) => all.findLast((one) => one.n === n);
  const isThere = (one: Version): boolean => {
    const current = currentOf(one.n);
    const next = all.find((other) => other.n === one.n && other.version === one.version + 1);
    const time = DAWN + one.later;
    return (
      ('uid' in of ? uidNumber(one.n) === of.uid : one.type === of.type) &&
      admits(where, termsOf(one)) &&
      current !== undefined &&
      admits(where, termsOf(current)) &&
      (since === undefined || time >= since) &&
      (at === undefined || (time < at.to && (!next || DAWN + next.later > at.from)))
    );
  };
  const created = (one: Version): number => all.findIndex((other) => other.n === one.n);
  return all.filter(isThere).toSorted((a, b) => b.later - a.later || created(b) - created(a) || b.version - a.version);
}

const nameOf = ({ uid, version, deleted }: { uid: string; version: number; deleted: boolean }): string =>
  `${uid} ${version} ${deleted}`;

async function everyPage(records: RecordStore, query: HistoryQuery, limit: number): Promise<readonly string[]> {
  const found: Awaited<ReturnType<RecordStore['history']>>[number][] = [];
  for (;;) {
    const last = found.at(-1);
    const page = await records.history({ ...query, limit, ...(last ? { after: last } : {}) });
    found.push(...page);
    if (page.length < limit) return found.map(nameOf);
  }
}

/** Registers the tests for one kind of store, with this many random databases. */
export function historyContract(kind: string, open: StoreFactory, databases = 60): void {
  test(`${kind}: pages and counts of random histories agree with a naive oracle`, async () => {
    const cases = fc.record({ steps: writes, some: fc.array(queries, { minLength: 6, maxLength: 12 }) });
    const secrets = testSecrets();
    await fc.assert(
      fc.asyncProperty(cases, async ({ steps, some }) => {
        const all = versionsOf(steps);
        const opened = await open(secrets);
        try {
          const writesOf = all.map((one) =>
            writeOf({ ...one, lastUpdated: DAWN + one.later, rowTerms: [...termsOf(one)].toSorted() }),
          );
          await opened.records.commit({ writes: writesOf, audit: [] });
          for (const { of, where, since, at, limit } of some) {
            const query: HistoryQuery = {
              of,
              where,
              ...(since === undefined ? {} : { since: DAWN + since }),
              ...(at === undefined ? {} : { at: { from: DAWN + at[0], to: DAWN + at[0] + at[1] } }),
            };
            const expected = expectedOf(all, query).map((one) => nameOf({ ...one, uid: uidNumber(one.n) }));
            assert.deepEqual(await everyPage(opened.records, query, limit), expected);
            assert.equal(await opened.records.countHistory(query, limit), Math.min(limit, expected.length));
          }
        } finally {
          await opened.close();
        }
      }),
      { numRuns: databases },
    );
  });

  test(`${kind}: a long history pages to its end, and its versions have their own content`, async () => {
    const opened = await open(testSecrets());
    try {
      const { records } = opened;
      const many = Array.from({ length: 700 }, (_, i) =>
        writeOf({ n: i % 7, version: 1 + Math.floor(i / 7), lastUpdated: DAWN + i }),
      );
      await records.commit({ writes: many, audit: [] });
      const query: HistoryQuery = { of: { type: 'Observation' }, where: EVERY };
      assert.equal((await everyPage(records, query, 499)).length, 700);
      assert.equal(await records.countHistory(query, 1000), 700);
      const [newest, oldest] = [
        await records.history({ ...query, limit: 1 }),
        await records.history({ of: { uid: uidNumber(3) }, where: term(termNumber(900 + 100)), limit: 500 }),
      ];
      assert.equal(Buffer.from(newest[0]?.boxes ?? []).toString(), 'boxes 6 100');
      assert.deepEqual(
        oldest.map((one) => one.version),
        [100],
      );
      assert.deepEqual(await records.history({ ...query, limit: 5, after: { uid: uidNumber(99), version: 1 } }), []);
      assert.deepEqual(await records.history({ ...query, limit: 5, after: { uid: uidNumber(1), version: 101 } }), []);
    } finally {
      await opened.close();
    }
  });

  test(`${kind}: a reindex moves versions, current and earlier ones, to their new row terms`, async () => {
    const opened = await open(testSecrets());
    try {
      const { records } = opened;
      await records.commit({ writes: [writeOf({ n: 1 }), writeOf({ n: 1, version: 2 })], audit: [] });
      const { rowMac } = writeOf({ n: 1 }).record;
      const rowTerms = [termNumber(5)];
      await records.reindexCommit([1, 2].map((version) => ({ uid: uidNumber(1), version, rowTerms, rowMac })));
      const count = (where: Plan) => records.countHistory({ of: { type: 'Observation' }, where }, 9);
      assert.equal(await count(term(termNumber(5))), 2);
      assert.equal(await count(not(term(termNumber(5)))), 0);
      assert.equal(await count(term(termNumber(901))), 0);
    } finally {
      await opened.close();
    }
  });

  test(`${kind}: a plan of more than row terms is refused`, async () => {
    const opened = await open(testSecrets());
    try {
      const where: Plan = { op: 'uid', uid: uidNumber(1) };
      await assert.rejects(opened.records.history({ of: { type: 'Observation' }, where, limit: 1 }), RangeError);
    } finally {
      await opened.close();
    }
  });
}
