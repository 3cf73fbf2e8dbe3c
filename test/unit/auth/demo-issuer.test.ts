/** The demo issuer: its key lasts, its tokens are good, nothing private is published. */
import assert from 'node:assert/strict';
import { createHash, randomUUID } from 'node:crypto';
import { test } from 'node:test';
import { type DemoIssuer, type KeyFile, openDemoIssuer } from '../../../src/auth/demo-issuer.ts';
import { createVerifier, type Verifier } from '../../../src/auth/verify-token.ts';
import { quietLogger } from '../../support/quiet-logger.ts';

const BASE = 'http://127.0.0.1:8080/fhir';
const clock = (): number => 1_760_000_000_000;

function memoryFile(text?: string): KeyFile & { text(): string | undefined } {
  let kept = text;
  return {
    text: () => kept,
    read: () => kept,
    create: (next) => {
      kept = next;
    },
  };
}

const open = (keyFile: KeyFile, roleClaim = 'roles'): Promise<DemoIssuer> =>
  openDemoIssuer({ keyFile, baseUrl: BASE, audience: BASE, roleClaim, clock, newId: randomUUID });

const verifierFor = (issuer: DemoIssuer, roleClaim = 'roles'): Verifier =>
  createVerifier({
    issuers: [issuer.keys],
    audience: BASE,
    roleClaim,
    baseUrl: BASE,
    types: new Set(['Patient']),
    digest: (text) => createHash('sha256').update(text).digest('base64url'),
    clock,
    logger: quietLogger(),
  });

test('demo issuer: its token is good for its own server, with what was asked for', async () => {
  const issuer = await open(memoryFile());
  const token = await issuer.sign({ sub: 'demo-patient', roles: ['patient'], patient: 'p1', scope: 'patient/*.rs' });
  const principal = await verifierFor(issuer).verify(token);
  assert.equal(principal.issuer, 'http://127.0.0.1:8080/demo');
  assert.deepEqual(principal.roles, ['patient']);
  assert.equal(principal.patient, 'p1');
  assert.equal(principal.scopes?.length, 1);
  assert.ok(principal.amr.includes('mfa'));
});

test('demo issuer: the key in the file is used again', async () => {
  const file = memoryFile();
  const first = await open(file);
  const again = await open(memoryFile(file.text()));
  const stranger = await open(memoryFile());
  const token = await first.sign({ sub: 'a', roles: ['nurse'] });
  assert.equal((await verifierFor(again).verify(token)).sub, 'a');
  await assert.rejects(verifierFor(stranger).verify(token));
});

test('demo issuer: roles go where the role claim says', async () => {
  const issuer = await open(memoryFile(), 'realm_access.roles');
  const principal = await verifierFor(issuer, 'realm_access.roles').verify(
    await issuer.sign({ sub: 'a', roles: ['nurse'] }),
  );
  assert.deepEqual(principal.roles, ['nurse']);
});

test('demo issuer: what it publishes is public, and names the issuer', async () => {
  const issuer = await open(memoryFile());
  assert.doesNotMatch(JSON.stringify(issuer.jwks), /"d":/);
  assert.equal(issuer.configuration['issuer'], issuer.issuer);
  assert.equal(issuer.configuration['jwks_uri'], `${issuer.issuer}/jwks`);
  assert.equal(issuer.configuration['token_endpoint'], `${issuer.issuer}/token`);
});

for (const text of ['', '{}', 'null', '{"kty":"RSA"}', '{"kty":"EC","crv":"P-256","x":"a","y":"b"}']) {
  test(`demo issuer: a key file with ${JSON.stringify(text)} is refused`, async () => {
    await assert.rejects(open(memoryFile(text)));
  });
}
