/** The benchmark does not rot: each side starts, and answers what the load generator counts. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CASES } from './cases.ts';

const TINY = { patients: 1, largePatients: 2, rounds: 1, ms: 50 };

for (const name of ['read', 'features', 'create']) {
  test(`bench ${name}: every side answers, and the figures are numbers`, async () => {
    const results = (await CASES[name]?.(TINY)) ?? [];
    assert.ok(results.length > 0);
    for (const result of results) assert.ok(result.value > 0 && Number.isFinite(result.value), result.name);
  });
}
