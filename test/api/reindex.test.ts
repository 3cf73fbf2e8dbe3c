/** A store that was indexed by other definitions is indexed anew when it is opened. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { startVeil } from '../support/veil.ts';

const physician = { roles: ['physician'] };
const QUERY = '/Observation?code-value-quantity=w$gt5||mg';

test('start: an index of another form is rebuilt, and then answers', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'veil-reindex-'));
  const file = join(folder, 'veil.db');
  const options = { folder, env: { DATABASE_URL: `sqlite:${file}` } };
  try {
    const first = await startVeil(options);
    const body = {
      resourceType: 'Observation',
      status: 'final',
      code: { coding: [{ code: 'w' }] },
      valueQuantity: { value: 7, unit: 'mg' },
    };
    assert.equal((await first.call(physician, 'POST', '/Observation', { body })).status, 201);
    assert.equal((await first.call(physician, 'GET', QUERY)).json.total, 1);
    await first.stop();

    const database = new DatabaseSync(file);
    database.exec(
      `DELETE FROM posting; DELETE FROM posted; UPDATE meta SET value = 'old' WHERE name = 'index-version'`,
    );
    database.close();

    const second = await startVeil(options);
    assert.ok(second.log.some((line) => line.includes('index rebuilt')));
    assert.equal((await second.call(physician, 'GET', QUERY)).json.total, 1);
    await second.stop();

    const third = await startVeil(options);
    assert.ok(!third.log.some((line) => line.includes('index rebuilt')), 'the same form is left alone');
    await third.stop();
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
