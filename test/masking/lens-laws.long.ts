/** The laws of the lens with many cases. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkLaws } from './lens-laws.ts';
import { shippedCallers } from './lens-world.ts';

const RUNS = 50;

for (const caller of shippedCallers()) {
  test(`lens: ${caller.name} keeps the laws in ${RUNS} cases`, () => {
    const tally = checkLaws(caller, { runs: RUNS });
    assert.ok(tally.changed + tally.refused > RUNS / 5, JSON.stringify(tally));
  });
}
