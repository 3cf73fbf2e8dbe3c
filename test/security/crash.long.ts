/** Promises 1 and 5 on a real server process: twenty kills in a row, on one folder. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seeded } from './crash-random.ts';
import { crashRuns } from './crash-runs.ts';

test('crash: twenty kills under load lose nothing that was acknowledged', async (t) => {
  const seed = Date.now() % 1_000_000;
  t.diagnostic(`seed ${seed}`);
  const figures = await crashRuns(20, seeded(seed));
  t.diagnostic(JSON.stringify(figures));
  assert.ok(figures.writes > 300);
  assert.ok(figures.auditRecords >= figures.answers);
});
