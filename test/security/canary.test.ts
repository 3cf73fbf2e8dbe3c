/** Canaries: what VIEWS.md does not show a role never reaches it, and what it shows does (promise 2). */
import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { startVeil, type Veil } from '../support/veil.ts';
import { tokensIn } from './canary-resource.ts';
import { ROLES, TYPES } from './canary-views.ts';
import { judgeRole, type Planted, plantCanaries } from './canary-world.ts';

let veil: Veil;
let planted: Planted;
before(async () => {
  veil = await startVeil({ env: { LOG_LEVEL: 'debug' } });
  planted = await plantCanaries(veil, TYPES);
});
after(() => veil?.stop());

for (const role of ROLES) {
  test(`canary: ${role} gets what VIEWS.md shows by read, vread, histories and search, and nothing else`, async (t) => {
    const { leaked, missing, shown, absent } = await judgeRole({ veil, planted }, role, TYPES);
    t.diagnostic(`${shown} values shown, ${absent} absent`);
    assert.deepEqual(leaked.slice(0, 40), [], `${leaked.length} leaked`);
    assert.deepEqual(missing.slice(0, 40), [], `${missing.length} missing`);
    assert.ok(role === 'admin' ? shown === 0 : shown > 400, `${role} is shown ${shown}`);
    assert.ok(role === 'system' ? absent === 0 : absent > 500, `${role} is kept from ${absent}`);
  });
}

test('canary: a view that shows one element too many, or one too few, is found (control)', async () => {
  const profiles = mkdtempSync(join(tmpdir(), 'veil-profiles-'));
  cpSync('profiles', profiles, { recursive: true });
  const file = join(profiles, 'roles', 'nurse.json');
  const nurse = JSON.parse(readFileSync(file, 'utf8'));
  const { show } = nurse.resources.Patient;
  nurse.resources.Patient.show = [...show.filter((entry: string) => entry !== 'telecom'), 'maritalStatus'];
  writeFileSync(file, JSON.stringify(nurse));
  const weak = await startVeil({ env: { PROFILES_DIR: profiles } });
  try {
    const found = await judgeRole({ veil: weak, planted: await plantCanaries(weak, ['Patient']) }, 'nurse', [
      'Patient',
    ]);
    assert.ok(found.leaked.length > 0 && found.missing.length > 0);
    assert.ok(
      found.leaked.every((name) => name.includes(' maritalStatus')),
      found.leaked[0],
    );
    assert.ok(
      found.missing.every((name) => name.includes(' telecom')),
      found.missing[0],
    );
  } finally {
    await weak.stop();
    rmSync(profiles, { recursive: true });
  }
});

test('canary: the log of all these requests holds none', () => {
  assert.ok(veil.log.length > 100);
  const values = new Set([...planted.values()].flatMap(({ canaries }) => canaries.map(({ value }) => value)));
  assert.deepEqual(
    [...tokensIn(veil.log.join(''))].filter((token) => values.has(token)),
    [],
  );
  assert.ok(values.size > 5000);
});
