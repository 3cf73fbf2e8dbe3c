/** A writer that is killed at any moment: nothing acknowledged is lost, and the chain verifies. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, test } from 'node:test';
import { term } from '../../src/core/plan.ts';
import { createKeyring } from '../../src/crypto/keyring.ts';
import { writeKeyringFile } from '../../src/crypto/keyring-file.ts';
import { createSecrets } from '../../src/crypto/secrets.ts';
import { openStore } from '../../src/store/open-store.ts';
import { verifyAudit } from '../../src/store/verify-audit.ts';
import { termNumber, uidNumber } from '../support/store-data.ts';

const KILLS = 4;
const LANES = [0, 1, 2, 3];
const folder = mkdtempSync(join(tmpdir(), 'veil-crash-'));
after(() => rmSync(folder, { recursive: true }));
const path = join(folder, 'veil.db');
const keyringFile = join(folder, 'keyring.json');
const keyring = createKeyring({ demo: false, random: randomBytes });
writeKeyringFile(keyringFile, keyring);
const secrets = createSecrets(keyring);

// Kills the writer once it has acknowledged so many commits; gives the last version of each lane.
async function killedAfter(commits: number): Promise<ReadonlyMap<number, number>> {
  const script = join(import.meta.dirname, '../support/crash-writer.ts');
  const child = spawn(process.execPath, [script, path, keyringFile], { stdio: ['ignore', 'pipe', 'inherit'] });
  const acknowledged = new Map<number, number>();
  let seen = 0;
  for await (const line of createInterface({ input: child.stdout })) {
    const [lane, version] = line.split(' ').map(Number);
    if (lane !== undefined && version !== undefined) acknowledged.set(lane, version);
    if (++seen === commits) child.kill('SIGKILL');
  }
  return acknowledged;
}

test(`crash: ${KILLS} kills lose nothing that was acknowledged, and every record has its audit record`, async () => {
  for (let kill = 1; kill <= KILLS; kill++) {
    const acknowledged = await killedAfter(17 * kill);
    assert.equal(acknowledged.size, LANES.length);
    const { records, close } = await openStore({
      databaseUrl: `sqlite:${path}`,
      mode: 'real',
      secrets,
      access: 'write',
    });
    const written = await Promise.all(LANES.map((lane) => records.current(uidNumber(lane))));
    const versions = written.map((record) => record?.version ?? 0);
    for (const lane of LANES) assert.ok((versions[lane] ?? 0) >= (acknowledged.get(lane) ?? Number.NaN));
    const total = versions.reduce((a, b) => a + b, 0);
    assert.deepEqual(await verifyAudit(records, secrets.audit), { ok: true, records: total });
    for (const lane of LANES) {
      const where = term(termNumber((versions[lane] ?? 0) % 7));
      const found = await records.rows({ type: 'Observation', where, limit: 9 });
      assert.ok(found.some((row) => row.uid === uidNumber(lane)));
      assert.equal(await records.count('Observation', term(termNumber(100 + lane)), 9), 1);
    }
    await close();
  }
});
