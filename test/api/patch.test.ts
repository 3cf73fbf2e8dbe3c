/** PATCH over HTTP: both languages on the caller's view, versions, conditions, content types (CONTRACT.md). */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type Caller, type Reply, startVeil, type Veil } from '../support/veil.ts';

let veil: Veil;
before(async () => {
  veil = await startVeil();
});
after(() => veil.stop());

const SYSTEM: Caller = { roles: ['system'] };
const PHYSICIAN: Caller = { roles: ['physician'] };
const SCHEDULER: Caller = { roles: ['scheduler'] };
const JSON_PATCH = { 'Content-Type': 'application/json-patch+json' };

// biome-ignore lint/suspicious/noExplicitAny: a resource of any shape
type Any = any;
let made = 0;
async function make(resource: Any): Promise<string> {
  const id = `patched-${++made}`;
  const reply = await veil.call(SYSTEM, 'PUT', `/${resource.resourceType}/${id}`, { body: { ...resource, id } });
  assert.equal(reply.status, 201, reply.text);
  return `/${resource.resourceType}/${id}`;
}
const patch = (as: Caller, path: string, operations: unknown, headers: Record<string, string> = {}): Promise<Reply> =>
  veil.call(as, 'PATCH', path, { body: operations, headers: { ...JSON_PATCH, ...headers } });
const stored = async (path: string): Promise<Any> => (await veil.call(SYSTEM, 'GET', path)).json;
const fhirPath = (...operations: readonly (readonly Any[])[]) => ({
  resourceType: 'Parameters',
  parameter: operations.map((part) => ({ name: 'operation', part })),
});
const part = (name: string, members: Any) => ({ name, ...members });

const SSN = { system: 'http://hl7.org/fhir/sid/us-ssn', value: '123-45-6789' };
const MRN = { type: { coding: [{ code: 'MR' }] }, system: 'urn:mrn', value: 'm-1' };
const person = { resourceType: 'Patient', name: [{ family: 'Patch' }], gender: 'female' };
const weight = {
  resourceType: 'Observation',
  status: 'final',
  code: { text: 'weight' },
  subject: { reference: 'Patient/patched-1' },
};

test('patch: a JSON Patch makes a version, and says so as an update does', async () => {
  const path = await make(person);
  const reply = await patch(PHYSICIAN, path, [{ op: 'replace', path: '/gender', value: 'other' }]);
  assert.equal(reply.status, 200, reply.text);
  assert.equal(reply.headers.get('etag'), 'W/"2"');
  assert.match(reply.headers.get('location') ?? '', /\/Patient\/patched-\d+\/_history\/2$/);
  assert.equal(reply.json.gender, 'other');
  assert.equal((await stored(path)).gender, 'other');
});

test('patch: a FHIRPath Patch does the same', async () => {
  const path = await make(person);
  const body = fhirPath([
    part('type', { valueCode: 'replace' }),
    part('path', { valueString: 'Patient.name[0].family' }),
    part('value', { valueString: 'Changed' }),
  ]);
  const reply = await veil.call(PHYSICIAN, 'PATCH', path, { body });
  assert.equal(reply.status, 200, reply.text);
  assert.equal((await stored(path)).name[0].family, 'Changed');
});

test('patch: what changes nothing makes no version, whatever its order of members', async () => {
  const path = await make({ ...person, telecom: [{ system: 'phone', value: '1' }] });
  for (const operations of [
    [],
    [{ op: 'test', path: '/gender', value: 'female' }],
    [
      { op: 'add', path: '/telecom/0', value: { value: '9' } },
      { op: 'remove', path: '/telecom/0' },
    ],
    [{ op: 'replace', path: '/telecom/0', value: { value: '1', system: 'phone' } }],
  ]) {
    const reply = await patch(PHYSICIAN, path, operations);
    assert.equal(reply.status, 200, reply.text);
    assert.equal(reply.headers.get('etag'), 'W/"1"');
  }
});

test('patch: decimals keep their text, those that it does not name too', async () => {
  const value = `"valueQuantity":{"value":70.50,"unit":"kg"}`;
  const id = `patched-${++made}`;
  const body = `${JSON.stringify({ ...weight, id }).slice(0, -1)},${value}}`;
  assert.equal((await veil.call(SYSTEM, 'PUT', `/Observation/${id}`, { body })).status, 201);
  const path = `/Observation/${id}`;
  const other = await patch(PHYSICIAN, path, '[{"op":"replace","path":"/status","value":"amended"}]');
  assert.match(other.text, /"value":70\.50,/);
  const own = await patch(
    PHYSICIAN,
    path,
    '[{"op":"test","path":"/valueQuantity/value","value":70.5},{"op":"replace","path":"/valueQuantity/value","value":71.00}]',
  );
  assert.match(own.text, /"value":71\.00,/);
  assert.match((await veil.call(SYSTEM, 'GET', path)).text, /"value":71\.00,/);
});

test('patch: If-Match is honoured, and out of date is 412', async () => {
  const path = await make(person);
  const operations = [{ op: 'replace', path: '/gender', value: 'male' }];
  assert.equal((await patch(PHYSICIAN, path, operations, { 'If-Match': 'W/"7"' })).status, 412);
  assert.equal((await patch(PHYSICIAN, path, operations, { 'If-Match': 'W/"1"' })).status, 200);
});

test('patch: an unknown id and one out of sight are the same 404, with If-Match too; a deleted one is 410', async () => {
  const other = await make(person);
  const own: Caller = { roles: ['patient'], patient: 'nobody-else' };
  for (const headers of [{}, { 'If-Match': '*' }] as Record<string, string>[]) {
    const unseen = await patch(own, other, [], headers);
    const unknown = await patch(own, '/Patient/unknown', [], headers);
    assert.equal(unseen.status, 404);
    assert.equal(unseen.text, unknown.text);
    assert.equal((await patch(SYSTEM, '/Patient/unknown', [], headers)).status, 404);
  }
  const gone = await make(person);
  await veil.call(SYSTEM, 'DELETE', gone);
  assert.equal((await patch(SYSTEM, gone, [])).status, 410);
});

test('patch: content types but these are 415, what does not parse is 400, what is no patch 422', async () => {
  const path = await make(person);
  const send = (type: string, body: string) =>
    veil.call(PHYSICIAN, 'PATCH', path, { body, headers: { 'Content-Type': type } });
  assert.equal((await send('application/merge-patch+json', '{}')).status, 415);
  assert.equal((await send('application/xml-patch+xml', '<a/>')).status, 415);
  assert.equal((await send('application/json-patch+json', '[{"op"')).status, 400);
  assert.equal((await send('application/json-patch+json', '{}')).status, 422);
  assert.equal((await send('application/fhir+json', JSON.stringify(person))).status, 422);
  assert.equal((await send('application/fhir+json', '[]')).status, 422);
  assert.equal((await send('application/json-patch+json; charset=utf-8', '[]')).status, 200);
  assert.equal((await send('application/json-patch+json', `[${' '.repeat(1024 * 1024)}]`)).status, 413);
});

test('patch: a result that is no valid resource, or another one, is refused', async () => {
  const path = await make(person);
  const cases: readonly (readonly [unknown, number])[] = [
    [{ op: 'add', path: '/unheardOf', value: 1 }, 422],
    [{ op: 'add', path: '/__proto__', value: { a: 1 } }, 422],
    [{ op: 'add', path: '/birthDate', value: 'soon' }, 422],
    [{ op: 'replace', path: '/id', value: 'another' }, 400],
    [{ op: 'remove', path: '/id' }, 400],
    [{ op: 'replace', path: '/resourceType', value: 'Observation' }, 422],
    [{ op: 'replace', path: '', value: 7 }, 422],
    [{ op: 'remove', path: '/nowhere' }, 422],
  ];
  for (const [operation, status] of cases) {
    const reply = await patch(PHYSICIAN, path, [operation]);
    assert.equal(reply.status, status, `${JSON.stringify(operation)} ${reply.text}`);
  }
  assert.equal((await stored(path)).meta.versionId, '1');
});

test('patch: what was emptied is gone; a list that is absent or wholly hidden is made by adding to its end', async () => {
  const path = await make({ ...person, telecom: [{ system: 'phone', value: '1' }], identifier: [SSN] });
  const emptied = await patch(PHYSICIAN, path, [{ op: 'remove', path: '/telecom/0' }]);
  assert.equal(emptied.status, 200, emptied.text);
  assert.equal(emptied.json.telecom, undefined);
  const added = await patch(PHYSICIAN, path, [{ op: 'add', path: '/identifier/-', value: MRN }]);
  assert.equal(added.status, 200, added.text);
  assert.deepEqual(added.json.identifier, [MRN]);
  assert.deepEqual((await stored(path)).identifier, [SSN, MRN]);
});

test('patch: tags that it removes are removed; those that it does not name stay', async () => {
  const tag = [{ system: 'urn:t', code: 'a' }];
  const path = await make({ ...person, meta: { tag } });
  await patch(PHYSICIAN, path, [{ op: 'replace', path: '/gender', value: 'male' }]);
  assert.deepEqual((await stored(path)).meta.tag, tag);
  const removed = await patch(PHYSICIAN, path, [{ op: 'remove', path: '/meta/tag/0' }]);
  assert.equal(removed.status, 200, removed.text);
  assert.equal((await stored(path)).meta.tag, undefined);
});

test('patch: a role changes what VIEWS.md lets it write, and is told the element that it may not', async () => {
  const path = await make({ ...person, telecom: [{ system: 'phone', value: '1' }], maritalStatus: { text: 'hidden' } });
  const phone = [{ op: 'replace', path: '/telecom/0/value', value: '2' }];
  assert.equal((await patch(SCHEDULER, path, phone)).status, 200);
  assert.equal((await stored(path)).maritalStatus.text, 'hidden');
  const refused = await patch(SCHEDULER, path, [{ op: 'replace', path: '/name/0/family', value: 'X' }]);
  assert.equal(refused.status, 403);
  assert.match(refused.json.issue[0].expression[0], /^Patient\.name/);
  assert.equal((await patch({ roles: ['nurse'] }, path, phone)).status, 403);
  assert.equal((await patch({ roles: ['admin'] }, path, phone)).status, 403);
});

test('patch: the scope letter u covers it; one who may not read has nothing to patch', async () => {
  const path = await make(person);
  const operations = [{ op: 'replace', path: '/gender', value: 'other' }];
  const scoped = (scope: string) => patch({ ...PHYSICIAN, scope }, path, operations);
  assert.equal((await scoped('user/Patient.rs')).status, 403);
  assert.equal((await scoped('user/Patient.u')).status, 403);
  assert.equal((await scoped('user/Patient.ru')).status, 200);
});

test('patch: each leaves an audit record of its own kind', async () => {
  const path = await make(person);
  await patch(PHYSICIAN, path, [{ op: 'test', path: '/gender', value: 'male' }]);
  await patch(PHYSICIAN, path, [{ op: 'replace', path: '/gender', value: 'male' }]);
  const events = await veil.call({ roles: ['compliance'] }, 'GET', '/AuditEvent?_count=2');
  const seen = events.json.entry.map(({ resource }: Any) => [resource.subtype[0].code, resource.outcome]);
  assert.deepEqual(seen, [
    ['patch', '0'],
    ['patch', '4'],
  ]);
});

test('metadata: patch and its formats are told', async () => {
  const { json } = await veil.call(SYSTEM, 'GET', '/metadata');
  assert.deepEqual(json.patchFormat, ['application/json-patch+json', 'application/fhir+json']);
  const patient = json.rest[0].resource.find(({ type }: Any) => type === 'Patient');
  assert.ok(patient.interaction.some(({ code }: Any) => code === 'patch'));
});
