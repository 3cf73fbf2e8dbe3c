/** The laws of the lens for every shipped view, and that each law can fail. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkLaws } from './lens-laws.ts';
import { callerOf, type LensUnderTest, lensOf, shippedCallers } from './lens-world.ts';

const RUNS = 100;

for (const caller of shippedCallers()) {
  test(`lens: ${caller.name} keeps the laws`, () => {
    const tally = checkLaws(caller, { runs: RUNS });
    assert.ok(tally.changed + tally.refused > RUNS / 5, JSON.stringify(tally));
  });
}
