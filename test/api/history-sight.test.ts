/** What of a history a caller sees: row filters of the version and of the current one, views of today, scopes. */
import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { type Caller, type Reply, startVeil, type Veil } from '../support/veil.ts';

let veil: Veil;
const SYSTEM: Caller = { roles: ['system'] };
const NURSE: Caller = { roles: ['nurse'] };
const ACT_CODE = 'http://terminology.hl7.org/CodeSystem/v3-ActCode';
before(async () => {
  veil = await startVeil();
});
after(() => veil.stop());

interface Version {
  readonly value: number;
  readonly subject?: string;
  readonly labels?: readonly string[];
}
const observation = (id: string, { value, subject, labels = [] }: Version) => ({
  resourceType: 'Observation',
  id,
  // An update that leaves labels out keeps them; one of the writer's own replaces them.
  meta: { security: [...labels, 'NOPAT'].map((code) => ({ system: ACT_CODE, code })) },
  status: 'final',
  code: { text: 'weight' },
  ...(subject === undefined ? {} : { subject: { reference: `Patient/${subject}` } }),
  valueQuantity: { value },
});

async function put(id: string, ...versions: readonly Version[]): Promise<void> {
  for (const version of versions) {
    const reply = await veil.call(SYSTEM, 'PUT', `/Observation/${id}`, { body: observation(id, version) });
    assert.ok(reply.status < 300, reply.text);
  }
}
const remove = (id: string) => veil.call(SYSTEM, 'DELETE', `/Observation/${id}`);
const history = (caller: Caller, id: string, query = '') =>
  veil.call(caller, 'GET', `/Observation/${id}/_history${query}`);
const typeHistory = (caller: Caller, query = '?_count=500') =>
  veil.call(caller, 'GET', `/Observation/_history${query}`);
// biome-ignore lint/suspicious/noExplicitAny: entries of any shape
type Any = any;
const versionsIn = (reply: Reply, id?: string): readonly string[] =>
  (reply.json.entry ?? [])
    .filter((entry: Any) => id === undefined || entry.fullUrl.endsWith(`/${id}`))
    .map(({ response }: Any) => response.etag.replace(/\D/g, ''));

test('history: a version that its own labels hide is neither listed nor counted', async () => {
  await put('a', { value: 1 }, { value: 2, labels: ['HIV'] }, { value: 3 });
  const seen = await history(NURSE, 'a');
  assert.equal(seen.status, 200);
  assert.deepEqual(versionsIn(seen), ['3', '1']);
  assert.equal(seen.json.total, 2);
  assert.equal((await history(NURSE, 'a', '?_count=0')).json.total, 2);
  assert.deepEqual(versionsIn(await history(SYSTEM, 'a')), ['3', '2', '1']);
  assert.deepEqual(versionsIn(await typeHistory(NURSE), 'a'), ['3', '1']);
  const first = await history(NURSE, 'a', '?_count=1');
  const next = first.json.link.find((link: { relation: string }) => link.relation === 'next').url;
  const second = await veil.call(NURSE, 'GET', next.slice(veil.baseUrl.length));
  assert.deepEqual(versionsIn(second), ['1']);
  assert.equal(second.json.link.length, 1);
});

test('history: what the current version hides is hidden whole, as an unknown id', async () => {
  await put('b', { value: 1 }, { value: 2, labels: ['HIV'] });
  const unknown = await history(NURSE, 'nobody');
  const hidden = await history(NURSE, 'b');
  assert.deepEqual([hidden.status, hidden.text], [404, unknown.text]);
  assert.deepEqual(versionsIn(await typeHistory(NURSE), 'b'), []);
  assert.deepEqual(versionsIn(await typeHistory(SYSTEM), 'b'), ['2', '1']);
});

test('history: a deletion is judged by the last version before it', async () => {
  await put('c', { value: 1 });
  await remove('c');
  await put('d', { value: 1 }, { value: 2, labels: ['HIV'] });
  await remove('d');
  assert.deepEqual(versionsIn(await history(NURSE, 'c')), ['2', '1']);
  assert.equal((await history(NURSE, 'd')).status, 404);
  const type = await typeHistory(NURSE);
  assert.deepEqual([versionsIn(type, 'c'), versionsIn(type, 'd')], [['2', '1'], []]);
  for (const [path, ofC, ofD] of [
    ['', 410, 404],
    ['/_history/1', 200, 404],
    ['/_history/2', 410, 404],
    ['/_history/3', 404, 404],
  ] as const) {
    assert.equal((await veil.call(NURSE, 'GET', `/Observation/c${path}`)).status, ofC, path);
    assert.equal((await veil.call(NURSE, 'GET', `/Observation/d${path}`)).status, ofD, path);
  }
  const ofSystem = await veil.call(SYSTEM, 'GET', '/Observation/d/_history/3');
  assert.equal(ofSystem.status, 410);
});

test('history: a patient sees the versions of its own record, while it is its own', async () => {
  const patient = (id: string): Caller => ({ roles: ['patient'], patient: id });
  await put('e', { value: 1, subject: 'p1' }, { value: 2, subject: 'p2' });
  await put('f', { value: 1, subject: 'p1' }, { value: 2, subject: 'p1' });
  assert.equal((await history(patient('p1'), 'e')).status, 404);
  assert.deepEqual(versionsIn(await history(patient('p2'), 'e')), ['2']);
  const own = await typeHistory(patient('p1'));
  assert.deepEqual([own.json.total, versionsIn(own)], [2, ['2', '1']]);
  const nobody = await typeHistory({ roles: ['patient'] });
  assert.deepEqual([nobody.status, nobody.json.total, nobody.json.entry], [200, 0, undefined]);
  assert.equal((await history({ roles: ['patient'] }, 'f')).status, 404);
});

test('history: versions go through the view of today; those that look alike stay', async () => {
  const ssn = (value: string) => [{ system: 'http://hl7.org/fhir/sid/us-ssn', value }];
  for (const value of ['111-11-1111', '222-22-2222']) {
    const body = { resourceType: 'Patient', id: 'ssn', gender: 'female', identifier: ssn(value) };
    await veil.call(SYSTEM, 'PUT', '/Patient/ssn', { body });
  }
  const seen = await veil.call(NURSE, 'GET', '/Patient/ssn/_history');
  assert.deepEqual(versionsIn(seen), ['2', '1']);
  assert.doesNotMatch(seen.text, /111-11|222-22|us-ssn/);
  assert.ok(seen.json.entry.every((entry: { resource: { gender: string } }) => entry.resource.gender === 'female'));
  const whole = await veil.call(SYSTEM, 'GET', '/Patient/ssn/_history');
  assert.match(whole.text, /111-11-1111/);
});

test('history: SMART r opens that of a resource, s that of a type', async () => {
  await put('g', { value: 1 });
  const scoped = (scope: string): Caller => ({ roles: ['nurse'], scope });
  const statuses = async (scope: string) => [
    (await veil.call(scoped(scope), 'GET', '/Observation/g/_history/1')).status,
    (await history(scoped(scope), 'g')).status,
    (await typeHistory(scoped(scope))).status,
  ];
  assert.deepEqual(await statuses('user/Observation.r'), [200, 200, 403]);
  assert.deepEqual(await statuses('user/Observation.s'), [403, 403, 200]);
  assert.deepEqual(await statuses('user/Observation.read'), [200, 200, 200]);
  assert.deepEqual(await statuses('user/Patient.rs'), [403, 403, 403]);
  const type = await typeHistory(scoped('user/Observation.s'));
  assert.equal(type.json.entry.find((entry: Any) => entry.fullUrl.endsWith('/g')).resource.valueQuantity.value, 1);
});

test('history: a type that a role never sees, and AuditEvents, are 403 whatever the id', async () => {
  for (const [role, path] of [
    ['billing', '/Observation/_history'],
    ['billing', '/Observation/nobody/_history'],
    ['admin', '/Patient/_history'],
    ['compliance', '/AuditEvent/_history'],
    ['compliance', '/AuditEvent/x/_history'],
    ['system', '/AuditEvent/_history'],
  ] as const) {
    assert.equal((await veil.call({ roles: [role] }, 'GET', path)).status, 403, `${role} ${path}`);
  }
});

test('history: a view that hides meta may not open versions, and the start says so', async () => {
  const profiles = mkdtempSync(join(tmpdir(), 'veil-profiles-'));
  try {
    cpSync('profiles', profiles, { recursive: true });
    const file = join(profiles, 'roles', 'nurse.json');
    const nurse = JSON.parse(readFileSync(file, 'utf8'));
    nurse.resources.Patient.meta = 'hide';
    writeFileSync(file, JSON.stringify(nurse));
    await assert.rejects(
      startVeil({ env: { PROFILES_DIR: profiles } }),
      /history-type tells what "meta": "hide" hides/,
    );
    nurse.resources.Patient.interactions = ['read', 'search-type'];
    writeFileSync(file, JSON.stringify(nurse));
    const other = await startVeil({ env: { PROFILES_DIR: profiles } });
    assert.equal((await other.call(NURSE, 'GET', '/Patient/_history')).status, 403);
    assert.equal((await other.call(NURSE, 'GET', '/Patient/x/_history/1')).status, 403);
    await other.stop();
  } finally {
    rmSync(profiles, { recursive: true });
  }
});
