/** Around histories and reads: audit, HEAD, conditional reads, formats, what the CapabilityStatement says. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type Caller, type CallOptions, startVeil, type Veil } from '../support/veil.ts';

let veil: Veil;
const clock = { now: Date.UTC(2026, 0, 1) };
const SYSTEM: Caller = { roles: ['system'] };
const NURSE: Caller = { roles: ['nurse'] };
const COMPLIANCE: Caller = { roles: ['compliance'] };
const VITAL = { status: 'final', code: { text: 'weight' } };
const HIV = { security: [{ system: 'http://terminology.hl7.org/CodeSystem/v3-ActCode', code: 'HIV' }] };
before(async () => {
  veil = await startVeil({ clock: () => clock.now });
  for (const id of ['p1', 'p2']) await put({ resourceType: 'Patient', id, name: [{ family: `Family-${id}` }] });
  await put({ resourceType: 'Observation', id: 'o1', subject: { reference: 'Patient/p1' }, ...VITAL });
  await put({ resourceType: 'Observation', id: 'o2', subject: { reference: 'Patient/p2' }, ...VITAL });
  await put({ resourceType: 'Observation', id: 'secret', meta: HIV, ...VITAL });
  clock.now += 5000;
  await put({
    resourceType: 'Observation',
    id: 'o1',
    subject: { reference: 'Patient/p1' },
    ...VITAL,
    issued: '2026-01-01T00:00:00Z',
  });
  await veil.call(SYSTEM, 'DELETE', '/Observation/o2');
  clock.now += 5000;
});
after(() => veil.stop());

async function put(body: { resourceType: string; id: string; [name: string]: unknown }): Promise<void> {
  const reply = await veil.call(SYSTEM, 'PUT', `/${body.resourceType}/${body.id}`, { body });
  assert.ok(reply.status < 300, reply.text);
}
const get = (path: string, headers: CallOptions['headers'] = {}, caller = NURSE) =>
  veil.call(caller, 'GET', path, { headers });

// Each of these clients reads once, so that its events are its own.
async function eventsOf(sub: string) {
  const { json } = await veil.call(COMPLIANCE, 'GET', '/AuditEvent?action=R&_count=500');
  // biome-ignore lint/suspicious/noExplicitAny: events of any shape
  const events: any[] = json.entry.map((entry: any) => entry.resource);
  return events.filter((event) =>
    event.agent.some(({ who }: { who: fhir4.Reference }) => who.identifier?.value === sub),
  );
}

test('audit: a history names what was asked for and each patient concerned, those of deletions too', async () => {
  const caller = { ...NURSE, sub: 'reader-1' };
  assert.equal((await get('/Observation/_history?_count=50', {}, caller)).status, 200);
  const events = await eventsOf('reader-1');
  assert.deepEqual(events.map((event) => event.entity[0].what.reference).toSorted(), ['Patient/p1', 'Patient/p2']);
  for (const event of events) {
    assert.deepEqual([event.subtype[0].code, event.action, event.outcome], ['history-type', 'R', '0']);
  }
  const alone = { ...NURSE, sub: 'reader-2' };
  assert.equal((await get('/Observation/o2/_history?_count=1', {}, alone)).status, 200);
  const [event, ...more] = await eventsOf('reader-2');
  assert.equal(more.length, 0);
  assert.equal(event.subtype[0].code, 'history-instance');
  assert.deepEqual(
    event.entity.slice(0, 2).map(({ what }: { what: { reference: string } }) => what.reference),
    ['Patient/p2', 'Observation/o2'],
  );
  const asked = Buffer.from(event.entity[1].query, 'base64').toString();
  assert.equal(asked, 'Observation?_count=1');
});

test('audit: a refused history is a failure that names what was asked for and no patient', async () => {
  const caller = { ...NURSE, sub: 'reader-3' };
  assert.equal((await get('/Observation/secret/_history', {}, caller)).status, 404);
  const [event] = await eventsOf('reader-3');
  assert.equal(event.outcome, '4');
  assert.deepEqual(
    event.entity.flatMap(({ what }: { what?: { reference?: string } }) => what?.reference ?? []),
    ['Observation/secret'],
  );
});

test('read: If-None-Match and If-Modified-Since answer 304 without a body, on record as a read', async () => {
  const caller = { ...NURSE, sub: 'reader-4' };
  const whole = await get('/Observation/o1');
  const etag = whole.headers.get('etag') ?? '';
  const modified = whole.headers.get('last-modified') ?? '';
  const before = new Date(Date.parse(modified) - 1000).toUTCString();
  const cases: readonly (readonly [CallOptions['headers'], number])[] = [
    [{ 'If-None-Match': etag }, 304],
    [{ 'If-None-Match': `"9", ${etag.replace('W/', '')}` }, 304],
    [{ 'If-None-Match': '*' }, 304],
    [{ 'If-None-Match': 'W/"1"' }, 200],
    [{ 'If-Modified-Since': modified }, 304],
    [{ 'If-Modified-Since': before }, 200],
    [{ 'If-Modified-Since': 'soon' }, 200],
    [{ 'If-None-Match': 'W/"1"', 'If-Modified-Since': modified }, 200],
    [{ 'If-None-Match': etag, 'If-Modified-Since': before }, 304],
  ];
  for (const [headers = {}, status] of cases) {
    const reply = await get('/Observation/o1', headers, caller);
    assert.equal(reply.status, status, JSON.stringify(headers));
    assert.equal(reply.text === '', status === 304);
    assert.deepEqual([reply.headers.get('etag'), reply.headers.get('last-modified')], [etag, modified]);
  }
  const events = await eventsOf('reader-4');
  assert.equal(events.length, cases.length);
  assert.ok(events.every((event) => event.outcome === '0' && event.entity[0].what.reference === 'Patient/p1'));
  assert.equal((await get('/Observation/o1/_history/1', { 'If-None-Match': 'W/"1"' })).status, 304);
  assert.equal((await get('/Observation/o1/_history/1', { 'If-None-Match': 'W/"2"' })).status, 200);
});

test('read: a condition is nothing to what is out of sight, unknown or deleted', async () => {
  for (const headers of [
    { 'If-None-Match': '*' },
    { 'If-None-Match': 'W/"1"' },
    { 'If-Modified-Since': 'Fri, 01 Jan 2100 00:00:00 GMT' },
  ]) {
    const [hidden, unknown] = [await get('/Observation/secret', headers), await get('/Observation/nobody', headers)];
    assert.deepEqual([hidden.status, hidden.text], [404, unknown.text]);
    assert.equal((await get('/Observation/o2', headers)).status, 410);
    assert.equal((await get('/Observation/secret/_history/1', headers)).status, 404);
    assert.equal((await get('/Observation/secret', headers, SYSTEM)).status, 304);
  }
});

// Of one connection, and of one answer.
const OWN = new Set(['x-request-id', 'date', 'connection', 'keep-alive']);

test('HEAD: the status and headers of GET, its Content-Length too, and no body', async () => {
  for (const path of [
    ...['/Observation/o1', '/Observation/o1/_history/1', '/Observation/o1/_history', '/Observation/_history?_count=1'],
    ...[
      '/Observation/secret',
      '/Observation/o2',
      '/Observation/o1?_pretty=true',
      '/Observation?_count=1',
      '/Patient?x:y=1',
    ],
  ]) {
    const [whole, head] = [await get(path), await veil.call(NURSE, 'HEAD', path)];
    const headersOf = ({ headers }: { headers: Headers }) => [...headers].filter(([name]) => !OWN.has(name));
    assert.equal(head.status, whole.status, path);
    assert.equal(head.text, '');
    assert.deepEqual(headersOf(head), headersOf(whole), path);
    assert.equal(head.headers.get('content-length'), String(Buffer.byteLength(whole.text)), path);
  }
});

test('_format and _pretty win over Accept, everywhere; what is no JSON is 406', async () => {
  const xml = { Accept: 'application/fhir+xml' };
  for (const path of [
    '/Observation/o1',
    '/Observation/o1/_history',
    '/Observation/o1/_history/1',
    '/Observation/_history',
    '/Observation',
  ]) {
    for (const format of [
      'json',
      'application/fhir%2Bjson',
      'application/fhir+json',
      'application/json',
      'text/json',
    ]) {
      const reply = await get(`${path}?_format=${format}`, xml);
      assert.equal(reply.status, 200, `${path} ${format}`);
    }
    assert.match(
      (await get(`${path}?_format=application/json`)).headers.get('content-type') ?? '',
      /^application\/json/,
    );
    assert.match(
      (await get(`${path}?_format=json`, { Accept: 'application/json' })).headers.get('content-type') ?? '',
      /^application\/fhir\+json/,
    );
    for (const format of ['xml', 'application/fhir%2Bxml', 'ttl', '', 'nonsense']) {
      const reply = await get(`${path}?_format=${format}`);
      assert.deepEqual([reply.status, reply.json.resourceType], [406, 'OperationOutcome'], `${path} ${format}`);
    }
    assert.equal((await get(path, xml)).status, 406);
    const [plain, pretty] = [await get(path), await get(`${path}?_pretty=true`)];
    assert.ok(pretty.text.startsWith('{\n  "'));
    assert.deepEqual(pretty.json, plain.json);
  }
});

test('metadata: histories and versions are said where they are offered', async () => {
  const { json } = await veil.call(SYSTEM, 'GET', '/metadata');
  // biome-ignore lint/suspicious/noExplicitAny: a statement of any shape
  const of = (type: string): any => json.rest[0].resource.find((one: any) => one.type === type);
  const codes = of('Patient').interaction.map(({ code }: { code: string }) => code);
  for (const code of ['read', 'vread', 'history-instance', 'history-type']) assert.ok(codes.includes(code), code);
  assert.deepEqual([of('Patient').versioning, of('Patient').readHistory], ['versioned', true]);
  assert.deepEqual([of('AuditEvent').versioning, of('AuditEvent').readHistory], ['no-version', false]);
  assert.deepEqual(of('AuditEvent').interaction, [{ code: 'read' }, { code: 'search-type' }]);
});
