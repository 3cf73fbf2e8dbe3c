/** Who gets in: tokens, demo guard, limits, and the audit of those who do not. */
import assert from 'node:assert/strict';
import { request as httpRequest } from 'node:http';
import { test } from 'node:test';
import type { AuditHooks, HttpSettings } from '../../../src/http/http-parts.ts';
import { type Edge, issueCodes, startEdge } from '../../support/http-edge.ts';

const settings = (over: Partial<HttpSettings>): HttpSettings => ({
  mode: 'oidc',
  corsOrigins: [],
  rateLimit: 0,
  trustProxy: undefined,
  logLevel: 'info',
  ...over,
});

const withToken = (edge: Edge, token: string): Promise<Response> =>
  fetch(`${edge.base}/Patient/1`, { headers: { authorization: `Bearer ${token}` } });

test('auth: no token is 401 without an error code, a bad one with it, and all bad ones alike', async (t) => {
  const edge = await startEdge(t);
  const none = await fetch(`${edge.base}/Patient/1`);
  assert.equal(none.status, 401);
  assert.equal(none.headers.get('www-authenticate'), 'Bearer realm="veil"');
  assert.deepEqual(await issueCodes(none), ['login']);
  const bodies = new Set<string>();
  const expired = await edge.token({ lifetime: -60 });
  for (const authorization of [
    'Bearer x',
    'Bearer ',
    'Bearer a b',
    `Bearer ${expired}`,
    `Bearer ${'x'.repeat(20_000)}`,
  ]) {
    const response = await fetch(`${edge.base}/Patient/1`, { headers: { authorization } });
    assert.equal(response.status, 401);
    assert.equal(response.headers.get('www-authenticate'), 'Bearer realm="veil", error="invalid_token"');
    bodies.add(await response.text());
  }
  assert.equal(bodies.size, 1);
  assert.equal(edge.requests.length, 0);
  assert.equal((await withToken(edge, await edge.token())).status, 200);
});

test('auth: a token anywhere but in a Bearer header does not count', async (t) => {
  const edge = await startEdge(t);
  const token = await edge.token();
  const inQuery = await fetch(`${edge.base}/Patient/1?access_token=${token}`);
  const inCookie = await fetch(`${edge.base}/Patient/1`, { headers: { cookie: `access_token=${token}` } });
  const asBasic = await fetch(`${edge.base}/Patient/1`, { headers: { authorization: `Basic ${token}` } });
  assert.deepEqual([inQuery.status, inCookie.status, asBasic.status], [401, 401, 401]);
  const lower = await fetch(`${edge.base}/Patient/1`, { headers: { authorization: `bearer ${token}` } });
  assert.equal(lower.status, 200);
});

test('auth: the pipeline gets the principal and where it came from', async (t) => {
  const edge = await startEdge(t);
  await withToken(edge, await edge.token({ sub: 'bob', roles: ['billing'] }));
  assert.equal(edge.requests[0]?.principal.sub, 'bob');
  assert.deepEqual(edge.requests[0]?.principal.roles, ['billing']);
  assert.equal(edge.requests[0]?.origin.address, '127.0.0.1');
  assert.equal(edge.requests[0]?.origin.channel, 'http');
});

test('audit: repeated refusals of one source share a record a minute, with a count', async (t) => {
  const edge = await startEdge(t);
  for (let i = 0; i < 4; i++) await withToken(edge, 'x.y.z');
  assert.deepEqual(
    edge.unauthenticated.map(({ reason, count }) => [reason, count]),
    [['malformed', undefined]],
  );
  edge.advance(61_000);
  await withToken(edge, 'x.y.z');
  await edge.http.close();
  assert.deepEqual(
    edge.unauthenticated.map(({ count }) => count),
    [undefined, 3, undefined],
  );
});

const failingHooks: AuditHooks = {
  onUnauthenticated: () => Promise.reject(new Error('disk full')),
  onThrottled: () => Promise.reject(new Error('disk full')),
  onRefused: () => Promise.reject(new Error('disk full')),
};

test('audit: a refusal that cannot be put on record is 503', async (t) => {
  const edge = await startEdge(t, { audit: failingHooks, config: settings({ rateLimit: 1 }) });
  for (let i = 0; i < 2; i++) assert.equal((await withToken(edge, 'x.y.z')).status, 503);
  const other = await startEdge(t, { audit: failingHooks });
  const response = await other.call('/Patient?a=%zz');
  assert.equal(response.status, 503);
  assert.deepEqual(await issueCodes(response), ['transient']);
});

test('limits: a subject over its rate gets 429 with its headers, another subject does not', async (t) => {
  const edge = await startEdge(t, { config: settings({ rateLimit: 20 }) });
  const [alice, bob] = [await edge.token(), await edge.token({ sub: 'bob' })];
  for (let i = 0; i < 20; i++) assert.equal((await withToken(edge, alice)).status, 200);
  const over = await withToken(edge, alice);
  assert.equal(over.status, 429);
  assert.equal(over.headers.get('retry-after'), '60');
  assert.equal(over.headers.get('ratelimit-remaining'), '0');
  assert.match(over.headers.get('ratelimit') ?? '', /^limit=20, remaining=0/);
  assert.deepEqual(await issueCodes(over), ['throttled']);
  assert.equal((await withToken(edge, bob)).status, 200);
  // Another token of the same subject does not help.
  assert.equal((await withToken(edge, await edge.token({ name: 'A' }))).status, 429);
  assert.equal(edge.throttled.length, 1);
  assert.equal(edge.throttled[0]?.principal?.sub, 'alice');
  edge.advance(60_001);
  assert.equal((await withToken(edge, await edge.token())).status, 200);
});

test('limits: a profile may allow more, never less', async (t) => {
  const roleLimit = (principal: { roles: readonly string[] }): number => (principal.roles.includes('system') ? 5 : 1);
  const edge = await startEdge(t, { config: settings({ rateLimit: 2 }), roleLimit });
  const statuses = async (token: string): Promise<readonly number[]> => {
    const seen: number[] = [];
    for (let i = 0; i < 6; i++) seen.push((await withToken(edge, token)).status);
    return seen;
  };
  assert.deepEqual(await statuses(await edge.token({ sub: 's', roles: ['system'] })), [200, 200, 200, 200, 200, 429]);
  assert.deepEqual(await statuses(await edge.token()), [200, 200, 429, 429, 429, 429]);
});

test('limits: failed attempts run out per address, but never for a token known good', async (t) => {
  const edge = await startEdge(t, { config: settings({ rateLimit: 50 }) });
  const known = await edge.token();
  assert.equal((await withToken(edge, known)).status, 200);
  const seen: number[] = [];
  for (let i = 0; i < 6; i++) seen.push((await withToken(edge, `x.y.${i}`)).status);
  assert.deepEqual(seen, [401, 401, 401, 401, 401, 429]);
  assert.equal((await withToken(edge, known)).status, 200);
  assert.equal((await withToken(edge, await edge.token({ sub: 'new' }))).status, 429);
  assert.equal(edge.throttled[0]?.principal, undefined);
});

test('limits: good tokens use up no attempts', async (t) => {
  const edge = await startEdge(t, { config: settings({ rateLimit: 10 }) });
  for (let i = 0; i < 5; i++) assert.equal((await withToken(edge, await edge.token({ sub: `u${i}` }))).status, 200);
});

test('limits: open endpoints have half of the rate, health none', async (t) => {
  const edge = await startEdge(t, { config: settings({ rateLimit: 4 }) });
  const get = async (path: string): Promise<number> => (await fetch(`${edge.origin}${path}`)).status;
  assert.deepEqual(
    [await get('/fhir/metadata'), await get('/fhir/metadata'), await get('/fhir/metadata')],
    [200, 200, 429],
  );
  for (let i = 0; i < 10; i++) assert.equal(await get('/health/live'), 200);
});

test('limits: 0 turns all off', async (t) => {
  const edge = await startEdge(t);
  for (let i = 0; i < 200; i++) assert.equal((await withToken(edge, 'x')).status, 401);
});

/** fetch sets Host itself, so this goes by hand. */
const statusWith = (edge: Edge, headers: Record<string, string>): Promise<number | undefined> =>
  new Promise((resolve, reject) => {
    const request = httpRequest({ port: edge.port, host: '127.0.0.1', path: '/fhir/metadata', headers }, (response) => {
      response.resume();
      resolve(response.statusCode);
    });
    request.on('error', reject).end();
  });

test('demo: requests through a proxy or by another name are refused, on every path', async (t) => {
  const edge = await startEdge(t, { config: settings({ mode: 'demo' }) });
  for (const name of ['X-Forwarded-For', 'X-Forwarded-Host', 'Forwarded', 'Via', 'X-Real-IP']) {
    assert.equal(await statusWith(edge, { [name]: '1' }), 403, name);
  }
  for (const host of ['ehr.example', 'ehr.example:8080', '127.0.0.1.evil.example', 'localhost.evil.example']) {
    assert.equal(await statusWith(edge, { Host: host }), 403, host);
  }
  for (const host of ['localhost', 'localhost:8080', '127.0.0.1:1', '[::1]:8080']) {
    assert.equal(await statusWith(edge, { Host: host }), 200, host);
  }
  const oidc = await startEdge(t);
  assert.equal(await statusWith(oidc, { 'X-Forwarded-For': '1', Host: 'ehr.example' }), 200);
});

test('address: a forwarded one counts only behind a trusted proxy', async (t) => {
  const forwarded = { headers: { 'x-forwarded-for': '203.0.113.9' } };
  const plain = await startEdge(t);
  await plain.call('/Patient/1', forwarded);
  assert.equal(plain.requests[0]?.origin.address, '127.0.0.1');
  const behind = await startEdge(t, { config: settings({ trustProxy: ['loopback'] }) });
  await behind.call('/Patient/1', forwarded);
  assert.equal(behind.requests[0]?.origin.address, '203.0.113.9');
});

test('address: IPv6 counts by /56', async (t) => {
  const edge = await startEdge(t, { config: settings({ rateLimit: 2, trustProxy: 1 }) });
  const from = async (address: string): Promise<number> =>
    (await fetch(`${edge.base}/metadata`, { headers: { 'x-forwarded-for': address } })).status;
  assert.equal(await from('2001:db8:0:1200::1'), 200);
  assert.equal(await from('2001:db8:0:12ff::2'), 429);
  assert.equal(await from('2001:db8:0:1300::1'), 200);
});
