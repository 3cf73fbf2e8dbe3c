/** How answers leave: headers, errors, HEAD, pretty printing, open endpoints, CORS, the log. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { DamagedRecordError, notFound, unavailable } from '../../../src/core/errors.ts';
import type { Answer } from '../../../src/core/request.ts';
import { indentJson } from '../../../src/http/indent-json.ts';
import { type Edge, issueCodes, startEdge } from '../../support/http-edge.ts';

const capability: Answer = {
  status: 200,
  headers: { ETag: 'W/"3"', 'Last-Modified': 'Thu, 09 Oct 2025 08:53:20 GMT' },
  body: { kind: 'capability', resource: { resourceType: 'Basic', a: [1, {}], b: 'ä' } },
};

test('answer: status, headers and body are the pipeline’s; no-store and helmet’s headers are added', async (t) => {
  const edge = await startEdge(t, { handle: async () => ({ ...capability, status: 201 }) });
  const response = await edge.call('/Patient/1');
  assert.equal(response.status, 201);
  assert.equal(response.headers.get('etag'), 'W/"3"');
  assert.equal(response.headers.get('content-type'), 'application/fhir+json; charset=utf-8');
  assert.equal(response.headers.get('cache-control'), 'no-store');
  assert.equal(response.headers.get('x-content-type-options'), 'nosniff');
  assert.match(response.headers.get('content-security-policy') ?? '', /default-src 'none'/);
  assert.ok(response.headers.has('strict-transport-security'));
  assert.equal(response.headers.get('x-powered-by'), null);
  assert.deepEqual(await response.json(), { resourceType: 'Basic', a: [1, {}], b: 'ä' });
});

test('answer: HEAD has the headers of GET and no body', async (t) => {
  const edge = await startEdge(t, { handle: async () => capability });
  const get = await edge.call('/Patient/1');
  const head = await edge.call('/Patient/1', { method: 'HEAD' });
  assert.equal(head.headers.get('content-length'), get.headers.get('content-length'));
  assert.equal(head.headers.get('etag'), get.headers.get('etag'));
  assert.equal(await head.text(), '');
});

test('answer: 204 and 304 carry neither body nor type', async (t) => {
  for (const status of [204, 304]) {
    const edge = await startEdge(t, { handle: async () => ({ status, headers: {}, body: { kind: 'empty' } }) });
    const response = await edge.call('/Patient/1');
    assert.equal(response.status, status);
    assert.equal(response.headers.get('content-type'), null);
    assert.equal(response.headers.get('content-length'), null);
  }
});

test('answer: _pretty indents', async (t) => {
  const edge = await startEdge(t, { handle: async () => capability });
  const text = await (await edge.call('/Patient/1?_pretty=true')).text();
  assert.equal(text, JSON.stringify({ resourceType: 'Basic', a: [1, {}], b: 'ä' }, null, 2));
});

test('pretty: equals what JSON.stringify gives, whatever the value and its spacing', () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.constantFrom(0, 1, 3), (value, spacing) => {
      assert.equal(indentJson(JSON.stringify(value, null, spacing)), JSON.stringify(value, null, 2));
    }),
    { numRuns: 300 },
  );
  assert.equal(indentJson('{"a":1.50}'), '{\n  "a": 1.50\n}');
});

async function failing(
  t: Parameters<typeof startEdge>[0],
  error: unknown,
): Promise<{ edge: Edge; response: Response }> {
  const edge = await startEdge(t, {
    handle: async () => {
      throw error;
    },
  });
  return { edge, response: await edge.call('/Patient/1') };
}

test('error: a refusal keeps its status, code and headers', async (t) => {
  const { response } = await failing(t, unavailable(new Error('disk')));
  assert.equal(response.status, 503);
  assert.equal(response.headers.get('retry-after'), '5');
  assert.deepEqual(await issueCodes(response), ['transient']);
  const missing = await failing(t, notFound());
  assert.equal(missing.response.status, 404);
  assert.deepEqual(await issueCodes(missing.response), ['not-found']);
});

test('error: anything unexpected is a bare 500, and logged without its text', async (t) => {
  for (const error of [new Error('Canarysmith'), 'Canarysmith', undefined, new URIError('x')].slice(0, 3)) {
    const { edge, response } = await failing(t, error);
    assert.equal(response.status, 500);
    const text = await response.text();
    assert.doesNotMatch(text, /Canary|stack|Error/);
    assert.match(text, /"exception"/);
    assert.equal(edge.lines.filter((line) => line.level === 'error').length, 1);
  }
});

test('error: a record that does not open is 500 and an alert', async (t) => {
  const { edge, response } = await failing(t, new DamagedRecordError('box'));
  assert.equal(response.status, 500);
  assert.deepEqual(await issueCodes(response), ['exception']);
  assert.equal(edge.lines.find((line) => line.level === 'error')?.fields['alert'], true);
});

test('request id: a sane one is kept, another replaced', async (t) => {
  const edge = await startEdge(t);
  const idFor = async (given: string): Promise<string | null> =>
    (await edge.call('/Patient/1', { headers: { 'x-request-id': given } })).headers.get('x-request-id');
  assert.equal(await idFor('abc-1.2_3'), 'abc-1.2_3');
  assert.equal(edge.requests[0]?.origin.requestId, 'abc-1.2_3');
  assert.match((await idFor('a b"c')) ?? '', /^id-/);
  assert.match((await idFor('x'.repeat(65))) ?? '', /^id-/);
});

test('log: a line a request, with the template and never the path', async (t) => {
  const edge = await startEdge(t);
  await (await edge.call('/Patient/secret-id?name=Canary')).text();
  await edge.listener.stop();
  const line = edge.lines.find((logged) => logged.message === 'request');
  assert.equal(line?.fields['route'], 'GET /:type/:id');
  assert.equal(line?.fields['status'], 200);
  assert.doesNotMatch(JSON.stringify(edge.lines), /secret-id|Canary/);
});

test('open endpoints: metadata, discovery, health and the demo issuer need no token', async (t) => {
  const edge = await startEdge(t);
  for (const [path, member] of [
    ['/fhir/metadata', 'resourceType'],
    ['/fhir/.well-known/smart-configuration', 'capabilities'],
    ['/health/live', 'status'],
    ['/health/ready', 'status'],
    ['/demo/.well-known/openid-configuration', 'jwks_uri'],
    ['/demo/jwks', 'keys'],
  ]) {
    const response = await fetch(`${edge.origin}${path}`);
    assert.equal(response.status, 200, path);
    assert.ok(Object.hasOwn(JSON.parse(await response.text()), member ?? ''), path);
    assert.equal(path?.startsWith('/health'), response.headers.get('cache-control') === 'no-store');
  }
  const xml = await fetch(`${edge.base}/metadata`, { headers: { accept: 'application/fhir+xml' } });
  assert.equal(xml.status, 406);
  assert.equal((await fetch(`${edge.base}/metadata/x`)).status, 401);
});

test('health: not ready is 503, also when asking fails', async (t) => {
  for (const ready of [async () => false, async () => Promise.reject(new Error('x'))]) {
    const edge = await startEdge(t, { ready });
    assert.equal((await fetch(`${edge.origin}/health/ready`)).status, 503);
    assert.equal((await fetch(`${edge.origin}/health/live`)).status, 200);
  }
});

const preflight = (url: string, origin: string): Promise<Response> =>
  fetch(url, { method: 'OPTIONS', headers: { origin, 'access-control-request-method': 'PUT' } });

test('CORS: a listed origin may call, its preflight needs no token; another origin may not', async (t) => {
  const config = { mode: 'oidc', rateLimit: 0, trustProxy: undefined, logLevel: 'info' } as const;
  const edge = await startEdge(t, { config: { ...config, corsOrigins: ['https://app.example'] } });
  const allowed = await preflight(`${edge.base}/Patient/1`, 'https://app.example');
  assert.equal(allowed.status, 204);
  assert.equal(allowed.headers.get('access-control-allow-origin'), 'https://app.example');
  assert.match(allowed.headers.get('access-control-allow-headers') ?? '', /Authorization.*If-Match.*X-Request-Id/);
  assert.match(allowed.headers.get('access-control-allow-methods') ?? '', /PUT/);
  const foreign = await preflight(`${edge.base}/Patient/1`, 'https://evil.example');
  assert.equal(foreign.headers.get('access-control-allow-origin'), null);
  const call = await edge.call('/Patient/1', { headers: { origin: 'https://app.example' } });
  assert.equal(call.headers.get('access-control-allow-origin'), 'https://app.example');
  assert.match(call.headers.get('access-control-expose-headers') ?? '', /ETag.*Location.*Retry-After/);
  assert.match(call.headers.get('vary') ?? '', /Origin/);
  const refused = await fetch(`${edge.base}/Patient/1`, { headers: { origin: 'https://app.example' } });
  assert.equal(refused.status, 401);
  assert.equal(refused.headers.get('access-control-allow-origin'), 'https://app.example');
  const open = await fetch(`${edge.base}/metadata`, { headers: { origin: 'https://any.example' } });
  assert.equal(open.headers.get('access-control-allow-origin'), '*');
});
