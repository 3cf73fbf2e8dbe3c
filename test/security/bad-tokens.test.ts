/** Forty and more kinds of bad tokens: each is refused with 401, and no answer tells one kind from another. */
import assert from 'node:assert/strict';
import { createHmac, randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { JWTPayload } from 'jose';
import { openDemoIssuer } from '../../src/auth/demo-issuer.ts';
import { createKeyring } from '../../src/crypto/keyring.ts';
import { writeKeyringFile } from '../../src/crypto/keyring-file.ts';
import { makeKey, type Provider, type SigningKey, signToken, startProvider } from '../support/scripted-issuer.ts';
import { startVeil, type Veil } from '../support/veil.ts';

const folder = mkdtempSync(join(tmpdir(), 'veil-tokens-'));
let issuer: Provider;
let veil: Veil;
let key: SigningKey;
let rsa: SigningKey;
const seconds = (): number => Math.floor(Date.now() / 1000);

before(async () => {
  issuer = await startProvider('/realm');
  key = await makeKey('ES256', 'k1');
  rsa = await makeKey('RS256', 'k2');
  issuer.publish(key, rsa);
  writeKeyringFile(join(folder, 'keyring.json'), createKeyring({ demo: false, random: randomBytes }));
  veil = await startVeil({ folder, env: { OIDC_ISSUER: issuer.issuer } });
});
after(async () => {
  await veil.stop();
  await issuer.close();
  rmSync(folder, { recursive: true });
});

const good = (over: JWTPayload = {}): JWTPayload => ({
  iss: issuer.issuer,
  aud: veil.baseUrl,
  sub: 'alice',
  exp: seconds() + 300,
  iat: seconds(),
  client_id: 'app',
  roles: ['physician'],
  ...over,
});
const signed = (over: JWTPayload = {}, header: Record<string, unknown> = {}) => signToken(key, good(over), header);
const without = (claim: string): Promise<string> => {
  const { [claim]: _, ...rest } = good();
  return signToken(key, rest);
};
const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');

const withPart = async (at: number, change: (part: string) => string): Promise<string> => {
  const parts = (await signed()).split('.');
  return parts.map((part, index) => (index === at ? change(part) : part)).join('.');
};
const hmac = (secret: string) => async (): Promise<string> => {
  const head = `${encode({ alg: 'HS256', typ: 'at+jwt', kid: 'k1' })}.${encode(good())}`;
  return `${head}.${createHmac('sha256', secret).update(head).digest('base64url')}`;
};
const by =
  (alg: string, kid: string, over: JWTPayload = {}) =>
  async (): Promise<string> =>
    signToken(await makeKey(alg, kid), good(over));

const BAD: Readonly<Record<string, () => string | Promise<string>>> = {
  'no token after the scheme': () => '',
  'one word': () => 'x',
  'two parts': () => 'a.b',
  'three parts of nothing': () => '..',
  'three parts that are no base64url': () => 'a.b.c',
  'five parts (JWE)': () => 'a.b.c.d.e',
  'two tokens': async () => `${await signed()} ${await signed()}`,
  'forbidden characters': async () => `${await signed()}"`,
  'a header that is no object': () => `${encode([])}.${encode(good())}.x`,
  'a header that is null': () => `${encode(null)}.${encode(good())}.x`,
  'claims that are no object': () => `${encode({ alg: 'ES256' })}.${encode('x')}.x`,
  'alg none, unsigned': () => `${encode({ alg: 'none' })}.${encode(good())}.`,
  'alg none in capitals': () => `${encode({ alg: 'NONE' })}.${encode(good())}.`,
  'no alg': () => `${encode({ typ: 'at+jwt' })}.${encode(good())}.x`,
  'HMAC with the public key': () => hmac(JSON.stringify(key.publicJwk))(),
  'HMAC with an empty secret': hmac(''),
  ES384: by('ES384', 'k1'),
  RS512: by('RS512', 'k2'),
  'a stranger’s key under a known id': by('ES256', 'k1'),
  'a stranger’s key under an unknown id': by('ES256', 'k9'),
  'a key id of another algorithm': async () => signToken({ ...key, kid: 'k2' }, good()),
  'a key in its own header': async () => {
    const own = await makeKey('ES256', 'own');
    return signToken(own, good(), { jwk: own.publicJwk });
  },
  'a key set named in its header': () => signed({}, { kid: 'k9', jku: `${issuer.issuer}/jwks` }),
  'an unknown critical header': async () => withPart(0, () => encode({ alg: 'ES256', kid: 'k1', crit: ['x'], x: 1 })),
  'an unencoded payload (b64)': async () =>
    withPart(0, () => encode({ alg: 'ES256', kid: 'k1', crit: ['b64'], b64: false })),
  'a changed header': () => withPart(0, () => encode({ alg: 'ES256', kid: 'k1', typ: 'JWT' })),
  'changed claims': () => withPart(1, () => encode(good({ roles: ['system'] }))),
  'a cut signature': () => withPart(2, (part) => part.slice(0, -4)),
  'an empty signature': () => withPart(2, () => ''),
  'a signature of zeros': () => withPart(2, () => Buffer.alloc(64).toString('base64url')),
  'a signature in DER': () =>
    withPart(2, () => Buffer.concat([Buffer.from([0x30, 6, 2, 1, 0, 2, 1, 0])]).toString('base64url')),
  'typ of a logout token': () => signed({}, { typ: 'logout+jwt' }),
  'typ of a DPoP proof': () => signed({}, { typ: 'dpop+jwt' }),
  'typ that is a number': () => signed({}, { typ: 7 }),
  'an ID token, by its nonce': () => signed({ nonce: 'n' }, { typ: 'JWT' }),
  'an ID token, by its at_hash': () => signed({ at_hash: 'h' }, { typ: 'JWT' }),
  'a refresh token': () => signed({ typ: 'Refresh' }, { typ: 'JWT' }),
  'a logout token': () => signed({ events: {} }),
  'no issuer': () => without('iss'),
  'another issuer': () => signed({ iss: 'https://evil.example' }),
  'an issuer with a slash more': () => signed({ iss: `${issuer.issuer}/` }),
  'an issuer in capitals': () => signed({ iss: issuer.issuer.toUpperCase() }),
  'an issuer in a list': () => signed({ iss: [issuer.issuer] as unknown as string }),
  'no audience': () => without('aud'),
  'another audience': () => signed({ aud: 'https://other.example/fhir' }),
  'a longer audience': () => signed({ aud: `${veil.baseUrl}/x` }),
  'an empty audience list': () => signed({ aud: [] }),
  'no expiry': () => without('exp'),
  expired: () => signed({ exp: seconds() - 40 }),
  'an expiry that is text': () => signed({ exp: '9999999999' as unknown as number }),
  'not valid yet': () => signed({ nbf: seconds() + 90 }),
  'issued in the future': () => signed({ iat: seconds() + 90 }),
  'no subject': () => without('sub'),
  'an empty subject': () => signed({ sub: '' }),
  'a subject that is a number': () => signed({ sub: 7 as unknown as string }),
  'an overlong subject': () => signed({ sub: 'x'.repeat(256) }),
  'bound to a DPoP key, without proof': () => signed({ cnf: { jkt: 'x' } }),
  'bound to a certificate, without it': () => signed({ cnf: { 'x5t#S256': 'x' } }),
  'bound to nothing known': () => signed({ cnf: {} }),
  'longer than any token': () => signed({ x: 'a'.repeat(20_000) }),
  'of the demo issuer, outside demo mode': async () => {
    const keyFile = { read: () => undefined, create: () => undefined };
    const options = { keyFile, audience: veil.baseUrl, baseUrl: veil.baseUrl, roleClaim: 'roles', clock: Date.now };
    return (await openDemoIssuer({ ...options, newId: () => 'j' })).sign({ sub: 'a', roles: ['system'] });
  },
};

const ask = (token: string): Promise<Response> =>
  fetch(`${veil.baseUrl}/Patient/p1`, { headers: { authorization: `Bearer ${token}` } });

/** All that a client gets, but for what differs from request to request. */
async function formOf(response: Response): Promise<unknown> {
  const headers = [...response.headers].filter(([name]) => name !== 'x-request-id' && name !== 'date');
  return { status: response.status, headers, body: await response.text() };
}

test('token: bad ones of every kind are 401 in one and the same form', async () => {
  assert.ok(Object.keys(BAD).length >= 40);
  const expected = await formOf(await ask('x.y.z'));
  for (const [kind, make] of Object.entries(BAD)) {
    const form = await formOf(await ask(await make()));
    assert.deepEqual(form, expected, kind);
  }
  assert.equal((expected as { status: number }).status, 401);
});

test('token: the good one beside them passes, by either key', async () => {
  assert.equal((await ask(await signed())).status, 404);
  assert.equal((await ask(await signToken(rsa, good(), { typ: 'JWT' }))).status, 404);
});

test('token: a bad one is refused alike on every kind of path', async () => {
  const bodies = new Set<string>();
  for (const path of ['/Patient', '/Patient/p1', '/Patient/p1/_history/1', '/Nonsense', '/AuditEvent', '/']) {
    const response = await fetch(`${veil.baseUrl}${path}`, { headers: { authorization: 'Bearer x.y.z' } });
    assert.equal(response.status, 401, path);
    bodies.add(await response.text());
  }
  assert.equal(bodies.size, 1);
});
