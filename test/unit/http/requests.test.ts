/** What reaches the pipeline, and what is refused before it: routes, parameters, negotiation, bodies. */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import { isObject } from '../../../src/core/json.ts';
import { type Edge, issueCodes, startEdge } from '../../support/http-edge.ts';

type Body = NonNullable<RequestInit['body']>;

const JSON_BODY = { 'content-type': 'application/fhir+json' };
const PATIENT = '{"resourceType":"Patient"}';

const post = (edge: Edge, body: Body, headers: Record<string, string> = JSON_BODY): Promise<Response> =>
  edge.call('/Patient', { method: 'POST', body, headers });

async function expectRefusal(response: Response, status: number, code: string): Promise<void> {
  assert.equal(response.status, status);
  assert.deepEqual(await issueCodes(response), [code]);
  assert.match(response.headers.get('content-type') ?? '', /^application\/fhir\+json/);
}

test('routes: each endpoint becomes its interaction', async (t) => {
  const edge = await startEdge(t);
  const body = { body: PATIENT, headers: JSON_BODY };
  const form = { body: 'a=1', headers: { 'content-type': 'application/x-www-form-urlencoded' } };
  const cases: readonly [string, RequestInit, object][] = [
    ['/Patient/7', {}, { interaction: 'read', type: 'Patient', id: '7' }],
    ['/Patient?a=1', {}, { interaction: 'search-type', type: 'Patient', parametersInBody: false }],
    ['/Patient/', {}, { interaction: 'search-type', type: 'Patient' }],
    ['/Patient/_search', { method: 'POST', ...form }, { interaction: 'search-type', parametersInBody: true }],
    ['/Observation', { method: 'POST', ...body }, { interaction: 'create', type: 'Observation' }],
    ['/Patient/7', { method: 'PUT', ...body }, { interaction: 'update', id: '7' }],
    ['/Patient/7', { method: 'DELETE' }, { interaction: 'delete', id: '7' }],
    ['/Patient/7/_history/2', {}, { interaction: 'vread', id: '7', versionId: '2' }],
    ['/Patient/7', { method: 'HEAD' }, { interaction: 'read', id: '7' }],
  ];
  for (const [path, init, expected] of cases) {
    assert.equal((await edge.call(path, init)).status, 200, path);
    assert.partialDeepStrictEqual(edge.requests.at(-1), expected);
  }
});

test('routes: unknown types and paths are 404, other methods 405 with Allow', async (t) => {
  const edge = await startEdge(t);
  for (const path of ['/Nothing/1', '/patient/1', '/', '', '/Patient/1/2/3/4', '/Patient/$everything', '/Patient/_x']) {
    await expectRefusal(await edge.call(path), 404, 'not-found');
  }
  const patch = await edge.call('/Patient/7', { method: 'PATCH' });
  assert.equal(patch.headers.get('allow'), 'GET, HEAD, PUT, DELETE');
  await expectRefusal(patch, 405, 'not-supported');
  await expectRefusal(await edge.call('/Patient/_search'), 405, 'not-supported');
  await expectRefusal(await edge.call('/Patient/7/_history'), 404, 'not-found'); // Not in this registry.
  await expectRefusal(await fetch(`${edge.origin}/nowhere`), 404, 'not-found');
  await expectRefusal(await fetch(`${edge.origin}/FHIR/Patient`), 404, 'not-found');
  await expectRefusal(await fetch(`${edge.base}/metadata`, { method: 'POST' }), 405, 'not-supported');
  assert.equal(edge.requests.length, 0);
});

test('parameters: decoded in order, those of URL and form together, format aside', async (t) => {
  const edge = await startEdge(t);
  await edge.call('/Patient?name=M%C3%BCller+x&b=&c&_format=json&_pretty=true&a=1&a=2');
  assert.deepEqual(edge.requests[0]?.parameters, [
    ['name', 'Müller x'],
    ['b', ''],
    ['c', ''],
    ['a', '1'],
    ['a', '2'],
  ]);
  const form = { 'content-type': 'application/x-www-form-urlencoded; charset=UTF-8' };
  await edge.call('/Patient/_search?x=1', { method: 'POST', body: 'family=O%27Neill&_format=json', headers: form });
  assert.deepEqual(edge.requests[1]?.parameters, [
    ['x', '1'],
    ['family', "O'Neill"],
  ]);
  assert.equal((await edge.call('/Patient/_search', { method: 'POST' })).status, 200);
});

test('parameters: bad escapes, nameless ones, tokens and too many are 400', async (t) => {
  const edge = await startEdge(t);
  const many = Array.from({ length: 501 }, (_, i) => `a=${i}`).join('&');
  for (const path of [
    '/Patient?a=%zz',
    '/Patient?a=%ff',
    '/Patient?=1',
    '/Patient?access_token=x',
    `/Patient?${many}`,
  ]) {
    await expectRefusal(await edge.call(path), 400, 'invalid');
  }
  await expectRefusal(await edge.call('/Patient/%ff'), 400, 'invalid');
  assert.equal(edge.requests.length, 0);
  assert.equal(edge.refused.length, 6);
});

test('routing: a known caller asking for a path or method that there is not is on record', async (t) => {
  const edge = await startEdge(t);
  await expectRefusal(await edge.call('/Basic/1'), 404, 'not-found');
  await expectRefusal(await edge.call('/Patient/1', { method: 'POST' }), 405, 'not-supported');
  assert.deepEqual(
    edge.refused.map(({ interaction, type, status }) => [interaction, type, status]),
    [
      ['unrouted', undefined, 404],
      ['unrouted', undefined, 405],
    ],
  );
});

test('headers: conditions and preferences are passed on', async (t) => {
  const edge = await startEdge(t);
  const headers = { 'if-match': 'W/"2"', 'if-none-exist': 'identifier=x', prefer: 'return=minimal; handling=strict' };
  await post(edge, PATIENT, { ...JSON_BODY, ...headers });
  await edge.call('/Patient/1', {
    headers: { 'if-none-match': '*', 'if-modified-since': 'x', prefer: 'return=OperationOutcome' },
  });
  assert.partialDeepStrictEqual(edge.requests[0], {
    conditions: { ifMatch: 'W/"2"' },
    criteria: [['identifier', 'x']],
    preferReturn: 'minimal',
    strictHandling: true,
  });
  assert.partialDeepStrictEqual(edge.requests[1], {
    conditions: { ifNoneMatch: '*', ifModifiedSince: 'x' },
    preferReturn: 'OperationOutcome',
    strictHandling: false,
  });
});

test('negotiation: JSON in either type, _format before Accept, else 406 and nothing done', async (t) => {
  const edge = await startEdge(t);
  const typeOf = async (path: string, accept?: string): Promise<string> => {
    const response = await edge.call(path, accept === undefined ? {} : { headers: { accept } });
    return `${response.status} ${response.headers.get('content-type')?.split(';')[0]}`;
  };
  const FHIR = '200 application/fhir+json';
  const PLAIN = '200 application/json';
  for (const accept of [
    '*/*',
    'application/*',
    'application/fhir+json; fhirVersion=4.0',
    'text/html, */*;q=0.1',
    'json',
  ]) {
    assert.equal(await typeOf('/Patient', accept), FHIR, accept);
  }
  assert.equal(await typeOf('/Patient', 'application/json'), PLAIN);
  assert.equal(await typeOf('/Patient', 'application/fhir+json;q=0.1, application/json'), PLAIN);
  assert.equal(await typeOf('/Patient?_format=json', 'application/fhir+xml'), FHIR);
  assert.equal(await typeOf('/Patient?_format=application/fhir+json'), FHIR);
  assert.equal(await typeOf('/Patient?_format=application/json'), PLAIN);
  const done = edge.requests.length;
  for (const accept of [
    'application/fhir+xml',
    'text/html',
    'application/json;q=0',
    'application/fhir+json;fhirVersion=3.0',
  ]) {
    assert.equal(await typeOf('/Patient', accept), '406 application/fhir+json', accept);
  }
  assert.equal(await typeOf('/Patient?_format=xml', 'application/json'), '406 application/fhir+json');
  await expectRefusal(await post(edge, PATIENT, { ...JSON_BODY, accept: 'text/turtle' }), 406, 'not-supported');
  assert.equal(edge.requests.length, done);
});

test('body: JSON arrives with its decimals as they were sent', async (t) => {
  const edge = await startEdge(t);
  for (const type of [
    'application/fhir+json',
    'application/json; charset=UTF-8',
    'application/fhir+json;fhirVersion=4.0',
  ]) {
    assert.equal((await post(edge, '{"resourceType":"Patient","x":1.50}', { 'content-type': type })).status, 200);
    assert.equal(JSON.stringify(edge.requests.at(-1)?.body), '{"resourceType":"Patient","x":1.50}');
  }
});

test('body: gzip, deflate and br are unpacked, anything else is 415', async (t) => {
  const edge = await startEdge(t);
  const packed: readonly [string, Buffer<ArrayBuffer>][] = [
    ['gzip', Buffer.from(gzipSync(PATIENT))],
    ['deflate', Buffer.from(deflateSync(PATIENT))],
    ['br', Buffer.from(brotliCompressSync(PATIENT))],
  ];
  for (const [encoding, bytes] of packed) {
    assert.equal((await post(edge, bytes, { ...JSON_BODY, 'content-encoding': encoding })).status, 200, encoding);
    assert.ok(isObject(edge.requests.at(-1)?.body));
  }
  await expectRefusal(await post(edge, PATIENT, { ...JSON_BODY, 'content-encoding': 'lzma' }), 415, 'not-supported');
  await expectRefusal(await post(edge, PATIENT, { ...JSON_BODY, 'content-encoding': 'gzip' }), 400, 'structure');
});

test('body: a type, charset or release that is not served is 415', async (t) => {
  const edge = await startEdge(t);
  for (const type of [
    'text/plain',
    'application/fhir+xml',
    'application/json; charset=iso-8859-1',
    'application/fhir+json; fhirVersion=5.0',
    'application/x-www-form-urlencoded',
  ]) {
    await expectRefusal(await post(edge, PATIENT, { 'content-type': type }), 415, 'not-supported');
  }
  await expectRefusal(
    await edge.call('/Patient/_search', { method: 'POST', body: PATIENT, headers: JSON_BODY }),
    415,
    'not-supported',
  );
  assert.equal(edge.refused.length, 6);
});

async function refusals(t: TestContext, cases: readonly [Body, number, string][]): Promise<void> {
  const edge = await startEdge(t);
  for (const [body, status, code] of cases) await expectRefusal(await post(edge, body), status, code);
  assert.deepEqual(
    edge.refused.map((event) => event.status),
    cases.map(([, status]) => status),
  );
  assert.equal(edge.requests.length, 0);
}

test('body: what does not parse is 400, what parses and is no resource 422', (t) =>
  refusals(t, [
    ['', 400, 'structure'],
    ['  ', 400, 'structure'],
    ['{', 400, 'structure'],
    ["{'a':1}", 400, 'structure'],
    ['{"a":01}', 400, 'structure'],
    [new Uint8Array([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]), 400, 'structure'],
    [`${'{"a":'.repeat(65)}1${'}'.repeat(65)}`, 400, 'structure'],
    ['{"a":1,"a":2}', 422, 'structure'],
    ['[]', 422, 'structure'],
    ['"x"', 422, 'structure'],
    ['1.50', 422, 'structure'],
    ['null', 422, 'structure'],
  ]));

test('body: more than 1 MiB is 413, packed or not, with a length or without', async (t) => {
  const edge = await startEdge(t);
  const ofSize = (size: number): string => `{"a":"${'x'.repeat(size - 8)}"}`;
  assert.equal((await post(edge, ofSize(1024 * 1024))).status, 200);
  const large = ofSize(1024 * 1024 + 1);
  await expectRefusal(await post(edge, large), 413, 'too-long');
  const bomb = Buffer.from(gzipSync(ofSize(50 * 1024 * 1024)));
  await expectRefusal(await post(edge, bomb, { ...JSON_BODY, 'content-encoding': 'gzip' }), 413, 'too-long');
  const stream = new Blob([large]).stream();
  const chunked: RequestInit = { method: 'POST', body: stream, headers: JSON_BODY, duplex: 'half' };
  await expectRefusal(await edge.call('/Patient', chunked), 413, 'too-long');
  assert.equal((await post(edge, PATIENT)).status, 200);
});
