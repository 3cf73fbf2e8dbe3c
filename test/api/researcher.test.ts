/** The researcher over HTTP: pseudonyms in the place of ids, and nothing that would tell whom they stand for. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startVeil, type Veil } from '../support/veil.ts';
import {
  type Any,
  ask,
  found,
  observation,
  patient,
  pseudonymOf,
  RESEARCHER,
  request,
  SYSTEM,
  store,
} from './researcher-data.ts';

const HIDDEN = /hidden|Hidden|display|text of|"note"|"ann"|Patient\/ann|999-11|02139|-05-06|versionId|lastUpdated/;

let veil: Veil;
let ann: string;
before(async () => {
  veil = await startVeil();
  ann = pseudonymOf(veil, 'Patient', 'ann');
  await store(veil, [
    patient('ann'),
    patient('bea', { gender: 'male' }),
    observation('o1', 'Patient/ann', {
      valueQuantity: { value: 7.1, unit: 'hidden unit', code: '%', system: 'urn:u' },
    }),
    observation('o2', 'Patient/bea'),
    observation('o3', `${veil.baseUrl}/Patient/ann/_history/1`),
    observation('foreign', 'http://other.example/fhir/Patient/ann'),
    observation('inside', '#p', { contained: [{ ...patient('p'), meta: undefined }] }),
    request('m1', 'Patient/ann'),
  ]);
});
after(() => veil.stop());

test('researcher: a Patient is read by its pseudonym, and nothing else is told', async () => {
  const { status, json, text, headers } = await ask(veil, `/Patient/${ann}`);
  assert.equal(status, 200);
  assert.match(ann, /^[a-z2-7]{26}$/);
  const { meta, ...seen } = json;
  assert.deepEqual(seen, {
    resourceType: 'Patient',
    id: ann,
    active: true,
    gender: 'female',
    birthDate: '1980',
    address: [{ state: 'MA', postalCode: '021', country: 'US' }],
    maritalStatus: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/v3-MaritalStatus', code: 'M' }] },
  });
  assert.doesNotMatch(text, HIDDEN);
  assert.deepEqual([headers.get('etag'), headers.get('last-modified'), headers.get('location')], [null, null, null]);
  const codes = (list: Any[]) => list.map(({ code }) => code);
  assert.deepEqual([codes(meta.tag), codes(meta.security)], [['SUBSETTED'], ['ANONYED', 'PSEUDED', 'REDACTED']]);
  assert.deepEqual(Object.keys(meta).sort(), ['security', 'tag']);
});

const CALLER_HEADERS = ['date', 'x-request-id'];

test('researcher: a real id is the very answer of an unknown one', async () => {
  const shown = ({ status, text, headers }: Any) => [
    status,
    text,
    [...headers].filter(([name]) => !CALLER_HEADERS.includes(name)),
  ];
  const unknown = shown(await ask(veil, '/Patient/nobody'));
  assert.equal(unknown[0], 404);
  // Also what looks like a pseudonym, or is one of another type.
  for (const id of ['ann', 'a'.repeat(26), pseudonymOf(veil, 'Observation', 'o1'), ann.toUpperCase()]) {
    assert.deepEqual(shown(await ask(veil, `/Patient/${id}`)), unknown, id);
  }
});

test('researcher: no condition on versions is answered', async () => {
  for (const headers of [{ 'If-None-Match': 'W/"1"' }, { 'If-Modified-Since': 'Wed, 25 Nov 2099 12:00:00 GMT' }]) {
    assert.equal((await ask(veil, `/Patient/${ann}`, { headers })).status, 200);
    const { status } = await veil.call(SYSTEM, 'GET', '/Patient/ann', { headers });
    assert.equal(status, 304, 'control');
  }
});

test('researcher: references are found by pseudonym in every form, and real ids find nothing', async () => {
  const forms = (id: string) => [
    `subject=Patient/${id}`,
    `subject=${id}`,
    `patient=${id}`,
    `patient=Patient/${id}`,
    `subject:Patient=${id}`,
    `subject=${encodeURIComponent(`${veil.baseUrl}/Patient/${id}`)}`,
    `subject=Patient/${id}/_history/1`,
    `subject=Patient/nobody,Patient/${id}`,
  ];
  for (const query of forms(ann)) {
    const seen = found(await ask(veil, `/Observation?${query}`));
    assert.deepEqual(
      seen.map(({ id }) => id).sort(),
      ['o1', 'o3'].map((id) => pseudonymOf(veil, 'Observation', id)).sort(),
      query,
    );
    for (const { subject } of seen) assert.deepEqual(subject, { reference: `Patient/${ann}` });
  }
  for (const query of [...forms('ann'), ...forms('nobody')]) {
    const { json } = await ask(veil, `/Observation?${query}`);
    assert.deepEqual([json.total, json.entry], [0, undefined], query);
  }
  assert.equal(found(await ask(veil, `/MedicationRequest?patient=${ann}&_total=accurate`)).length, 1);
});

test('researcher: _id takes the pseudonym, in GET and POST', async () => {
  assert.equal(found(await ask(veil, `/Patient?_id=${ann}`)).length, 1);
  assert.equal((await ask(veil, '/Patient?_id=ann')).json.total, 0);
  assert.equal((await ask(veil, '/Patient?_id:not=ann&_summary=count')).json.total, 2);
  assert.equal((await ask(veil, `/Patient?_id:not=${ann}&_summary=count`)).json.total, 1);
  const posted = await veil.call(RESEARCHER, 'POST', '/Patient/_search', {
    body: `_id=${ann}`,
    headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
  });
  assert.equal(posted.json.total, 1);
  assert.equal(posted.json.entry[0].fullUrl, `${veil.baseUrl}/Patient/${ann}`);
});

test('researcher: a reference to another server or a contained resource is neither shown nor found', async () => {
  for (const id of ['foreign', 'inside']) {
    const { json, text } = await ask(veil, `/Observation/${pseudonymOf(veil, 'Observation', id)}`);
    assert.deepEqual([json.resourceType, json.subject, json.contained], ['Observation', undefined, undefined]);
    assert.doesNotMatch(text, HIDDEN);
  }
  const query = `subject=${encodeURIComponent('http://other.example/fhir/Patient/ann')}`;
  assert.equal((await ask(veil, `/Observation?${query}`)).json.total, 0);
  assert.equal((await veil.call(SYSTEM, 'GET', `/Observation?${query}`)).json.total, 1, 'control');
});

test('researcher: fullUrl, links and entries carry pseudonyms alone', async () => {
  for (const type of ['Patient', 'Observation', 'MedicationRequest']) {
    const reply = await ask(veil, `/${type}?_count=1&_total=accurate`);
    assert.equal(found(reply).length, 1);
    assert.doesNotMatch(reply.text, HIDDEN);
    const [{ fullUrl, resource }] = reply.json.entry;
    assert.equal(fullUrl, `${veil.baseUrl}/${type}/${resource.id}`);
    assert.match(resource.id, /^[a-z2-7]{26}$/);
  }
});

const REFUSED: readonly string[] = [
  ...['birthdate=1980', 'address-postalcode=021', 'address=Hidden', 'address-city=x', 'name=Hidden', 'family=x'],
  ...['identifier=999-11-2222', 'death-date=2020', 'deceased=true', '_lastUpdated=gt2000', '_tag=x', 'telecom=1'],
  ...['general-practitioner=Practitioner/1', 'birthdate:missing=true', 'link=Patient/ann', '_security=R', '_profile=x'],
].map((query) => `/Patient?${query}`);
const REFUSED_OBSERVATIONS: readonly string[] = [
  ...['date=2024', 'subject:missing=true', 'subject:identifier=hidden-mrn', 'patient:missing=false', 'encounter=x'],
  ...['performer=Practitioner/1', 'specimen=x', '_lastUpdated=gt2000', 'identifier=x', 'has-member=Observation/o1'],
].map((query) => `/Observation?${query}`);

test('researcher: a parameter that reads what is hidden or altered is refused', async () => {
  for (const path of [...REFUSED, ...REFUSED_OBSERVATIONS, '/MedicationRequest?authoredon=2023']) {
    const { status, json } = await ask(veil, path);
    assert.equal(status, 403, path);
    assert.equal(json.issue[0].code, 'forbidden', path);
  }
  for (const [path, total] of [
    ['/Patient?gender=male', 1],
    ['/Patient?address-state=MA', 2],
    ['/Patient?address-country=US', 2],
    ['/Patient?active=true', 2],
    ['/Observation?code=http://loinc.org|4548-4', 5],
    ['/Observation?category=laboratory&status=final', 5],
    ['/MedicationRequest?code=860975&intent=order&status=active', 1],
  ] as const) {
    assert.equal((await ask(veil, path)).json.total, total, path);
  }
});

test('researcher: no version, no history, no write, and no type beside the three', async () => {
  const closed: readonly (readonly [string, string])[] = [
    ['GET', `/Patient/${ann}/_history/1`],
    ['DELETE', `/Patient/${ann}`],
    ['GET', '/Appointment'],
    ['GET', '/AuditEvent'],
    ['GET', '/Practitioner'],
    ['GET', '/Encounter/ann'],
  ];
  for (const [method, path] of closed) {
    assert.equal((await veil.call(RESEARCHER, method, path)).status, 403, `${method} ${path}`);
  }
  const body = { resourceType: 'Patient', id: ann, active: false };
  assert.equal((await veil.call(RESEARCHER, 'PUT', `/Patient/${ann}`, { body })).status, 403);
  assert.equal((await veil.call(RESEARCHER, 'POST', '/Patient', { body })).status, 403);
});

test('researcher: stands alone, and is never narrowed to a patient whom the token names', async () => {
  for (const roles of [
    ['researcher', 'nurse'],
    ['researcher', 'system'],
    ['patient', 'researcher'],
  ]) {
    assert.equal((await veil.call({ roles, patient: 'ann' }, 'GET', '/Patient')).status, 403, roles.join());
  }
  const scoped = (scope: string, patientId = 'ann') => ({ roles: ['researcher'], scope, patient: patientId });
  for (const id of ['ann', ann]) {
    const reply = await veil.call(scoped('patient/*.rs', id), 'GET', '/Observation');
    assert.equal(reply.status, 403);
    const single = await veil.call(scoped('patient/*.rs', id), 'GET', `/Patient/${ann}`);
    assert.equal(single.status, 403);
  }
  const user = await veil.call(scoped('user/Observation.rs patient/Patient.rs'), 'GET', '/Observation');
  assert.equal(user.json.total, 5);
});

test('researcher: a deletion is told by the pseudonym alone', async () => {
  await store(veil, [patient('gone')]);
  assert.equal((await veil.call(SYSTEM, 'DELETE', '/Patient/gone')).status, 204);
  assert.equal((await ask(veil, '/Patient/gone')).status, 404);
  assert.equal((await ask(veil, `/Patient/${pseudonymOf(veil, 'Patient', 'gone')}`)).status, 410);
});

test('researcher: the audit record names the patient, and no log line or audit answer joins id and pseudonym', async () => {
  const events = await veil.call({ roles: ['compliance'] }, 'GET', '/AuditEvent?patient=ann&_count=200');
  assert.ok(events.json.entry.some(({ resource }: Any) => JSON.stringify(resource).includes('test-researcher')));
  assert.ok(!veil.log.join('').includes(ann));
});
