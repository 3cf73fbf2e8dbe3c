/** Large answers come in slices: the same rows, and others get their turn in between. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { and, EVERY, not, or, type Plan, term } from '../../../src/core/plan.ts';
import { openStore } from '../../../src/store/open-store.ts';
import type { OpenedStore } from '../../../src/store/record-store.ts';
import { termNumber, testSecrets, uidNumber, writeOf } from '../../support/store-data.ts';

const ROWS = 9000;
let opened: OpenedStore;

// Row n has term d when d divides n.
const divisors = [1, 2, 3, 7, 100, 4000];
const t = (d: number): Plan => term(termNumber(d));

const PLANS: readonly { readonly where: Plan; readonly has: (n: number) => boolean }[] = [
  { where: EVERY, has: () => true },
  { where: t(1), has: () => true },
  { where: and([t(2), t(3)]), has: (n) => n % 6 === 0 },
  { where: and([t(1), not(t(2))]), has: (n) => n % 2 === 1 },
  { where: and([t(1), not(t(1))]), has: () => false },
  { where: or([t(2), t(3), t(7)]), has: (n) => n % 2 === 0 || n % 3 === 0 || n % 7 === 0 },
  { where: and([or([t(2), t(3)]), t(4000)]), has: (n) => n % 4000 === 0 },
  { where: or([and([t(2), t(7)]), and([t(3), t(100)])]), has: (n) => n % 14 === 0 || n % 300 === 0 },
  { where: not(or([t(2), t(3)])), has: (n) => n % 2 !== 0 && n % 3 !== 0 },
];

before(async () => {
  opened = await openStore({ databaseUrl: 'sqlite::memory:', mode: 'demo', secrets: testSecrets(), access: 'write' });
  const writes = Array.from({ length: ROWS }, (_, n) =>
    writeOf({ n, index: { terms: divisors.filter((d) => n % d === 0).map(termNumber) } }),
  );
  await opened.records.commit({ writes, audit: [] });
});
after(() => opened.close());

const numbers = Array.from({ length: ROWS }, (_, i) => ROWS - 1 - i);

test('walk: counts over many slices are exact, and stop at their limit', async () => {
  for (const { where, has } of PLANS) {
    const expected = numbers.filter(has).length;
    assert.equal(await opened.records.count('Observation', where, 100_000), expected);
    assert.equal(await opened.records.count('Observation', where, 1000), Math.min(1000, expected));
  }
});

test('walk: pages over many slices have every row once, newest first', async () => {
  for (const { where, has } of PLANS) {
    const expected = numbers.filter(has).map(uidNumber);
    const whole = await opened.records.rows({ type: 'Observation', where, limit: ROWS });
    assert.deepEqual(
      whole.map((row) => row.uid),
      expected,
    );
    const after_ = expected[600];
    const page = await opened.records.rows({
      type: 'Observation',
      where,
      limit: 70,
      ...(after_ ? { after: after_ } : {}),
    });
    assert.deepEqual(
      page.map((row) => row.uid),
      expected.slice(after_ ? 601 : 0).slice(0, 70),
    );
  }
});

test('walk: a query that finds nothing in a large range lets others run', async () => {
  let turns = 0;
  let counting = true;
  const turn = (): void => {
    turns++;
    if (counting) setImmediate(turn);
  };
  setImmediate(turn);
  assert.equal(await opened.records.count('Observation', and([t(1), not(t(1))]), 10), 0);
  counting = false;
  assert.ok(turns >= 3);
});
