/** A changed label file holds for what is stored already: the next start gives and takes labels (ADR 0014). */
import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { type Caller, startVeil, type Veil } from '../support/veil.ts';

const SYSTEM: Caller = { roles: ['system'] };
const NURSE: Caller = { roles: ['nurse'] };
const PHYSICIAN: Caller = { roles: ['physician'] };
const GLUCOSE = { code: '2339-0', display: 'Glucose' };

const bodyOf = (id: string, code: string) => ({
  resourceType: 'Observation',
  id,
  status: 'final',
  code: { coding: [{ system: 'http://loinc.org', code }] },
});

test('labels: a code that is added to a file labels what is stored, one that is taken out frees it', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'veil-relabel-'));
  const profiles = join(folder, 'profiles');
  cpSync('profiles', profiles, { recursive: true });
  const env = { PROFILES_DIR: profiles, DATABASE_URL: `sqlite:${join(folder, 'veil.db')}` };
  const withVeil = async (use: (veil: Veil) => Promise<void>): Promise<void> => {
    const veil = await startVeil({ folder, env });
    try {
      await use(veil);
    } finally {
      await veil.stop();
    }
  };
  const statuses = async (veil: Veil): Promise<readonly number[]> => [
    (await veil.call(NURSE, 'GET', '/Observation/glucose')).status,
    (await veil.call(NURSE, 'GET', '/Observation/status')).status,
  ];
  try {
    await withVeil(async (veil) => {
      for (const body of [bodyOf('glucose', GLUCOSE.code), bodyOf('status', '55277-8')]) {
        assert.equal((await veil.call(SYSTEM, 'PUT', `/Observation/${body.id}`, { body })).status, 201);
      }
      assert.deepEqual(await statuses(veil), [200, 404]);
    });
    const file = join(profiles, 'labels', 'HIV.json');
    const text = readFileSync(file, 'utf8');
    const changed = text.replace(/\{ "code": "55277-8"[^}]*\}/, JSON.stringify(GLUCOSE));
    assert.notEqual(changed, text);
    writeFileSync(file, changed);
    await withVeil(async (veil) => {
      assert.deepEqual(await statuses(veil), [404, 200]);
      const seen = await veil.call(PHYSICIAN, 'GET', '/Observation/glucose');
      assert.deepEqual(
        seen.json.meta.security.map((coding: { code: string }) => coding.code),
        ['HIV'],
      );
      assert.equal(seen.headers.get('etag'), 'W/"1"');
      assert.ok(veil.log.some((line) => line.includes('index rebuilt')));
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
});
