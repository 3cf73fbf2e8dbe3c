/** Key sets: discovery, rotation, removal, and providers that are down or hostile. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { type TestContext, test } from 'node:test';
import { createKeySet, type IssuerKeys } from '../../../src/auth/key-sets.ts';
import { createVerifier, type Verifier } from '../../../src/auth/verify-token.ts';
import { quietLogger } from '../../support/quiet-logger.ts';
import { makeKey, type Provider, type SigningKey, signToken, startProvider } from '../../support/scripted-issuer.ts';

const AUDIENCE = 'https://ehr.example/fhir';

interface World {
  readonly provider: Provider;
  readonly key: SigningKey;
  readonly keys: IssuerKeys;
  readonly verifier: Verifier;
  token(by: SigningKey): Promise<string>;
  advance(seconds: number): void;
}

async function world(t: TestContext, path = '', jwksUri?: string): Promise<World> {
  let now = 1_760_000_000_000;
  const provider = await startProvider(path);
  t.after(() => provider.close());
  const key = await makeKey('ES256', 'k1');
  provider.publish(key);
  const logger = quietLogger();
  const clock = (): number => now;
  const keys = createKeySet({ issuer: provider.issuer, clock, logger, ...(jwksUri === undefined ? {} : { jwksUri }) });
  const digest = (text: string): string => createHash('sha256').update(text).digest('base64url');
  const audience = { audience: AUDIENCE, baseUrl: AUDIENCE, roleClaim: 'roles', types: new Set<string>() };
  return {
    provider,
    key,
    keys,
    verifier: createVerifier({ ...audience, issuers: [keys], digest, clock, logger }),
    token: (by) => signToken(by, { iss: provider.issuer, aud: AUDIENCE, sub: 'a', exp: now / 1000 + 7200 }),
    advance: (seconds) => {
      now += seconds * 1000;
    },
  };
}

const accepts = (verifier: Verifier, token: string): Promise<boolean> =>
  verifier.verify(token).then(
    () => true,
    () => false,
  );

test('keys: nothing is fetched before the first token, and once for many', async (t) => {
  const { provider, verifier, token, key } = await world(t);
  assert.equal(provider.hits.size, 0);
  const tokens = await Promise.all([token(key), token(key), token(key)]);
  assert.deepEqual(await Promise.all(tokens.map((text) => accepts(verifier, text))), [true, true, true]);
  assert.equal(provider.hits.get('/jwks'), 1);
});

test('keys: an issuer with RFC 8414 metadata alone is found', async (t) => {
  const { provider, verifier, token, key } = await world(t, '/realm');
  const document = provider.documents.get('/realm/.well-known/openid-configuration');
  provider.documents.delete('/realm/.well-known/openid-configuration');
  assert.equal(await accepts(verifier, await token(key)), false);
  provider.documents.set('/.well-known/oauth-authorization-server/realm', document);
  assert.equal(await accepts(verifier, await token(key)), true);
});

test('keys: a document that names another issuer is not believed', async (t) => {
  const { provider, verifier, token, key } = await world(t);
  const issuer = `${provider.issuer}/`;
  provider.documents.set('/.well-known/openid-configuration', { issuer, jwks_uri: `${provider.issuer}/jwks` });
  assert.equal(await accepts(verifier, await token(key)), false);
  assert.equal(provider.hits.get('/jwks'), undefined);
});

test('keys: a new key is found at once, without restart', async (t) => {
  const { provider, verifier, token, key } = await world(t);
  assert.equal(await accepts(verifier, await token(key)), true);
  const next = await makeKey('RS256', 'k2');
  provider.publish(key, next);
  assert.equal(await accepts(verifier, await token(next)), true);
});

test('keys: a key that leaves the set is refused within a minute, remembered tokens too', async (t) => {
  const { provider, verifier, token, key, advance } = await world(t);
  await verifier.verify(await token(key));
  advance(29);
  const other = await token(key);
  await verifier.verify(other); // Remembered until 89 s, were it not for the key.
  provider.publish(await makeKey('ES256', 'k2'));
  assert.equal(verifier.known(other)?.sub, 'a');
  advance(32);
  assert.equal(verifier.known(other), undefined);
  assert.equal(await accepts(verifier, other), false);
});

test('keys: a key that stays keeps its tokens known through a renewal', async (t) => {
  const { provider, verifier, keys, token, key } = await world(t);
  const text = await token(key);
  await verifier.verify(text);
  provider.publish(key, await makeKey('ES256', 'k2'));
  assert.equal((await keys.find({ algorithm: 'ES256', kid: 'k2' })).length, 1);
  assert.equal(verifier.known(text)?.sub, 'a');
});

test('keys: unknown key ids cannot make the server hammer the provider', async (t) => {
  const { provider, keys } = await world(t);
  for (let i = 0; i < 30; i++) await keys.find({ algorithm: 'ES256', kid: `x${i}` });
  assert.ok((provider.hits.get('/jwks') ?? 0) <= 11);
});

test('keys: known keys outlive a provider that is down, for an hour and no longer', async (t) => {
  const { provider, verifier, keys, token, key, advance } = await world(t);
  await verifier.verify(await token(key));
  provider.documents.set('/jwks', undefined);
  advance(600);
  assert.equal(await accepts(verifier, await token(key)), true);
  assert.equal(await keys.ready(), true);
  advance(3100);
  assert.equal(await accepts(verifier, await token(key)), false);
  provider.publish(key);
  advance(11);
  assert.equal(await accepts(verifier, await token(key)), true);
});

test('keys: readiness tells when no key is known', async (t) => {
  const { provider, keys, key, advance } = await world(t);
  provider.documents.delete('/jwks');
  assert.equal(await keys.ready(), false);
  provider.publish(key);
  assert.equal(await keys.ready(), false); // Asked a moment ago.
  advance(11);
  assert.equal(await keys.ready(), true);
});

test('keys: a redirect to another origin, a huge or a broken document give no keys', async (t) => {
  const { provider, keys, key, advance } = await world(t);
  const elsewhere = await startProvider();
  t.after(() => elsewhere.close());
  elsewhere.publish(key);
  const hostile = [
    (_: unknown, response: { writeHead(s: number, h: object): { end(): void } }) =>
      response.writeHead(302, { location: `${elsewhere.issuer}/jwks` }).end(),
    { keys: [key.publicJwk], padding: 'x'.repeat(300_000) },
    { keys: 'none' },
    [key.publicJwk],
  ];
  for (const document of hostile) {
    provider.documents.set('/jwks', document);
    advance(11);
    assert.equal(await keys.ready(), false);
  }
  assert.equal(elsewhere.hits.size, 0);
  provider.publish(key);
  advance(11);
  assert.equal(await keys.ready(), true);
});

test('keys: plain http beyond loopback is never fetched', async (t) => {
  const { verifier, token, key } = await world(t, '', 'http://id.invalid/jwks');
  assert.equal(await accepts(verifier, await token(key)), false);
});

test('keys: encryption keys, weak keys and secrets in a set are passed over', async (t) => {
  const { provider, keys, key } = await world(t);
  const { publicJwk } = key;
  provider.documents.set('/jwks', {
    keys: [
      { ...publicJwk, use: 'enc' },
      { kty: 'oct', k: 'AAAA', kid: 'k1' },
      { kty: 'RSA', n: 'AQAB', e: 'AQAB' },
      7,
      null,
    ],
  });
  assert.equal(await keys.ready(), false);
  assert.deepEqual(await keys.find({ algorithm: 'ES256', kid: 'k1' }), []);
});
