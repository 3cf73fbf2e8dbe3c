/** Patches as probes: whatever they ask of hidden content, two resources that look alike answer alike. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type Caller, type Reply, startVeil, type Veil } from '../support/veil.ts';

let veil: Veil;
before(async () => {
  veil = await startVeil();
  for (const [id, hidden] of Object.entries(HIDDEN)) await store({ ...PLAIN, id, ...hidden });
  for (const id of ['one', 'two']) await store({ resourceType: 'Patient', id });
});
after(() => veil.stop());

const SYSTEM: Caller = { roles: ['system'] };
const SCHEDULER: Caller = { roles: ['scheduler'] };
const PHYSICIAN: Caller = { roles: ['physician'] };
const PATIENT: Caller = { roles: ['patient'], patient: 'one' };
type Sent = Readonly<Record<string, unknown>>;

const PLAIN = { resourceType: 'Patient', name: [{ family: 'Probe' }], telecom: [{ system: 'phone', value: '1' }] };
const SSN = 'http://hl7.org/fhir/sid/us-ssn';
// To a scheduler these three look alike.
const HIDDEN: Readonly<Record<string, Sent>> = {
  without: {},
  married: {
    maritalStatus: { text: 'married' },
    identifier: [{ system: SSN, value: '123-45-6789' }],
    photo: [{ title: 'a' }, { title: 'b' }],
    extension: [{ url: 'urn:x', valueString: 'x' }],
  },
  widowed: { maritalStatus: { text: 'widowed' }, photo: [{ title: 'c' }], multipleBirthInteger: 2 },
};

async function store(resource: Sent): Promise<void> {
  const reply = await veil.call(SYSTEM, 'PUT', `/${resource['resourceType']}/${resource['id']}`, { body: resource });
  assert.equal(reply.status, 201, reply.text);
}
const patch = (as: Caller, path: string, body: unknown, type = 'application/json-patch+json'): Promise<Reply> =>
  veil.call(as, 'PATCH', path, { body, headers: { 'Content-Type': type } });
const plain = ({ status, headers, text }: Reply, id: string): string =>
  `${status} ${headers.get('etag')} ${text}`.replaceAll(id, 'ID').replaceAll(/"lastUpdated":"[^"]*"/g, '');

async function alike(as: Caller, body: unknown, type?: string): Promise<Reply> {
  const answers: string[] = [];
  let last: Reply | undefined;
  for (const id of Object.keys(HIDDEN)) {
    last = await patch(as, `/Patient/${id}`, body, type);
    answers.push(plain(last, id));
  }
  assert.equal(new Set(answers).size, 1, `${JSON.stringify(body)}\n${answers.join('\n')}`);
  assert.ok(last);
  return last;
}

const HIDDEN_PLACES = [
  '/maritalStatus',
  '/maritalStatus/text',
  '/identifier/0',
  '/photo/0',
  '/photo',
  '/extension/0/url',
  '/multipleBirthInteger',
];
const PROBES: readonly Sent[] = HIDDEN_PLACES.flatMap((path): Sent[] => [
  { op: 'test', path, value: 'married' },
  { op: 'test', path, value: { text: 'widowed' } },
  { op: 'copy', from: path, path: '/telecom/0/value' },
  { op: 'move', from: path, path: '/telecom/0/value' },
  { op: 'remove', path },
  { op: 'replace', path, value: 'x' },
  { op: 'add', path, value: 'married' },
  { op: 'add', path: `${path}/-`, value: { title: 'a' } },
]);

test('json patch: hidden paths can be neither tested, copied, moved, removed, replaced nor guessed', async () => {
  for (const probe of PROBES) {
    const { status } = await alike(SCHEDULER, [probe]);
    assert.ok(status === 422 || status === 403, `${JSON.stringify(probe)} ${status}`);
  }
});

test('json patch: a test of what is shown holds, and of what is not fails (control)', async () => {
  assert.equal((await alike(SCHEDULER, [{ op: 'test', path: '/telecom/0/value', value: '1' }])).status, 200);
  assert.equal((await alike(SCHEDULER, [{ op: 'test', path: '/telecom/0/value', value: '2' }])).status, 422);
  assert.equal(
    (await patch(SYSTEM, '/Patient/married', [{ op: 'test', path: '/maritalStatus/text', value: 'married' }])).status,
    200,
  );
});

const operation = (type: string, path: string, ...more: Sent[]) => ({
  resourceType: 'Parameters',
  parameter: [
    { name: 'operation', part: [{ name: 'type', valueCode: type }, { name: 'path', valueString: path }, ...more] },
  ],
});

test('fhirpath patch: predicates on hidden values choose alike', async () => {
  const value = { name: 'value', valueString: '9' };
  const index = { name: 'index', valueInteger: 2 };
  for (const path of [
    "Patient.maritalStatus.where(text = 'married')",
    `Patient.identifier.where(system = '${SSN}' and value.startsWith('123'))`,
    "Patient.photo.where(title = 'a')",
    'Patient.photo[1]',
    'Patient.multipleBirth',
    "Patient.extension('urn:x')",
  ]) {
    assert.equal((await alike(SCHEDULER, operation('delete', path), 'application/fhir+json')).status, 200);
    assert.equal((await alike(SCHEDULER, operation('replace', path, value), 'application/fhir+json')).status, 422);
  }
  const insert = operation('insert', 'Patient.photo', index, { name: 'value', valueAttachment: { title: 'x' } });
  assert.equal((await alike(SCHEDULER, insert, 'application/fhir+json')).status, 422);
  const shown = operation('delete', "Patient.telecom.where(system = 'fax')");
  assert.equal((await alike(SCHEDULER, shown, 'application/fhir+json')).status, 200);
});

test('patch: hidden content is whole after all of this', async () => {
  for (const [id, hidden] of Object.entries(HIDDEN)) {
    const { meta: _, ...now } = (await veil.call(SYSTEM, 'GET', `/Patient/${id}`)).json;
    assert.deepEqual(now, { ...PLAIN, id, ...hidden });
  }
});

const observation = {
  resourceType: 'Observation',
  id: 'ours',
  status: 'final',
  code: { text: 'x' },
  subject: { reference: 'Patient/one' },
};

test('write: a resource is not moved to another patient, nor out of its compartment, by one who sees one alone', async () => {
  await store(observation);
  const scoped: Caller = { ...PHYSICIAN, patient: 'one', scope: 'patient/Observation.cruds' };
  const subject = { reference: 'Patient/two' };
  const moved = { op: 'replace', path: '/subject/reference', value: 'Patient/two' };
  assert.equal((await patch(scoped, '/Observation/ours', [moved])).status, 403);
  assert.equal((await patch(scoped, '/Observation/ours', [{ op: 'remove', path: '/subject' }])).status, 403);
  for (const body of [
    { ...observation, subject },
    { ...observation, subject: undefined },
  ]) {
    assert.equal((await veil.call(scoped, 'PUT', '/Observation/ours', { body })).status, 403);
  }
  assert.equal((await veil.call(SYSTEM, 'GET', '/Observation/ours')).json.meta.versionId, '1');
  assert.equal(
    (await patch(scoped, '/Observation/ours', [{ op: 'replace', path: '/status', value: 'amended' }])).status,
    200,
  );
});

test('write: an update or patch that drops the subject drops it, where the caller may write it (control)', async () => {
  await store({ ...observation, id: 'theirs' });
  assert.equal((await patch(PHYSICIAN, '/Observation/theirs', [{ op: 'remove', path: '/subject' }])).status, 200);
  assert.equal((await veil.call(SYSTEM, 'GET', '/Observation/theirs')).json.subject, undefined);
});

// R4 app-3: a slot that is more than proposed has a time.
const TIME = { start: '2026-12-01T09:00:00Z', end: '2026-12-01T09:30:00Z' };

test('patch: a patient cannot take an appointment into another record, nor confirm it', async () => {
  const participant = [{ actor: { reference: 'Patient/one' }, status: 'needs-action' }];
  await store({ resourceType: 'Appointment', id: 'slot', status: 'proposed', participant, ...TIME });
  const other = { actor: { reference: 'Patient/two' }, status: 'accepted' };
  for (const [operations, status] of [
    [[{ op: 'replace', path: '/status', value: 'booked' }], 403],
    [[{ op: 'add', path: '/participant/-', value: other }], 403],
    [[{ op: 'replace', path: '/participant/0/actor/reference', value: 'Patient/two' }], 403],
    [[{ op: 'replace', path: '/participant/0/status', value: 'accepted' }], 200],
    [[{ op: 'replace', path: '/status', value: 'cancelled' }], 200],
  ] as const) {
    const reply = await patch(PATIENT, '/Appointment/slot', operations);
    assert.equal(reply.status, status, `${JSON.stringify(operations)} ${reply.text}`);
  }
});
