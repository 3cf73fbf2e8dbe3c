/** Veil outside demo mode, in front of a real OpenID provider: both kinds of sign-in, rotating keys, an outage. */
import assert from 'node:assert/strict';
import { randomBytes, randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { importJWK, SignJWT } from 'jose';
import { createKeyring } from '../../src/crypto/keyring.ts';
import { writeKeyringFile } from '../../src/crypto/keyring-file.ts';
import { type OidcProvider, REDIRECT_URI, startOidcProvider } from '../support/oidc-provider.ts';
import { requestOf } from '../support/smart-app.ts';
import { startVeil, type Veil } from '../support/veil.ts';

const folder = mkdtempSync(join(tmpdir(), 'veil-oidc-'));
let provider: OidcProvider;
let veil: Veil;
let ahead = 0;

before(async () => {
  provider = await startOidcProvider(() => veil.baseUrl, {
    ann: { roles: ['patient'], patient: 'ann' },
    backend: { roles: ['system'] },
  });
  writeKeyringFile(join(folder, 'keyring.json'), createKeyring({ demo: false, random: randomBytes }));
  veil = await startVeil({ folder, env: { OIDC_ISSUER: provider.issuer }, clock: () => Date.now() + ahead });
});
after(async () => {
  await veil.stop();
  await provider.stop();
  rmSync(folder, { recursive: true });
});

const postForm = (url: string, form: Readonly<Record<string, string>>): Promise<Response> =>
  fetch(url, { method: 'POST', body: new URLSearchParams(form) });

async function tokenBy(form: Readonly<Record<string, string>>): Promise<string> {
  const response = await postForm(`${provider.issuer}/token`, form);
  const body = JSON.parse(await response.text());
  assert.equal(response.status, 200, JSON.stringify(body));
  return body.access_token;
}

/** RFC 7523, SMART Backend Services: a client proves itself with an assertion that it signs. */
async function backendToken(): Promise<string> {
  const assertion = await new SignJWT({ jti: randomUUID() })
    .setProtectedHeader({ alg: 'ES256', kid: 'backend' })
    .setIssuer('backend')
    .setSubject('backend')
    .setAudience(provider.issuer)
    .setIssuedAt()
    .setExpirationTime('1m')
    .sign(await importJWK({ ...provider.backendKey }, 'ES256'));
  return tokenBy({
    grant_type: 'client_credentials',
    scope: 'system/*.cruds',
    client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    client_assertion: assertion,
  });
}

/** Follows the provider's redirects with its cookies, as a browser does, until the app's own address. */
async function follow(start: string): Promise<URL> {
  const cookies = new Map<string, string>();
  let url = start;
  for (let hops = 0; hops < 10; hops++) {
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const response = await fetch(url, { redirect: 'manual', headers: { cookie } });
    for (const set of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(set) ?? [];
      cookies.set(name, value);
    }
    const next = new URL(response.headers.get('location') ?? assert.fail(await response.text()), url);
    if (next.href.startsWith(REDIRECT_URI)) return next;
    url = next.href;
  }
  return assert.fail('too many redirects');
}

async function patientToken(): Promise<string> {
  const verifier = randomBytes(32).toString('base64url');
  const app = { clientId: 'app', redirectUri: REDIRECT_URI, verifier };
  const smart = JSON.parse(await (await fetch(`${veil.baseUrl}/.well-known/smart-configuration`)).text());
  const request = requestOf(app, veil.baseUrl, {
    scope: 'openid patient/*.rs',
    login_hint: 'ann',
    resource: veil.baseUrl,
  });
  const back = await follow(`${smart.authorization_endpoint}?${request}`);
  assert.equal(back.searchParams.get('error'), null, back.href);
  return tokenBy({
    grant_type: 'authorization_code',
    client_id: 'app',
    redirect_uri: REDIRECT_URI,
    code: back.searchParams.get('code') ?? '',
    code_verifier: verifier,
  });
}

const send = (token: string, method: string, path: string, body?: object): Promise<Response> =>
  fetch(`${veil.baseUrl}${path}`, {
    method,
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/fhir+json' },
    ...(body ? { body: JSON.stringify(body) } : {}),
  });
const statusOf = async (token: string): Promise<number> => (await send(token, 'GET', '/Patient/ann')).status;

test('provider: a backend with a signed assertion writes, a patient who signed in by code reads the own record', async () => {
  const backend = await backendToken();
  for (const id of ['ann', 'bob']) {
    assert.equal((await send(backend, 'PUT', `/Patient/${id}`, { resourceType: 'Patient', id })).status, 201);
  }
  const ann = await patientToken();
  assert.equal(await statusOf(ann), 200);
  assert.equal((await send(ann, 'GET', '/Patient/bob')).status, 404);
  assert.equal((await send(ann, 'PUT', '/Patient/ann', { resourceType: 'Patient', id: 'ann' })).status, 403);
});

test('discovery: SMART configuration and CapabilityStatement carry the endpoints of the provider', async () => {
  const read = async (url: string) => JSON.parse(await (await fetch(url)).text());
  const openid = await read(`${provider.issuer}/.well-known/openid-configuration`);
  const smart = await read(`${veil.baseUrl}/.well-known/smart-configuration`);
  for (const name of ['issuer', 'authorization_endpoint', 'token_endpoint', 'jwks_uri', 'grant_types_supported']) {
    assert.deepEqual(smart[name], openid[name], name);
  }
  assert.deepEqual(smart.code_challenge_methods_supported, ['S256']);
  assert.ok(smart.capabilities.includes('client-confidential-asymmetric'));
  assert.ok(!smart.capabilities.includes('launch-standalone'));
  const [uris] = (await read(`${veil.baseUrl}/metadata`)).rest[0].security.extension;
  assert.deepEqual(uris.extension.slice(0, 2), [
    { url: 'authorize', valueUri: openid.authorization_endpoint },
    { url: 'token', valueUri: openid.token_endpoint },
  ]);
  assert.equal((await fetch(`${new URL(veil.baseUrl).origin}/demo/jwks`)).status, 404);
});

test('keys: a rotation while Veil runs is followed; tokens of the old key end within a minute', async () => {
  const old = await backendToken();
  assert.equal(await statusOf(old), 200);
  await provider.rotate();
  const fresh = await backendToken();
  assert.equal(await statusOf(fresh), 200);
  ahead += 61_000;
  assert.equal(await statusOf(old), 401);
  assert.equal(await statusOf(fresh), 200);
});

test('outage: known keys carry on while the provider is down, and new ones are found once it is back', async () => {
  const before = await backendToken();
  assert.equal(await statusOf(before), 200);
  const other = await backendToken();
  await provider.stop();
  ahead += 120_000;
  assert.equal(await statusOf(other), 200);
  assert.equal((await fetch(`${new URL(veil.baseUrl).origin}/health/ready`)).status, 200);
  assert.equal((await fetch(`${veil.baseUrl}/metadata`)).status, 200);
  await provider.rotate();
  await provider.start();
  const after = await backendToken();
  ahead += 61_000;
  assert.equal(await statusOf(after), 200);
  assert.equal(await statusOf(other), 401);
});
