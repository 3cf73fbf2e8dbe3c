/** Patient A and patient B: over every route there is, A gets of B's what there is of nothing. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { ROUTES, type Route } from '../../src/http/routes.ts';
import { type Caller, type Reply, startVeil, type Veil } from '../support/veil.ts';

let veil: Veil;
const A = 'patient-7351';
const B = 'patient-2846';
const system: Caller = { roles: ['system'] };
const CALLERS: Readonly<Record<string, Caller>> = {
  'a patient': { roles: ['patient'], patient: A },
  'a patient by fhirUser': { roles: ['patient'], fhirUser: `Patient/${A}` },
  'a physician with patient/ scopes': { roles: ['physician'], patient: A, scope: 'patient/*.cruds' },
  'a system with patient/ scopes': { roles: ['system'], patient: A, scope: 'patient/*.*' },
};
const SECRET = 'Isolde';

const OWN: Readonly<Record<string, (patient: string) => object>> = {
  Patient: () => ({ name: [{ family: SECRET }] }),
  Observation: (patient) => ({
    status: 'final',
    code: { text: SECRET },
    subject: { reference: `Patient/${patient}` },
  }),
  MedicationRequest: (patient) => ({
    status: 'active',
    intent: 'order',
    medicationCodeableConcept: { text: SECRET },
    subject: { reference: `Patient/${patient}` },
  }),
  Appointment: (patient) => ({
    status: 'proposed',
    description: SECRET,
    participant: [{ actor: { reference: `Patient/${patient}` }, status: 'needs-action' }],
  }),
  Coverage: (patient) => ({
    status: 'active',
    beneficiary: { reference: `Patient/${patient}` },
    payor: [{ display: SECRET }],
  }),
};
const TYPES = Object.keys(OWN);
const idOf = (type: string, patient: string): string => (type === 'Patient' ? patient : `${patient}-${type}`);
const bodyOf = (type: string, patient: string, id: string): object => ({
  resourceType: type,
  id,
  ...OWN[type]?.(patient),
});

before(async () => {
  veil = await startVeil();
  for (const patient of [A, B]) {
    for (const type of TYPES) {
      const id = idOf(type, patient);
      const made = await veil.call(system, 'PUT', `/${type}/${id}`, { body: bodyOf(type, patient, id) });
      assert.equal(made.status, 201, made.text);
    }
  }
});
after(() => veil.stop());

/** One request of a route at an id, with a body that would do where a body is taken. */
function send(caller: Caller, route: Route, type: string, id: string): Promise<Reply> {
  const path = route.path.replace(':type', type).replace(':id', id).replace(':versionId', '1');
  if (route.method === 'GET' || route.method === 'DELETE') return veil.call(caller, route.method, path);
  if (route.interaction === 'search-type') {
    const headers = { 'Content-Type': 'application/x-www-form-urlencoded' };
    return veil.call(caller, route.method, path, { body: `_id=${id}`, headers });
  }
  if (route.interaction === 'patch') {
    const headers = { 'Content-Type': 'application/json-patch+json' };
    const body = [{ op: 'add', path: '/language', value: 'en' }];
    return veil.call(caller, route.method, path, { body, headers });
  }
  return veil.call(caller, route.method, path, { body: bodyOf(type, B, id) });
}

/** What a client gets, with the id that it asked for taken out. */
const formOf = (reply: Reply, id: string): unknown => ({
  status: reply.status,
  headers: [...reply.headers].filter(([name]) => name !== 'x-request-id' && name !== 'date'),
  text: reply.text.replaceAll(id, 'ID'),
});

const byId = ROUTES.filter((route) => route.path.includes(':id'));
const byType = ROUTES.filter((route) => route.path.startsWith('/:type') && !route.path.includes(':id'));

test('isolation: there are routes of both kinds to try', () => {
  assert.ok(byId.length >= 4);
  assert.ok(byType.length >= 3);
});

for (const [name, caller] of Object.entries(CALLERS)) {
  test(`isolation: ${name} gets for an id of another patient what an unknown id gets, on every route`, async () => {
    for (const route of byId) {
      for (const type of TYPES) {
        const id = idOf(type, B);
        const unknown = `x${id.slice(1)}`; // As long as the other.
        const of = `${route.method} ${route.path} ${type}`;
        const theirs = await send(caller, route, type, id);
        assert.deepEqual(formOf(theirs, id), formOf(await send(caller, route, type, unknown), unknown), of);
        assert.ok(theirs.status >= 400 || theirs.status === 204, of);
        assert.doesNotMatch(theirs.text, new RegExp(SECRET), of);
      }
    }
  });

  test(`isolation: ${name} finds nothing of another patient on routes of a type, and creates nothing for one`, async () => {
    for (const route of byType) {
      for (const type of TYPES) {
        const id = idOf(type, B);
        const of = `${route.method} ${route.path} ${type}`;
        const reply = await send(caller, route, type, id);
        assert.doesNotMatch(reply.text, new RegExp(`Patient/${B}|"${id}"`), of);
        if (route.interaction === 'create') assert.ok(reply.status >= 400, of);
      }
    }
  });

  test(`isolation: ${name} reads and finds the own record`, async () => {
    for (const type of TYPES) {
      assert.equal((await veil.call(caller, 'GET', `/${type}/${idOf(type, A)}`)).status, 200, type);
      const found = await veil.call(caller, 'GET', `/${type}`);
      assert.deepEqual(
        found.json.entry.map((entry: { resource: { id: string } }) => entry.resource.id),
        [idOf(type, A)],
        type,
      );
    }
  });
}

test('isolation: what was tried on another patient changed nothing', async () => {
  for (const type of TYPES) {
    const stored = await veil.call(system, 'GET', `/${type}/${idOf(type, B)}`);
    assert.equal(stored.status, 200, type);
    assert.equal(stored.headers.get('etag'), 'W/"1"', type);
  }
});
