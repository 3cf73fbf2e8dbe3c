/** Outside demo mode `compliance` demands a second factor: VIEWS.md, `amr` with `mfa`. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { JWTPayload } from 'jose';
import { createKeyring } from '../../src/crypto/keyring.ts';
import { writeKeyringFile } from '../../src/crypto/keyring-file.ts';
import { makeKey, type Provider, type SigningKey, signToken, startProvider } from '../support/scripted-issuer.ts';
import { startVeil, type Veil } from '../support/veil.ts';

const folder = mkdtempSync(join(tmpdir(), 'veil-mfa-'));
let provider: Provider;
let key: SigningKey;
let veil: Veil;

before(async () => {
  provider = await startProvider();
  key = await makeKey('ES256', 'k1');
  provider.publish(key);
  writeKeyringFile(join(folder, 'keyring.json'), createKeyring({ demo: false, random: randomBytes }));
  veil = await startVeil({ folder, env: { OIDC_ISSUER: provider.issuer } });
});
after(async () => {
  await veil.stop();
  await provider.close();
  rmSync(folder, { recursive: true });
});

async function statusOf(path: string, claims: JWTPayload): Promise<number> {
  const now = Math.floor(Date.now() / 1000);
  const own = { iss: provider.issuer, aud: veil.baseUrl, sub: 'olivia', iat: now, exp: now + 300 };
  const token = await signToken(key, { ...own, ...claims });
  return (await fetch(`${veil.baseUrl}${path}`, { headers: { authorization: `Bearer ${token}` } })).status;
}

test('compliance: without a second factor nothing is opened, whatever else the token says', async () => {
  const roles = ['compliance'];
  for (const claims of [{}, { amr: ['pwd'] }, { amr: 'mfa-later' }, { amr: [] }, { acr: 'low' }]) {
    for (const path of ['/AuditEvent', '/Patient', '/AuditEvent/x', '/Patient/x']) {
      assert.equal(await statusOf(path, { roles, ...claims }), 403, `${path} ${JSON.stringify(claims)}`);
    }
  }
  assert.equal(await statusOf('/AuditEvent', { roles, amr: ['pwd', 'mfa'] }), 200);
  assert.equal(await statusOf('/Patient', { roles, amr: ['pwd', 'mfa'] }), 200);
});

test('compliance: a second role does not lend its own sight to it', async () => {
  const roles = ['compliance', 'nurse'];
  assert.equal(await statusOf('/AuditEvent', { roles }), 403);
  assert.equal(await statusOf('/Patient', { roles }), 200);
  assert.equal(await statusOf('/Patient', { roles: ['nurse'] }), 200);
});
