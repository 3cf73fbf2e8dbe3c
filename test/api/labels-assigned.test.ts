/** Labels that the server gives by the codes in a resource: on every write, for good, and never the writer's (ADR 0014). */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type Caller, type Reply, startVeil, type Veil } from '../support/veil.ts';

const ACT_CODE = 'http://terminology.hl7.org/CodeSystem/v3-ActCode';
const CONFIDENTIALITY = 'http://terminology.hl7.org/CodeSystem/v3-Confidentiality';
const SYSTEM: Caller = { roles: ['system'] };
const PHYSICIAN: Caller = { roles: ['physician'] };
const NURSE: Caller = { roles: ['nurse'] };
const PHARMACIST: Caller = { roles: ['pharmacist'] };

const PLAIN = { system: 'http://loinc.org', code: '2339-0', display: 'Glucose' };
const HIV = { system: 'http://loinc.org', code: '55277-8', display: 'HIV status' };
const AUDIT_C = { system: 'http://loinc.org', code: '72109-2' };
const PHQ9 = { system: 'http://loinc.org', code: '44261-6' };
const NORMAL = { system: CONFIDENTIALITY, code: 'N' };
const RESTRICTED = { system: CONFIDENTIALITY, code: 'R' };

type Resource = Record<string, unknown>;
type Coding = { system?: string; code?: string };

let veil: Veil;
before(async () => {
  veil = await startVeil();
  await veil.call(SYSTEM, 'PUT', '/Patient/p', { body: { resourceType: 'Patient', id: 'p' } });
});
after(() => veil?.stop());

const observation = (code: Coding, more: Resource = {}): Resource => ({
  resourceType: 'Observation',
  status: 'final',
  code: { coding: [code] },
  subject: { reference: 'Patient/p' },
  ...more,
});
const request = (more: Resource = {}): Resource => ({
  resourceType: 'MedicationRequest',
  status: 'active',
  intent: 'order',
  medicationCodeableConcept: { text: 'a drug' },
  subject: { reference: 'Patient/p' },
  ...more,
});

async function created(caller: Caller, body: Resource): Promise<string> {
  const reply = await veil.call(caller, 'POST', `/${body['resourceType']}`, { body });
  assert.equal(reply.status, 201, reply.text);
  return /\/([^/]+)\/_history/.exec(reply.headers.get('location') ?? '')?.[1] ?? '';
}

const read = (caller: Caller, path: string): Promise<Reply> => veil.call(caller, 'GET', `/${path}`);

async function update(caller: Caller, body: Resource): Promise<Reply> {
  return veil.call(caller, 'PUT', `/${body['resourceType']}/${body['id']}`, { body });
}

const codes = (reply: Reply): readonly string[] =>
  (reply.json.meta.security ?? []).map((coding: Coding) => coding.code).toSorted();

test('labels: create assigns by code, and clearances hold in read and search', async () => {
  const id = await created(PHYSICIAN, observation(HIV));
  const plain = await created(PHYSICIAN, observation(PLAIN));
  const reply = await read(PHYSICIAN, `Observation/${id}`);
  assert.deepEqual(reply.json.meta.security, [
    { system: ACT_CODE, code: 'HIV', display: 'HIV/AIDS information sensitivity' },
  ]);
  assert.equal((await read(PHYSICIAN, `Observation/${plain}`)).json.meta.security, undefined);
  assert.equal((await read(NURSE, `Observation/${id}`)).status, 404);
  assert.equal((await read(NURSE, `Observation/${plain}`)).status, 200);
  const found = async (caller: Caller, query: string): Promise<readonly string[]> =>
    ((await read(caller, `Observation?_id=${id},${plain}&${query}`)).json.entry ?? []).map(
      (entry: { resource: { id: string } }) => entry.resource.id,
    );
  assert.deepEqual(await found(NURSE, ''), [plain]);
  assert.deepEqual(await found(PHYSICIAN, `_security=${ACT_CODE}%7CHIV`), [id]);
  assert.deepEqual(await found(PHYSICIAN, `_security:not=${ACT_CODE}%7CHIV`), [plain]);
  assert.deepEqual(await found(PHYSICIAN, '_security:missing=false'), [id]);
  assert.deepEqual(await found(PHYSICIAN, '_security:missing=true'), [plain]);
});

test('labels: values, components, reasons and contained resources count', async () => {
  const bodies: readonly Resource[] = [
    observation(PLAIN, { valueCodeableConcept: { coding: [HIV] } }),
    observation(PLAIN, { component: [{ code: { coding: [HIV] } }] }),
    request({ reasonCode: [{ coding: [{ system: 'http://hl7.org/fhir/sid/icd-10-cm', code: 'B20' }] }] }),
    request({
      medicationCodeableConcept: undefined,
      contained: [{ resourceType: 'Medication', id: 'm', code: { coding: [HIV] } }],
      medicationReference: { reference: '#m' },
    }),
  ];
  for (const body of bodies) {
    const id = await created(SYSTEM, body);
    assert.deepEqual(codes(await read(SYSTEM, `${body['resourceType']}/${id}`)), ['HIV'], JSON.stringify(body));
    assert.equal((await read(NURSE, `${body['resourceType']}/${id}`)).status, 404);
  }
});

test('labels: a writer cannot take away what the server gave; a save of what was read is no version', async () => {
  const id = await created(PHYSICIAN, observation(HIV));
  const seen = (await read(PHYSICIAN, `Observation/${id}`)).json;
  for (const meta of [seen.meta, undefined, { ...seen.meta, security: undefined }]) {
    const reply = await update(PHYSICIAN, { ...seen, meta });
    assert.equal(reply.status, 200, reply.text);
    assert.equal(reply.headers.get('etag'), 'W/"1"');
    assert.deepEqual(codes(reply), ['HIV']);
  }
  const added = await update(PHYSICIAN, { ...seen, meta: { security: [NORMAL] } });
  assert.equal(added.headers.get('etag'), 'W/"2"');
  assert.deepEqual(codes(added), ['HIV', 'N']);
  assert.equal((await read(NURSE, `Observation/${id}`)).status, 404);
});

test("labels: a writer's own label can be taken away by one who may, the server's stays", async () => {
  const id = await created(SYSTEM, observation(HIV, { meta: { security: [RESTRICTED] } }));
  const seen = (await read(PHYSICIAN, `Observation/${id}`)).json;
  assert.deepEqual(
    seen.meta.security.map((coding: Coding) => coding.code),
    ['R', 'HIV'],
  );
  const without = await update(PHYSICIAN, { ...seen, meta: { security: seen.meta.security.slice(1) } });
  assert.equal(without.headers.get('etag'), 'W/"2"');
  assert.deepEqual(codes(without), ['HIV']);
});

test('labels: they follow the content, and one that came back from a client does not outlive it', async () => {
  const id = await created(PHYSICIAN, observation(HIV));
  const seen = (await read(PHYSICIAN, `Observation/${id}`)).json;
  const changed = await update(PHYSICIAN, { ...seen, code: { coding: [PLAIN] } });
  assert.equal(changed.status, 200);
  assert.equal(changed.json.meta.security, undefined);
  assert.equal((await read(NURSE, `Observation/${id}`)).status, 200);
  const own = { system: ACT_CODE, code: 'HIV' };
  const told = await update(PHYSICIAN, { ...seen, code: { coding: [PLAIN] }, meta: { security: [own] } });
  assert.deepEqual(told.json.meta.security, [own], 'as the writer said it');
  assert.equal((await read(NURSE, `Observation/${id}`)).status, 404);
});

test("labels: a label that the writer sent on its own stays the writer's beside the server's", async () => {
  const own = { system: ACT_CODE, code: 'HIV' };
  const id = await created(SYSTEM, observation(HIV, { meta: { security: [own] } }));
  const seen = (await read(SYSTEM, `Observation/${id}`)).json;
  assert.deepEqual(seen.meta.security, [own], 'said once');
  const changed = await update(SYSTEM, { ...seen, code: { coding: [PLAIN] } });
  assert.deepEqual(changed.json.meta.security, [own]);
});

test("a write that leaves the writer's sight by its label is done, says so, and shows nothing", async () => {
  const reply = await veil.call(PHYSICIAN, 'POST', '/Observation', { body: observation(PHQ9) });
  assert.equal(reply.status, 201);
  assert.match(reply.headers.get('location') ?? '', /\/Observation\/[^/]+\/_history\/1$/);
  assert.equal(reply.headers.get('etag'), 'W/"1"');
  assert.equal(reply.json.resourceType, 'OperationOutcome');
  assert.ok(!reply.text.includes('PSY') && !reply.text.includes('44261'));
  const id = /Observation\/([^/]+)\//.exec(reply.headers.get('location') ?? '')?.[1] ?? '';
  assert.equal((await read(PHYSICIAN, `Observation/${id}`)).status, 404);
  assert.deepEqual(codes(await read(SYSTEM, `Observation/${id}`)), ['PSY']);
  const seen = (await read(NURSE, `Observation/${await created(SYSTEM, observation(PLAIN))}`)).json;
  const left = await update(NURSE, { ...seen, component: [{ code: { coding: [AUDIT_C] } }] });
  assert.equal(left.status, 200, left.text);
  assert.equal(left.headers.get('etag'), 'W/"2"');
  assert.equal(left.json.resourceType, 'OperationOutcome');
  assert.equal((await read(NURSE, `Observation/${seen.id}`)).status, 404);
});

test('labels: one that follows from what a view hides is not shown there, nor found', async () => {
  const hidden = await created(SYSTEM, request({ reasonCode: [{ coding: [HIV] }] }));
  const shown = await created(SYSTEM, request({ medicationCodeableConcept: { coding: [HIV] } }));
  assert.deepEqual(codes(await read(PHYSICIAN, `MedicationRequest/${hidden}`)), ['HIV'], 'control');
  const seen = await read(PHARMACIST, `MedicationRequest/${hidden}`);
  assert.equal(seen.status, 200);
  assert.ok(!seen.text.includes('HIV'), seen.text);
  assert.ok(codes(await read(PHARMACIST, `MedicationRequest/${shown}`)).includes('HIV'));
  const ids = `_id=${hidden},${shown}&_security=${ACT_CODE}%7CHIV`;
  const found = await read(PHARMACIST, `MedicationRequest?${ids}`);
  assert.deepEqual(
    found.json.entry.map((entry: { resource: { id: string } }) => entry.resource.id),
    [shown],
  );
  assert.equal((await read(PHARMACIST, `MedicationRequest?${ids}&_summary=count`)).json.total, 1);
  assert.equal((await read(PHYSICIAN, `MedicationRequest?${ids}&_summary=count`)).json.total, 2, 'control');
});

test('labels: the versions of a history carry their own', async () => {
  const id = await created(PHYSICIAN, observation(HIV));
  const seen = (await read(PHYSICIAN, `Observation/${id}`)).json;
  await update(PHYSICIAN, { ...seen, code: { coding: [PLAIN] } });
  assert.equal((await read(NURSE, `Observation/${id}/_history/2`)).status, 200);
  assert.equal((await read(NURSE, `Observation/${id}/_history/1`)).status, 404);
  assert.deepEqual(codes(await read(PHYSICIAN, `Observation/${id}/_history/1`)), ['HIV']);
});

test("labels: the server's label is no change of meta by a pharmacist who patches, and no patch takes it away", async () => {
  const id = await created(SYSTEM, request({ medicationCodeableConcept: { coding: [HIV] } }));
  const patch = (caller: Caller, operations: readonly object[]): Promise<Reply> =>
    veil.call(caller, 'PATCH', `/MedicationRequest/${id}`, {
      body: JSON.stringify(operations),
      headers: { 'Content-Type': 'application/json-patch+json' },
    });
  const reply = await patch(PHARMACIST, [{ op: 'replace', path: '/status', value: 'on-hold' }]);
  assert.equal(reply.status, 200, reply.text);
  assert.ok(codes(reply).includes('HIV'));
  const removed = await patch(PHYSICIAN, [{ op: 'remove', path: '/meta/security' }]);
  assert.equal(removed.status, 200, removed.text);
  assert.equal(removed.headers.get('etag'), 'W/"2"');
  assert.deepEqual(codes(removed), ['HIV']);
});
