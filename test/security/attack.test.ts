/** Attacks by callers with a valid token: each of these once worked, or told something that the caller may not know. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type Caller, type Reply, startVeil, type Veil } from '../support/veil.ts';

let veil: Veil;
before(async () => {
  veil = await startVeil();
  for (const id of ['p1', 'p2']) await store({ resourceType: 'Patient', id, name: [{ family: `Fam-${id}` }] });
});
after(() => veil.stop());

const SYSTEM: Caller = { roles: ['system'] };
const SCHEDULER: Caller = { roles: ['scheduler'] };
const NURSE: Caller = { roles: ['nurse'] };
const PATIENT: Caller = { roles: ['patient'], patient: 'p1' };
const MARK = {
  _reference: {
    extension: [{ url: 'http://hl7.org/fhir/StructureDefinition/data-absent-reason', valueCode: 'masked' }],
  },
};

type Sent = { readonly resourceType: string; readonly id?: string; readonly [name: string]: unknown };

const put = (caller: Caller, resource: Sent): Promise<Reply> =>
  veil.call(caller, 'PUT', `/${resource.resourceType}/${resource.id}`, { body: resource });
const read = (caller: Caller, path: string): Promise<Reply> => veil.call(caller, 'GET', path);
async function store(resource: Sent): Promise<void> {
  assert.ok([200, 201].includes((await put(SYSTEM, resource)).status));
}
const taking = (reference: string) => ({ actor: { reference }, status: 'accepted' });
const appointment = (id: string, more: Readonly<Record<string, unknown>>): Sent => ({
  resourceType: 'Appointment',
  id,
  status: 'booked',
  start: '2030-01-01T10:00:00Z',
  end: '2030-01-01T10:30:00Z',
  participant: [taking('Patient/p1')],
  ...more,
});

test('read: another patient named by an absolute reference or with a version is hidden as well', async () => {
  const others = [`${veil.baseUrl}/Patient/p2`, 'Patient/p2/_history/1', `${veil.baseUrl}/Patient/p2/_history/1`];
  await store(appointment('absolute', { participant: [...others, 'Patient/p1'].map(taking) }));
  const seen = await read(PATIENT, '/Appointment/absolute');
  assert.deepEqual(seen.json.participant, [taking('Patient/p1')]);
});

test('create: a patient cannot put an appointment into the record of another, however that one is named', async () => {
  const body = (reference: string) => ({
    ...appointment('', { status: 'proposed', participant: [taking('Patient/p1'), taking(reference)] }),
    id: undefined,
  });
  for (const reference of ['Patient/p2', `${veil.baseUrl}/Patient/p2`, 'Patient/p2/_history/1']) {
    assert.equal((await veil.call(PATIENT, 'POST', '/Appointment', { body: body(reference) })).status, 403, reference);
  }
  assert.equal((await veil.call(PATIENT, 'POST', '/Appointment', { body: body('Practitioner/d') })).status, 201);
});

test('update: a refusal names a place among what the caller sees, not among what is stored', async () => {
  const shown = [taking('Practitioner/d'), taking('Patient/p1')];
  await store(appointment('with-others', { participant: [taking('Patient/p2'), ...shown] }));
  await store(appointment('without', { participant: shown }));
  const refusals = [];
  for (const id of ['with-others', 'without']) {
    const reply = await put(PATIENT, appointment(id, { participant: shown.slice(0, 1) }));
    assert.equal(reply.status, 403);
    refusals.push(reply.text);
  }
  assert.equal(refusals[0], refusals[1]);
});

test('write: what may take certain values alone takes no extension in their place', async () => {
  const { status: _, ...body } = appointment('', { id: undefined });
  const status = { extension: [{ url: 'http://example.org/x', valueString: 'y' }] };
  const reply = await veil.call(PATIENT, 'POST', '/Appointment', { body: { ...body, _status: status } });
  assert.equal(reply.status, 403);
});

test('write: a nurse changes nothing inside of a reference range', async () => {
  const observation = {
    resourceType: 'Observation',
    id: 'range',
    status: 'final',
    code: { text: 'x' },
    subject: { reference: 'Patient/p1' },
    referenceRange: [{ text: 'a' }],
  };
  await store(observation);
  for (const referenceRange of [[{ text: 'b' }], [{ text: 'a' }, { text: 'c' }], undefined]) {
    assert.equal((await put(NURSE, { ...observation, referenceRange })).status, 403);
  }
  const { id: _, ...created } = observation;
  assert.equal((await veil.call(NURSE, 'POST', '/Observation', { body: created })).status, 403);
  assert.equal((await put(NURSE, { ...observation, status: 'amended' })).status, 200);
});

const HIDDEN = {
  contained: [{ resourceType: 'Condition', id: 'c1', subject: { reference: 'Patient/p1' } }],
  reasonReference: [{ reference: '#c1' }],
};
const CLASH = {
  contained: [{ resourceType: 'Location', id: 'c1', name: 'Room' }],
  participant: [taking('Patient/p1'), taking('#c1')],
};

test('write: whether something hidden is contained cannot be told by marks, local references or their order', async () => {
  await store(appointment('holds', HIDDEN));
  await store(appointment('empty', {}));
  const probes: readonly Readonly<Record<string, unknown>>[] = [
    { slot: [MARK] },
    { slot: [{ reference: '#c1' }] },
    { basedOn: [MARK] },
    { comment: 'x' },
    CLASH,
    { ...CLASH, comment: 'y' },
  ];
  const statuses = [];
  for (const probe of probes) {
    const holds = await put(SCHEDULER, appointment('holds', probe));
    const empty = await put(SCHEDULER, appointment('empty', probe));
    assert.equal(plain(holds, 'holds'), plain(empty, 'empty'), JSON.stringify(probe));
    statuses.push(holds.status);
  }
  assert.deepEqual(statuses, [200, 422, 200, 200, 200, 200]);
  const whole = (await read(SYSTEM, '/Appointment/holds')).json;
  // What clashed was given another id, and what named it still does.
  const kept = whole.contained.find((one: { resourceType: string }) => one.resourceType === 'Condition');
  assert.deepEqual(whole.reasonReference, [{ reference: `#${kept.id}` }]);
});

const plain = ({ status, text, headers }: Reply, id: string): string =>
  `${status} ${headers.get('etag')} ${text.replaceAll(id, 'ID').replace(/"lastUpdated":"[^"]*"/, '')}`;

test('write: marks that move leave hidden references where they are', async () => {
  await store(
    appointment('marks', {
      contained: ['c1', 'c2'].map((id) => ({ ...HIDDEN.contained[0], id })),
      reasonReference: [{ reference: '#c1', display: 'hidden' }],
      slot: [{ reference: '#c2', display: 'seen' }],
    }),
  );
  const { slot, ...rest } = (await read(SCHEDULER, '/Appointment/marks')).json;
  assert.deepEqual(slot, [{ ...MARK, display: 'seen' }]);
  assert.equal((await put(SCHEDULER, { ...rest, basedOn: slot })).status, 403);
  assert.equal((await put(SCHEDULER, { ...rest, slot, comment: 'x' })).status, 200);
  const whole = (await read(SYSTEM, '/Appointment/marks')).json;
  assert.deepEqual(whole.reasonReference, [{ reference: '#c1', display: 'hidden' }]);
  assert.deepEqual(whole.slot, [{ reference: '#c2', display: 'seen' }]);
});

test('audit: a resource that changes hands is in the accounting of both patients', async () => {
  const of = (patient: string) => ({
    resourceType: 'Observation',
    id: 'moved',
    status: 'final',
    code: { text: 'x' },
    subject: { reference: `Patient/${patient}` },
  });
  await store(of('p1'));
  assert.equal((await put({ roles: ['physician'] }, of('p2'))).status, 200);
  for (const patient of ['p1', 'p2']) {
    const found = await read({ roles: ['compliance'] }, `/AuditEvent?patient=${patient}&action=U`);
    assert.ok(JSON.stringify(found.json).includes('Observation/moved/_history/2'), patient);
  }
});

test('load: a resource of very many small items is written in time that grows with its size', async () => {
  const name = Array.from({ length: 40_000 }, () => ({ text: 'a' }));
  const started = performance.now();
  await store({ resourceType: 'Patient', id: 'many', name });
  assert.ok(performance.now() - started < 8000);
});

test('update: a token that may write and not read learns nothing of what is stored', async () => {
  await seedPatient('blind', '1980-01-02');
  const caller = { roles: ['patient'], patient: 'blind', scope: 'patient/Patient.u' };
  const body = (more: object) => ({ resourceType: 'Patient', id: 'blind', ...more });
  const right = await veil.call(caller, 'PUT', '/Patient/blind', { body: body({ birthDate: '1980-01-02' }) });
  const wrong = await veil.call(caller, 'PUT', '/Patient/blind', { body: body({ birthDate: '1980-01-03' }) });
  assert.equal(right.status, 403);
  assert.equal(right.text, wrong.text);
  const telecom = [{ system: 'phone', value: '555-0100' }];
  const first = await veil.call(caller, 'PUT', '/Patient/blind', { body: body({ telecom }) });
  const again = await veil.call(caller, 'PUT', '/Patient/blind', { body: body({ telecom }) });
  assert.deepEqual([first.status, again.status], [200, 200]);
  assert.equal(first.text, '');
  assert.notEqual(first.headers.get('etag'), again.headers.get('etag'));
  const stored = (await veil.call({ roles: ['system'] }, 'GET', '/Patient/blind')).json;
  assert.equal(stored.birthDate, '1980-01-02');
  assert.deepEqual(stored.telecom, telecom);
});

const seedPatient = (id: string, birthDate: string) =>
  veil.call({ roles: ['system'] }, 'PUT', `/Patient/${id}`, { body: { resourceType: 'Patient', id, birthDate } });
