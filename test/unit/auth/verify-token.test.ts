/** Tokens: a good one is a principal; every bad one is refused, and for the right reason. */
import assert from 'node:assert/strict';
import { createHash, createHmac } from 'node:crypto';
import { after, before, test } from 'node:test';
import type { JWTPayload } from 'jose';
import { AuthError, type AuthReason } from '../../../src/auth/auth-error.ts';
import { createKeySet } from '../../../src/auth/key-sets.ts';
import { createVerifier, type Verifier } from '../../../src/auth/verify-token.ts';
import { quietLogger } from '../../support/quiet-logger.ts';
import { makeKey, type Provider, type SigningKey, signToken, startProvider } from '../../support/scripted-issuer.ts';

const NOW = 1_760_000_000;
const BASE = 'https://ehr.example/fhir';
let provider: Provider;
let key: SigningKey;
let now = NOW * 1000;

const clock = (): number => now;
const digest = (text: string): string => createHash('sha256').update(text).digest('base64url');

before(async () => {
  provider = await startProvider('/realm');
  key = await makeKey('ES256', 'k1');
  provider.publish(key);
});
after(() => provider.close());

const verifier = (over: { audience?: string; roleClaim?: string } = {}): Verifier =>
  createVerifier({
    issuers: [createKeySet({ issuer: provider.issuer, clock, logger: quietLogger() })],
    audience: BASE,
    roleClaim: 'roles',
    baseUrl: BASE,
    types: new Set(['Patient']),
    digest,
    clock,
    logger: quietLogger(),
    ...over,
  });

const good = (over: JWTPayload = {}): JWTPayload => ({
  iss: provider.issuer,
  aud: BASE,
  sub: 'alice',
  exp: NOW + 300,
  iat: NOW,
  client_id: 'app',
  roles: ['physician'],
  ...over,
});

async function refusal(token: string, by: Verifier = verifier()): Promise<AuthReason> {
  const error = await by.verify(token).then(
    () => assert.fail('accepted'),
    (cause: unknown) => cause,
  );
  assert.ok(error instanceof AuthError);
  return error.reason;
}

test('token: a good one becomes a principal', async () => {
  const claims = good({
    jti: 't1',
    scope: 'openid patient/Patient.rs',
    patient: 'p-1',
    fhirUser: `${BASE}/Practitioner/7`,
    acr: 'high',
    amr: ['pwd', 'mfa'],
    name: 'Dr Alice',
    purpose_of_use: ['TREAT', { system: 'x', code: 'ETREAT' }],
  });
  const principal = await verifier().verify(await signToken(key, claims));
  assert.deepEqual(principal, {
    issuer: provider.issuer,
    sub: 'alice',
    subject: `${provider.issuer}|alice`,
    roles: ['physician'],
    scopes: [{ context: 'patient', type: 'Patient', permissions: new Set(['r', 's']) }],
    clientId: 'app',
    patient: 'p-1',
    fhirUser: 'Practitioner/7',
    name: 'Dr Alice',
    acr: 'high',
    amr: ['pwd', 'mfa'],
    tokenId: 't1',
    purposeOfUse: ['TREAT', 'ETREAT'],
    expires: (NOW + 300) * 1000,
  });
});

for (const alg of ['RS256', 'PS256', 'EdDSA']) {
  test(`token: ${alg} is taken`, async () => {
    const other = await makeKey(alg, `k-${alg}`);
    provider.publish(key, other);
    assert.equal((await verifier().verify(await signToken(other, good()))).sub, 'alice');
  });
}

test('token: kinds that providers send for access tokens are taken', async () => {
  for (const typ of ['at+jwt', 'application/at+jwt', 'JWT', 'jwt', undefined]) {
    const token = await signToken(key, good(), typ === undefined ? { typ: undefined } : { typ });
    assert.equal((await verifier().verify(token)).sub, 'alice', String(typ));
  }
});

const without = (name: string): JWTPayload => good({ [name]: undefined });

const badClaims: readonly [string, () => JWTPayload, AuthReason][] = [
  ['no iss', () => without('iss'), 'issuer'],
  ['another issuer', () => good({ iss: 'https://evil.example' }), 'issuer'],
  ['an issuer with a slash more', () => good({ iss: `${provider.issuer}/` }), 'issuer'],
  ['no aud', () => without('aud'), 'claim'],
  ['another audience', () => good({ aud: 'https://other.example/fhir' }), 'audience'],
  ['an audience that only begins alike', () => good({ aud: `${BASE}/x` }), 'audience'],
  ['an empty audience list', () => good({ aud: [] }), 'audience'],
  ['no exp', () => without('exp'), 'claim'],
  ['exp as text', () => good({ exp: 'soon' as unknown as number }), 'claim'],
  ['expired by 31 s', () => good({ exp: NOW - 31 }), 'expired'],
  ['nbf in 31 s', () => good({ nbf: NOW + 31 }), 'not-yet-valid'],
  ['iat in 31 s', () => good({ iat: NOW + 31 }), 'not-yet-valid'],
  ['no sub', () => without('sub'), 'claim'],
  ['an empty sub', () => good({ sub: '' }), 'claim'],
  ['a sender constraint', () => good({ cnf: { jkt: 'x' } }), 'sender-constraint'],
  ['an empty sender constraint', () => good({ cnf: {} }), 'sender-constraint'],
  ['a logout token', () => good({ events: {} }), 'id-token'],
];
for (const [name, claims, reason] of badClaims) {
  test(`token: ${name} is refused`, async () => {
    assert.equal(await refusal(await signToken(key, claims())), reason);
  });
}

test('token: 30 s of clock difference are tolerated', async () => {
  const token = await signToken(key, good({ exp: NOW - 29, nbf: NOW + 29, iat: NOW + 29 }));
  assert.equal((await verifier().verify(token)).sub, 'alice');
});

test('token: aud may be a list, and one trailing slash does not matter', async () => {
  for (const aud of [`${BASE}/`, ['x', BASE]]) {
    assert.equal((await verifier().verify(await signToken(key, good({ aud })))).sub, 'alice');
  }
  assert.equal(await refusal(await signToken(key, good({ aud: `${BASE}//` }))), 'audience');
});

test('token: an ID token is refused, a sign-in claim in an access token is not', async () => {
  const marks = [{ nonce: 'n' }, { at_hash: 'h' }, { typ: 'ID' }, { token_use: 'id' }, { aud: 'app' }];
  for (const mark of marks) {
    const by = verifier({ audience: 'aud' in mark ? 'app' : BASE });
    assert.equal(await refusal(await signToken(key, good(mark), { typ: 'JWT' }), by), 'id-token', JSON.stringify(mark));
  }
  assert.equal((await verifier().verify(await signToken(key, good({ nonce: 'n' })))).sub, 'alice');
});

for (const typ of ['dpop+jwt', 'logout+jwt', 'secevent+jwt', 'id_token', 7, '']) {
  test(`token: typ ${JSON.stringify(typ)} is refused`, async () => {
    assert.equal(await refusal(await signToken(key, good(), { typ })), 'type');
  });
}

const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');

test('token: none and HMAC with the public key are refused', async () => {
  const none = `${encode({ alg: 'none' })}.${encode(good())}.`;
  assert.equal(await refusal(none), 'algorithm');
  const head = `${encode({ alg: 'HS256', kid: 'k1' })}.${encode(good())}`;
  const mac = createHmac('sha256', JSON.stringify(key.publicJwk)).update(head).digest('base64url');
  assert.equal(await refusal(`${head}.${mac}`), 'algorithm');
  const es384 = await makeKey('ES384', 'k384');
  assert.equal(await refusal(await signToken(es384, good())), 'algorithm');
});

test('token: a forged, altered, keyless or oversized one is refused', async () => {
  const forger = await makeKey('ES256', 'k1');
  assert.equal(await refusal(await signToken(forger, good())), 'signature');
  const [head, , signature] = (await signToken(key, good())).split('.');
  assert.equal(await refusal(`${head}.${encode(good({ roles: ['system'] }))}.${signature}`), 'signature');
  assert.equal(await refusal(await signToken(key, good(), { kid: 'k9' })), 'key');
  assert.equal(await refusal(await signToken(key, good({ x: 'a'.repeat(16_384) }))), 'too-long');
  assert.equal(await refusal(await signToken(key, good(), { crit: ['x'], x: 1 }).catch(() => 'a.b.c')), 'malformed');
});

for (const text of ['', 'x', 'a.b', 'a.b.c', '...', 'e30.e30.e30', 'e30.W10.e30', 'bnVsbA.bnVsbA.x']) {
  test(`token: ${JSON.stringify(text)} is refused`, async () => {
    assert.ok(['malformed', 'algorithm'].includes(await refusal(text)));
  });
}

test('token: a key in the header is not believed', async () => {
  const own = await makeKey('ES256', 'mine');
  const token = await signToken(own, good(), { jwk: own.publicJwk, jku: `${provider.issuer}/evil` });
  assert.equal(await refusal(token), 'key');
});

test('claims: roles by path, as list or text; foreign users, odd patients and odd scopes count as none', async () => {
  const by = verifier({ roleClaim: 'realm_access.roles' });
  const odd = { fhirUser: 'https://other.example/fhir/Practitioner/7', patient: '../p', scope: 7 };
  const token = await signToken(key, good({ realm_access: { roles: 'nurse  billing nurse' }, ...odd }));
  const principal = await by.verify(token);
  assert.deepEqual(principal.roles, ['nurse', 'billing']);
  assert.equal(principal.fhirUser, undefined);
  assert.equal(principal.patient, undefined);
  assert.deepEqual(principal.scopes, []);
  const named = await verifier({ roleClaim: 'https://x.example/roles' }).verify(
    await signToken(key, good({ 'https://x.example/roles': ['nurse'], fhirUser: 'Practitioner/7/_history/2' })),
  );
  assert.deepEqual(named.roles, ['nurse']);
  assert.equal(named.fhirUser, 'Practitioner/7');
  assert.equal(named.scopes, undefined);
  assert.deepEqual((await verifier({ roleClaim: 'constructor.name' }).verify(token)).roles, []);
});

test('cache: a good token is known for a minute, and never beyond its exp', async () => {
  const by = verifier();
  const long = await signToken(key, good());
  const short = await signToken(key, good({ exp: NOW + 10 }));
  assert.equal(by.known(long), undefined);
  await by.verify(long);
  await by.verify(short);
  try {
    now = (NOW + 9) * 1000;
    assert.equal(by.known(long)?.sub, 'alice');
    assert.equal(by.known(short)?.sub, 'alice');
    now = (NOW + 11) * 1000;
    assert.equal(by.known(short), undefined);
    now = (NOW + 61) * 1000;
    assert.equal(by.known(long), undefined);
  } finally {
    now = NOW * 1000;
  }
});

test('cache: a bad token is never known', async () => {
  const by = verifier();
  const token = await signToken(key, good({ exp: NOW - 60 }));
  await refusal(token, by);
  assert.equal(by.known(token), undefined);
});
