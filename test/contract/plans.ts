/** What every record store must answer to plans: the same as a naive oracle over random postings. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { FhirError } from '../../src/core/errors.ts';
import { type ChangeQuery, type Hop, MOST_HOP_ROWS, type Plan, term } from '../../src/core/plan.ts';
import type { StoredRecord } from '../../src/core/record.ts';
import type { RecordStore } from '../../src/store/record-store.ts';
import { termNumber, testSecrets, uidNumber, writeOf } from '../support/store-data.ts';
import type { StoreFactory } from './record-store.ts';

interface Row {
  readonly n: number;
  readonly type: string;
  readonly terms: readonly number[];
  readonly references: readonly number[];
  readonly deleted: boolean;
  readonly changed: number;
}

const TYPES = ['Observation', 'Patient'];
const PARAMETERS = ['subject', 'performer'];

// Terms are of one type, as the HMAC makes them: type and number give the term.
const termOf = (type: string, n: number): string => termNumber(TYPES.indexOf(type) * 100 + n);
// Half of them lead to what is no row, half to one of the first rows.
const referenceOf = (type: string, n: number) => ({
  parameter: `${type}.${PARAMETERS[n % 2]}`,
  uid: uidNumber(n < 4 ? 1000 + n : n - 4),
});

const rows = fc.array(
  fc.record({
    type: fc.constantFrom(...TYPES),
    terms: fc.uniqueArray(fc.nat(7), { maxLength: 5 }),
    references: fc.uniqueArray(fc.nat(11), { maxLength: 3 }),
    deleted: fc.nat(3).map((n) => n === 0),
    changed: fc.nat(4),
  }),
  { maxLength: 40 },
);

const plans = (type: string, hops = 2): fc.Arbitrary<Plan> =>
  fc.letrec<{ plan: Plan; leaf: Plan }>((tie) => ({
    leaf: fc.oneof(
      { weight: 6, arbitrary: fc.nat(9).map((n): Plan => ({ op: 'term', term: termOf(type, n) })) },
      { weight: 2, arbitrary: fc.nat(12).map((n): Plan => ({ op: 'reference', ...referenceOf(type, n) })) },
      { weight: 2, arbitrary: fc.nat(45).map((n): Plan => ({ op: 'uid', uid: uidNumber(n) })) },
      { weight: 1, arbitrary: fc.constantFrom<Plan>({ op: 'every' }, { op: 'none' }) },
      ...(hops > 0 ? [{ weight: 4, arbitrary: hopPlans(type, hops - 1) }] : []),
    ),
    plan: fc.oneof(
      { maxDepth: 4, depthSize: 'small' },
      tie('leaf'),
      fc.record({ op: fc.constant('and' as const), of: fc.array(tie('plan'), { maxLength: 4 }) }),
      fc.record({ op: fc.constant('or' as const), of: fc.array(tie('plan'), { maxLength: 4 }) }),
      tie('plan').map((of): Plan => ({ op: 'not', of })),
    ),
  })).plan;

const hopPlans = (type: string, hops: number): fc.Arbitrary<Plan> =>
  fc
    .record({ other: fc.constantFrom(...TYPES), parameter: fc.constantFrom(...PARAMETERS) })
    .chain(
      ({ other, parameter }): fc.Arbitrary<Plan> =>
        plans(other, hops).chain((where) =>
          fc.constantFrom<Plan>(
            { op: 'refersTo', parameter: `${type}.${parameter}`, to: { type: other, where } },
            { op: 'referredBy', parameter: `${other}.${parameter}`, from: { type: other, where } },
          ),
        ),
    );

const names = (row: Row, parameter: string, uid: string): boolean =>
  row.references.map((n) => referenceOf(row.type, n)).some((one) => one.parameter === parameter && one.uid === uid);

const hopRows = ({ type, where }: Hop, all: readonly Row[]): readonly Row[] =>
  all.filter((row) => row.type === type && !row.deleted && satisfies(row, where, all));

function satisfies(row: Row, plan: Plan, all: readonly Row[]): boolean {
  switch (plan.op) {
    case 'every':
      return true;
    case 'none':
      return false;
    case 'term':
      return row.terms.some((n) => termOf(row.type, n) === plan.term);
    case 'uid':
      return uidNumber(row.n) === plan.uid;
    case 'reference':
      return names(row, plan.parameter, plan.uid);
    case 'refersTo':
      return hopRows(plan.to, all).some((other) => names(row, plan.parameter, uidNumber(other.n)));
    case 'referredBy':
      return hopRows(plan.from, all).some((other) => names(other, plan.parameter, uidNumber(row.n)));
    case 'and':
      return plan.of.every((part) => satisfies(row, part, all));
    case 'or':
      return plan.of.some((part) => satisfies(row, part, all));
    case 'not':
      return !satisfies(row, plan.of, all);
    default:
      return plan satisfies never;
  }
}

async function fill(records: RecordStore, data: readonly Row[]): Promise<void> {
  const created = data.map(({ n, type, terms, references, changed }) =>
    writeOf({
      n,
      type,
      lastUpdated: changed,
      index: {
        terms: terms.map((one) => termOf(type, one)),
        references: references.map((one) => referenceOf(type, one)),
      },
    }),
  );
  const deleted = data
    .filter((row) => row.deleted)
    .map(({ n, type }) => writeOf({ n, type, version: 2, deleted: true }));
  await records.commit({ writes: [...created, ...deleted], audit: [] });
}

async function everyPage(records: RecordStore, type: string, where: Plan, limit: number): Promise<string[]> {
  const found: string[] = [];
  for (;;) {
    const last = found.at(-1);
    const page = await records.rows({ type, where, limit, ...(last ? { after: last } : {}) });
    found.push(...page.map((row) => row.uid));
    if (page.length < limit) return found;
  }
}

async function everyChange(records: RecordStore, query: ChangeQuery): Promise<string[]> {
  const found: StoredRecord[] = [];
  for (;;) {
    const last = found.at(-1);
    const page = await records.changes({ ...query, ...(last ? { after: last } : {}) });
    found.push(...page);
    if (page.length < query.limit) return found.map((row) => row.uid);
  }
}

/** Registers what a store does with a hop of more rows than the bound. */
export function hopContract(kind: string, open: StoreFactory): void {
  test(`${kind}: a hop takes its bound of rows, one more is refused, and a large one finds what a small one does`, async () => {
    const opened = await open(testSecrets());
    try {
      const { records } = opened;
      const few = termNumber(1);
      const many = termNumber(2);
      const targets = Array.from({ length: MOST_HOP_ROWS }, (_, n) =>
        writeOf({ n, type: 'Patient', index: { terms: n % 100 === 0 ? [few, many] : [many] } }),
      );
      const parameter = 'Observation.subject';
      const sources = [0, 1, 100, 9999, 20_000].map((n, i) =>
        writeOf({ n: 30_000 + i, index: { terms: [], references: [{ parameter, uid: uidNumber(n) }] } }),
      );
      await records.commit({ writes: [...targets, ...sources], audit: [] });
      const found = async (where: Plan) =>
        (await records.rows({ type: 'Observation', where, limit: 9 })).map((row) => row.id);
      const to = (value: string): Plan => ({ op: 'refersTo', parameter, to: { type: 'Patient', where: term(value) } });
      assert.deepEqual(await found(to(many)), ['id-30003', 'id-30002', 'id-30001', 'id-30000']);
      assert.deepEqual(await found(to(few)), ['id-30002', 'id-30000']);
      const named: Plan = { op: 'referredBy', parameter, from: { type: 'Observation', where: to(few) } };
      assert.equal(await records.count('Patient', named, 9), 2);
      await records.commit({
        writes: [writeOf({ n: 20_000, type: 'Patient', index: { terms: [many] } })],
        audit: [],
      });
      await assert.rejects(found(to(many)), (error) => error instanceof FhirError && error.status === 403);
      assert.deepEqual(await found(to(few)), ['id-30002', 'id-30000']);
    } finally {
      await opened.close();
    }
  });
}

/** Registers the property for one kind of store, with this many random databases. */
export function planContract(kind: string, open: StoreFactory, databases = 60): void {
  test(`${kind}: pages, changes, candidates and counts of random plans agree with a naive oracle`, async () => {
    const cases = fc.constantFrom(...TYPES).chain((type) =>
      fc.record({
        data: rows,
        type: fc.constant(type),
        limit: fc.integer({ min: 1, max: 7 }),
        plans: fc.array(plans(type), { minLength: 8, maxLength: 16 }),
      }),
    );
    const secrets = testSecrets();
    await fc.assert(
      fc.asyncProperty(cases, async ({ data, type, limit, plans: some }) => {
        const numbered = data.map((row, n) => ({ ...row, n }));
        const opened = await open(secrets);
        try {
          await fill(opened.records, numbered);
          const live = numbered.filter((row) => row.type === type && !row.deleted).reverse();
          for (const where of some) {
            const expected = live.filter((row) => satisfies(row, where, numbered)).map((row) => uidNumber(row.n));
            assert.deepEqual(await everyPage(opened.records, type, where, limit), expected);
            assert.equal(await opened.records.count(type, where, limit), Math.min(limit, expected.length));
            const candidates = await opened.records.candidates({ type, where, limit });
            assert.deepEqual(
              candidates.map((row) => row.uid),
              expected.slice(0, limit),
            );
            const matching = live.filter((row) => satisfies(row, where, numbered));
            const inOrder = (sign: number): string[] =>
              matching.toSorted((a, b) => sign * (a.changed - b.changed) || b.n - a.n).map((row) => uidNumber(row.n));
            const changes = { type, where, limit };
            assert.deepEqual(await everyChange(opened.records, { ...changes, order: 'oldest-first' }), inOrder(1));
            assert.deepEqual(await everyChange(opened.records, { ...changes, order: 'newest-first' }), inOrder(-1));
          }
        } finally {
          await opened.close();
        }
      }),
      { numRuns: databases },
    );
  });
}
