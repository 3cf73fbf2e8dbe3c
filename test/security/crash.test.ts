/** Promises 1 and 5 on a real server process: three kills (`crash.long.ts`: twenty). */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seeded } from './crash-random.ts';
import { crashRuns } from './crash-runs.ts';

test('crash: kill -9 under load loses nothing that was acknowledged, and every answer has its audit record', async (t) => {
  const seed = Date.now() % 1_000_000;
  t.diagnostic(`seed ${seed}`);
  const figures = await crashRuns(3, seeded(seed));
  t.diagnostic(JSON.stringify(figures));
  assert.ok(figures.writes > 40);
  assert.ok(figures.auditRecords >= figures.answers);
});
