/** The benchmark does not rot: the server whole and with all left out, and both baselines, start and answer. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { insertRaw } from './baselines.ts';
import { CASES } from './cases.ts';
import { get, run } from './load.ts';
import { serve } from './processes.ts';

test('bench page: whole and with all left out it answers, and the ratio is a number', async () => {
  const [result, ...more] = (await CASES['page']?.({ patients: 1, largePatients: 1, rounds: 1, ms: 50 })) ?? [];
  assert.ok(result && result.value > 0 && Number.isFinite(result.value));
  assert.equal(more.length, 0);
});

test('bench express: the baseline sends the bytes that it was given, and no other path is counted', async () => {
  const bare = await serve({ kind: 'express', body: '{"a":1}', headers: { 'content-type': 'application/fhir+json' } });
  const load = { port: bare.port, connections: 2, ms: 20 };
  assert.equal(await (await fetch(`http://127.0.0.1:${bare.port}/fhir/Patient/1`)).text(), '{"a":1}');
  assert.ok((await run({ ...load, request: () => get('/Patient/1', 'none') })) > 0);
  await assert.rejects(run({ ...load, request: () => get('/none', 'none') }));
  await bare.stop();
});

test('bench raw insert: rows are written in whole groups', () => {
  const folder = mkdtempSync(join(tmpdir(), 'veil-bench-'));
  const rows = insertRaw(folder, { ms: 20, bytes: 800, terms: 38, group: 16 });
  assert.ok(rows > 0 && rows % 16 === 0);
  rmSync(folder, { recursive: true, force: true });
});
