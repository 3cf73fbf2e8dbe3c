/** Statuses of searches, and a salad of requests that must never meet a 500. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import fc from 'fast-check';
import { loadFiles } from '../../src/cli/load-resources.ts';
import { type Caller, type Reply, startVeil, type Veil } from '../support/veil.ts';

let veil: Veil;
let now = Date.now();
before(async () => {
  veil = await startVeil({ clock: () => now });
  assert.equal((await loadFiles(veil.app, ['seed'], { say: () => undefined })).failed, 0);
});
after(() => veil.stop());

const physician: Caller = { roles: ['physician'] };
const system: Caller = { roles: ['system'] };
const STRICT = { headers: { Prefer: 'handling=strict' } };
const ask = (path: string, options = {}, as: Caller = physician): Promise<Reply> => veil.call(as, 'GET', path, options);
const codes = ({ json }: Reply): readonly string[] => (json?.issue ?? []).map((issue: { code: string }) => issue.code);
const linkOf = ({ json }: Reply, relation: string): string | undefined =>
  json.link.find((link: { relation: string }) => link.relation === relation)?.url;

for (const [name, path, status] of [
  ['an empty value', '/Patient?family=', 400],
  ['an empty value among others', '/Patient?gender=female&family=', 400],
  ['_count that is no number', '/Patient?_count=x', 400],
  ['a negative _count', '/Patient?_count=-1', 400],
  ['_count with a fraction', '/Patient?_count=1.5', 400],
  ['_count of zero', '/Patient?_count=0', 200],
  ['a large _count', '/Patient?_count=99999', 200],
  ['a bad _total', '/Patient?_total=x', 400],
  ['a bad _summary', '/Patient?_summary=x', 400],
  ['a bad date', '/Patient?birthdate=1970-13', 400],
  ['a bad prefix', '/Patient?birthdate=xx1970', 400],
  ['a bad _lastUpdated', '/Patient?_lastUpdated=yesterday', 400],
  ['an unknown modifier', '/Patient?family:nonsense=x', 400],
  ['an empty modifier', '/Patient?family:=x', 400],
  ['one letter in a small store', '/Patient?family=l', 200],
  ['a bad escape', '/Patient?family=%e4', 400],
  ['_filter', '/Patient?_filter=x', 400],
  ['_list', '/Patient?_list=x', 400],
  ['a token in the URL', '/Patient?access_token=x', 400],
  ['a chain', '/Observation?subject.name=xy', 200],
  ['_has', '/Patient?_has:Observation:subject:code=x', 200],
  ['an unknown sort key', '/Patient?_sort=nonsense', 400],
  ['an unknown include', '/Patient?_include=Patient:nonsense', 400],
  ['an unknown reverse include', '/Patient?_revinclude=Nonsense:x', 400],
  ['a quantity that is no number', '/Observation?value-quantity=high', 400],
  ['a quantity with half a unit', '/Observation?value-quantity=5|mg', 400],
  ['a quantity with a bad prefix', '/Observation?value-quantity=xx5', 400],
  ['a quantity beyond all measure', '/Observation?value-quantity=1e9999', 400],
  ['a quantity in a unit of a prototype', '/Observation?value-quantity=5|http://unitsofmeasure.org|constructor', 200],
  ['a composite with one part', '/Observation?code-value-quantity=8480-6', 400],
  ['a composite with three parts', '/Observation?code-value-quantity=a$5$5', 400],
  ['a composite with an empty part', '/Observation?code-value-quantity=$5', 400],
  ['a composite with a modifier', '/Observation?code-value-quantity:missing=true', 400],
  ['a composite of every kind', '/Observation?combo-code-value-quantity=8480-6$gt100,8462-4$lt5', 200],
  ['a prefix on a string', '/Patient?family=gtb', 200],
  [':text on a token', '/Observation?code:text=blood', 200],
  [':text on a plain code', '/Observation?status:text=final', 400],
  [':text on a string', '/Patient?family:text=blood', 400],
  [':above on a token', '/Observation?code:above=x', 400],
  [':below on a token', '/Observation?code:below=x', 400],
  [':in on a token', '/Observation?code:in=http://x', 400],
  [':below on a reference', '/Observation?subject:below=Patient/1', 400],
  ['near', '/Location?near=1|2|3|km', 400],
  ['_containedType', '/Patient?_containedType=container', 400],
  ['ten thousand values', `/Patient?gender=${'x,'.repeat(4000)}x`, 400],
  ['two hundred and one values', `/Observation?code=${'x,'.repeat(200)}x`, 400],
  ['names of a prototype', '/Patient?constructor=x&__proto__=y&toString=z', 200],
  ['a salad', '/Observation?code=%5C%7C%24%2C%5C&code-value-quantity=%5C%24%7C%24%5C%5C%24', 400],
  ['two hundred parameters', `/Patient?${'gender=female&'.repeat(200)}`, 400],
] as const) {
  test(`search: ${name} is ${status}`, async () => {
    const reply = await ask(path);
    assert.equal(reply.status, status, reply.text);
    assert.equal(reply.json.resourceType, status === 200 ? 'Bundle' : 'OperationOutcome');
    assert.equal(reply.headers.get('cache-control'), 'no-store');
  });
}

test('search: an unknown parameter is ignored and told, left out of self; 400 under handling=strict', async () => {
  const lenient = await ask('/Patient?nonsense=x&gender=female');
  assert.equal(lenient.status, 200);
  assert.doesNotMatch(linkOf(lenient, 'self') ?? '', /nonsense/);
  assert.match(linkOf(lenient, 'self') ?? '', /gender=female/);
  const told = lenient.json.entry.filter((entry: { search?: { mode: string } }) => entry.search?.mode === 'outcome');
  assert.equal(told.length, 1);
  assert.equal(told[0].resource.resourceType, 'OperationOutcome');
  const strict = await ask('/Patient?nonsense=x&gender=female', STRICT);
  assert.equal(strict.status, 400);
  assert.deepEqual(codes(strict), ['not-supported']);
  assert.equal((await ask('/Patient?gender=female', STRICT)).status, 200);
});

test('search: by an element that is hidden for the role is 403 and names the parameter', async () => {
  const refused = await ask('/Patient?general-practitioner=Practitioner/dr-nadia-petrov', {}, { roles: ['billing'] });
  assert.equal(refused.status, 403);
  assert.deepEqual(codes(refused), ['forbidden']);
  assert.match(refused.text, /general-practitioner/);
  assert.equal((await ask('/Patient?general-practitioner=Practitioner/dr-nadia-petrov')).status, 200);
});

test('search: _count=0 equals _summary=count', async () => {
  const [zero, count] = [await ask('/Patient?_count=0'), await ask('/Patient?_summary=count')];
  assert.equal(zero.json.entry, undefined);
  assert.equal(zero.json.total, count.json.total);
  assert.ok(zero.json.total >= 6);
});

test('cursor: pages hold all; foreign, forged and stale ones are 400, equal requests get equal links', async () => {
  const first = await ask('/Patient?_count=2');
  const next = linkOf(first, 'next');
  assert.ok(next);
  assert.equal(next, linkOf(await ask('/Patient?_count=2'), 'next'));
  const path = next.slice(veil.baseUrl.length);
  assert.equal((await ask(path)).status, 200);
  const cursor = new URL(next).searchParams.get('_cursor') ?? '';
  for (const [name, foreign, as] of [
    ['another subject', path, { ...physician, sub: 'somebody-else' }],
    ['another role', path, system],
    ['another scope', path, { ...physician, scope: 'user/*.rs' }],
    ['another type', `/Observation?_cursor=${cursor}`, physician],
    ['a changed one', `/Patient?_cursor=${cursor.slice(0, -2)}AA`, physician],
    ['a made-up one', '/Patient?_cursor=abc', physician],
    ['an empty one', '/Patient?_cursor=', physician],
  ] as const) {
    assert.equal((await ask(foreign, {}, as)).status, 400, name);
  }
  now += 2 * 3600 * 1000 + 1000;
  assert.equal((await ask(path)).status, 400, 'stale');
});

test('_pretty indents, _search by POST keeps values out of its self link', async () => {
  assert.match((await ask('/Patient/ann-lee?_pretty=true')).text, /\n {2}"/);
  assert.doesNotMatch((await ask('/Patient/ann-lee')).text, /\n/);
  const posted = await veil.call(physician, 'POST', '/Patient/_search', {
    body: 'family=lee',
    headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
  });
  assert.equal(posted.status, 200);
  assert.ok(posted.json.entry.length > 0);
  assert.doesNotMatch(linkOf(posted, 'self') ?? '', /lee/);
});

const ROLES = ['patient', 'physician', 'nurse', 'pharmacist', 'scheduler', 'billing', 'compliance', 'admin', 'system'];
const TYPES = ['Patient', 'Observation', 'MedicationRequest', 'Appointment', 'AuditEvent', 'Organization', 'Coverage'];
const NAMES =
  'family,name,_id,identifier,birthdate,date,code,subject,patient,status,_lastUpdated,_count,_summary,_total,_cursor,_sort,' +
  '_include,_tag,_security,_profile,_text,_elements,value-quantity,address,telecom,email,actor,_format,_pretty,gender:not,' +
  'family:exact,name:contains,identifier:of-type,code:in,subject:Patient,subject:identifier,_has:Observation:subject:code';
const value = fc.oneof(
  fc.constantFrom(
    'ann-lee',
    'Patient/ann-lee',
    'le',
    'gt2020',
    '2020-01-01T00:00:00Z',
    'http://loinc.org|',
    '|',
    '||',
    '5',
    '-1',
  ),
  fc.constantFrom(
    'json',
    'true',
    '\\',
    '\\,',
    ',',
    '$',
    'a,b',
    '%',
    '9'.repeat(400),
    'x'.repeat(3000),
    '\u0000',
    '\u{1f600}',
  ),
  fc.string({ maxLength: 12, unit: 'binary' }),
);
const query = fc
  .array(fc.tuple(fc.oneof(fc.constantFrom(...NAMES.split(',')), fc.string({ maxLength: 8 })), value), { maxLength: 4 })
  .map((pairs) => pairs.map(([name, text]) => `${encodeURIComponent(name)}=${encodeURIComponent(text)}`).join('&'));
const element = fc.constantFrom(
  'resourceType',
  'id',
  'meta',
  'text',
  'name',
  'status',
  'code',
  'subject',
  'identifier',
  'contained',
);
const salad = fc.letrec((tie) => ({
  json: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    fc.constantFrom<unknown>(
      null,
      true,
      0,
      -1.5,
      1e300,
      '',
      'final',
      'Patient',
      'Patient/ann-lee',
      '#x',
      '1970-01-01',
      [],
    ),
    fc.dictionary(
      fc.oneof(element, fc.constantFrom('__proto__', 'constructor', '_id', 'extension', 'url')),
      tie('json'),
    ),
    fc.array(tie('json'), { maxLength: 3 }),
  ),
})).json;
const request = fc.record({
  role: fc.constantFrom(...ROLES),
  method: fc.constantFrom('GET', 'GET', 'GET', 'HEAD', 'POST', 'PUT', 'PUT', 'DELETE', 'PATCH'),
  type: fc.constantFrom(...TYPES),
  id: fc.constantFrom(
    '',
    '',
    '/ann-lee',
    '/nobody',
    '/fuzzed',
    '/a_b',
    '/_search',
    '/_history',
    '/%00',
    '/ann-lee/_history/1',
  ),
  query,
  body: fc.dictionary(element, salad),
  ifMatch: fc.constantFrom(undefined, undefined, '*', 'W/"1"', '"', 'W/', '1', ',', 'W/"99999999999999999999"'),
});

test('salad: 300 random requests get a status of the contract, never 500, and each refusal is an OperationOutcome', async () => {
  const allowed = new Set([200, 201, 204, 304, 400, 403, 404, 405, 406, 409, 410, 412, 413, 415, 422]);
  const seen = new Set<number>();
  await fc.assert(
    fc.asyncProperty(request, async ({ role, method, type, id, query: text, body, ifMatch }) => {
      const withBody = method === 'POST' || method === 'PUT' || method === 'PATCH';
      const sent = { resourceType: type, id: id.slice(1), ...body };
      const reply = await veil.call(
        { roles: [role], ...(role === 'patient' ? { patient: 'ann-lee' } : {}) },
        method,
        `/${type}${id}${text === '' ? '' : `?${text}`}`,
        { ...(withBody ? { body: sent } : {}), headers: ifMatch === undefined ? {} : { 'If-Match': ifMatch } },
      );
      seen.add(reply.status);
      assert.ok(allowed.has(reply.status), `${reply.status} ${reply.text}`);
      if (reply.status >= 400 && method !== 'HEAD') assert.equal(reply.json?.resourceType, 'OperationOutcome');
    }),
    { numRuns: 300 },
  );
  for (const status of [200, 400, 403, 404, 422]) assert.ok(seen.has(status), `the salad never reached ${status}`);
  assert.deepEqual(
    veil.log.filter((line) => JSON.parse(line).level === 'error'),
    [],
  );
});

test('search: a query that asks for too much is refused before its work is done', async () => {
  const dates = Array.from({ length: 14 }, (_, i) => `ap19${10 + i}-05-05`).join(',');
  const wide = `/Observation?${Array.from({ length: 40 }, () => `date=${dates}`).join('&')}`;
  const started = performance.now();
  const reply = await ask(wide);
  assert.equal(reply.status, 403, reply.text);
  assert.deepEqual(codes(reply), ['too-costly']);
  assert.ok(performance.now() - started < 1000, `${performance.now() - started} ms`);
  assert.equal((await ask(`/Observation?date=${dates}`)).status, 200);
});

test('search: the statement names every parameter with its type and what it is for', async () => {
  const { json } = await ask('/metadata');
  const of = (type: string) => json.rest[0].resource.find((one: { type: string }) => one.type === type).searchParam;
  const weight = of('Observation').find((one: { name: string }) => one.name === 'code-value-quantity');
  assert.equal(weight.type, 'composite');
  for (const type of ['Patient', 'Observation', 'Location', 'Provenance']) {
    for (const one of of(type)) assert.ok(one.documentation && one.type && one.definition, `${type}.${one.name}`);
  }
});
