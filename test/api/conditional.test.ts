/** Conditional create, update, patch and delete (R4 http.html; CONTRACT.md "conditional …"). */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type Caller, type CallOptions, type Reply, startVeil, type Veil } from '../support/veil.ts';

let veil: Veil;
before(async () => {
  veil = await startVeil();
});
after(() => veil.stop());

const SYSTEM: Caller = { roles: ['system'] };
const PHYSICIAN: Caller = { roles: ['physician'] };
const JSON_PATCH = { 'Content-Type': 'application/json-patch+json' };

// biome-ignore lint/suspicious/noExplicitAny: a resource of any shape
type Any = any;
const mrn = (value: string) => ({ type: { coding: [{ code: 'MR' }] }, system: 'urn:mrn', value });
const person = (value: string, more: Any = {}) => ({ resourceType: 'Patient', identifier: [mrn(value)], ...more });
const create = (as: Caller, body: Any, ifNoneExist: string): Promise<Reply> =>
  veil.call(as, 'POST', `/${body.resourceType}`, { body, headers: { 'If-None-Exist': ifNoneExist } });
const on = (method: string, query: string, options: CallOptions = {}, as = PHYSICIAN): Promise<Reply> =>
  veil.call(as, method, `/Patient?${query}`, options);
const count = async (value: string): Promise<number> =>
  (await veil.call(SYSTEM, 'GET', `/Patient?identifier=urn:mrn|${value}&_summary=count`)).json.total;
async function twins(value: string): Promise<void> {
  for (let i = 0; i < 2; i++)
    assert.equal((await veil.call(SYSTEM, 'POST', '/Patient', { body: person(value) })).status, 201);
}

test('If-None-Exist: none found makes the resource, one found is given back, several are 412', async () => {
  const made = await create(PHYSICIAN, person('c1'), 'identifier=urn:mrn|c1');
  assert.equal(made.status, 201, made.text);
  for (const form of ['identifier=urn:mrn|c1', '?identifier=urn:mrn|c1', 'Patient?identifier=urn%3Amrn%7Cc1']) {
    const found = await create(PHYSICIAN, person('c1', { gender: 'male' }), form);
    assert.equal(found.status, 200, form);
    assert.equal(found.json.id, made.json.id);
    assert.equal(found.json.gender, undefined);
    assert.equal(found.headers.get('etag'), 'W/"1"');
    assert.equal(found.headers.get('location'), made.headers.get('location'));
  }
  assert.equal(await count('c1'), 1);
  await twins('c2');
  const several = await create(PHYSICIAN, person('c2'), 'identifier=urn:mrn|c2');
  assert.equal(several.status, 412);
  assert.equal(await count('c2'), 2);
});

test('If-None-Exist: of thirty at once one is made and the others are given it', async () => {
  const replies = await Promise.all(
    Array.from({ length: 30 }, () => create(PHYSICIAN, person('race'), 'identifier=urn:mrn|race')),
  );
  assert.deepEqual(replies.map(({ status }) => status).toSorted(), [...Array(29).fill(200), 201]);
  assert.equal(new Set(replies.map(({ json }) => json.id)).size, 1);
  assert.equal(await count('race'), 1);
});

test('conditional update: at once by many, one creates and the rest follow it or are told of the conflict', async () => {
  const replies = await Promise.all(
    ['male', 'female', 'other', 'unknown'].map((gender) =>
      on('PUT', 'identifier=urn:mrn|put-race', { body: person('put-race', { gender }) }),
    ),
  );
  assert.ok(replies.every(({ status }) => [200, 201, 409].includes(status)));
  assert.equal(replies.filter(({ status }) => status === 201).length, 1);
  assert.equal(await count('put-race'), 1);
});

test('conditional update: none makes it, one is updated, several are 412, another id is 400', async () => {
  const made = await on('PUT', 'identifier=urn:mrn|u1', { body: person('u1') });
  assert.equal(made.status, 201, made.text);
  const updated = await on('PUT', 'identifier=urn:mrn|u1', { body: person('u1', { gender: 'other' }) });
  assert.equal(updated.status, 200, updated.text);
  assert.equal(updated.json.id, made.json.id);
  assert.equal(updated.json.meta.versionId, '2');
  const named = (id: string) => on('PUT', 'identifier=urn:mrn|u1', { body: person('u1', { id }) });
  assert.equal((await named(made.json.id)).status, 200);
  assert.equal((await named('another')).status, 400);
  await twins('u2');
  assert.equal((await on('PUT', 'identifier=urn:mrn|u2', { body: person('u2') })).status, 412);
});

test('conditional update: If-Match is held against what was found, and fails where nothing was', async () => {
  await on('PUT', 'identifier=urn:mrn|m1', { body: person('m1') });
  const put = (value: string, ifMatch: string) =>
    on('PUT', `identifier=urn:mrn|${value}`, {
      body: person(value, { gender: 'male' }),
      headers: { 'If-Match': ifMatch },
    });
  assert.equal((await put('m1', 'W/"2"')).status, 412);
  assert.equal((await put('m1', 'W/"1"')).status, 200);
  assert.equal((await put('nobody', '*')).status, 412);
});

test('conditional update: an id of its own is for those who see every row; it never takes what is there', async () => {
  const put = (as: Caller, id: string) => on('PUT', `identifier=urn:mrn|${id}`, { body: person(id, { id }) }, as);
  assert.equal((await put(SYSTEM, 'own-1')).status, 201);
  const there = await on('PUT', 'identifier=urn:mrn|elsewhere', { body: person('elsewhere', { id: 'own-1' }) }, SYSTEM);
  assert.equal(there.status, 409);
  const unknown = await put(PHYSICIAN, 'own-2');
  const known = await on('PUT', 'identifier=urn:mrn|x', { body: person('x', { id: 'own-1' }) });
  assert.deepEqual([unknown.status, known.status], [404, 404]);
  assert.equal(unknown.text, known.text);
});

test('conditional patch: one is patched, none is 404, several are 412', async () => {
  await on('PUT', 'identifier=urn:mrn|p1', { body: person('p1') });
  const patch = (value: string) =>
    on('PATCH', `identifier=urn:mrn|${value}`, {
      body: [{ op: 'add', path: '/gender', value: 'other' }],
      headers: JSON_PATCH,
    });
  assert.equal((await patch('p1')).json.gender, 'other');
  assert.equal((await patch('nobody')).status, 404);
  await twins('p2');
  assert.equal((await patch('p2')).status, 412);
});

test('conditional delete: one is deleted, none is 204, several are 412 and stay', async () => {
  await on('PUT', 'identifier=urn:mrn|d1', { body: person('d1') }, SYSTEM);
  assert.equal((await on('DELETE', 'identifier=urn:mrn|d1', {}, SYSTEM)).status, 204);
  assert.equal(await count('d1'), 0);
  assert.equal((await on('DELETE', 'identifier=urn:mrn|d1', {}, SYSTEM)).status, 204);
  await twins('d2');
  assert.equal((await on('DELETE', 'identifier=urn:mrn|d2', {}, SYSTEM)).status, 412);
  assert.equal(await count('d2'), 2);
});

test('conditions: an unknown parameter, a bad value, none at all and what shapes an answer are 400', async () => {
  for (const query of [
    'unheard-of=1',
    'identifier=',
    'birthdate=soon',
    '',
    '_count=5',
    'identifier=urn:mrn|q&_sort=_id',
    'name:sounds=x',
  ]) {
    assert.equal((await create(PHYSICIAN, person('q'), query)).status, 400, query);
    for (const method of ['PUT', 'PATCH', 'DELETE']) {
      const patch = method === 'PATCH' ? { body: [], headers: JSON_PATCH } : { body: person('q') };
      const reply = await on(method, query, method === 'DELETE' ? {} : patch, SYSTEM);
      assert.equal(reply.status, 400, `${method} ${query} ${reply.text}`);
    }
  }
  assert.equal(await count('q'), 0);
});

test('conditions: one that would look through too much is too-costly', async () => {
  const reply = await create(PHYSICIAN, person('narrow'), 'name:contains=zz');
  assert.ok([403, 201].includes(reply.status), reply.text);
});

test('conditions: they pass the guard, and find only what the caller may see', async () => {
  const ssn = 'http://hl7.org/fhir/sid/us-ssn';
  const hidden = { ...person('guard'), identifier: [mrn('guard'), { system: ssn, value: '987-65-4321' }] };
  assert.equal((await veil.call(SYSTEM, 'POST', '/Patient', { body: hidden })).status, 201);
  // A physician does not see the SSN: the guess finds nothing, right or wrong.
  for (const value of ['987-65-4321', '987-65-4322']) {
    const guess = await on('PATCH', `identifier=${ssn}|${value}`, { body: [], headers: JSON_PATCH });
    assert.equal(guess.status, 404);
  }
  const scheduler: Caller = { roles: ['scheduler'] };
  const guarded = await veil.call(scheduler, 'DELETE', '/Appointment?reason-code=urn:x|1');
  assert.equal(guarded.status, 403);
  assert.match(guarded.text, /reason-code/);
  assert.equal((await veil.call(scheduler, 'DELETE', '/Appointment?date=1999-01-01')).status, 204);
});

test('conditions: another patient is not found by a patient, whatever it asks', async () => {
  await veil.call(SYSTEM, 'PUT', '/Patient/mine', { body: person('mine', { id: 'mine' }) });
  await veil.call(SYSTEM, 'PUT', '/Patient/theirs', { body: person('theirs', { id: 'theirs' }) });
  const mine: Caller = { roles: ['patient'], patient: 'mine' };
  const patch = (value: string) => on('PATCH', `identifier=urn:mrn|${value}`, { body: [], headers: JSON_PATCH }, mine);
  const [unseen, unknown] = [await patch('theirs'), await patch('unknown')];
  assert.equal(unseen.status, 404);
  assert.equal(unseen.text, unknown.text);
  assert.equal((await patch('mine')).status, 200);
});

test('conditions: they need the right to search as well as that to write', async () => {
  const scoped = (scope: string) => create({ ...PHYSICIAN, scope }, person('scoped'), 'identifier=urn:mrn|scoped');
  assert.equal((await scoped('user/Patient.c')).status, 403);
  assert.equal((await scoped('user/Patient.rs')).status, 403);
  const blind = await scoped('user/Patient.cs');
  assert.equal(blind.status, 201, blind.text);
  assert.equal(blind.text, '');
  const found = await scoped('user/Patient.cs');
  assert.deepEqual([found.status, found.text], [200, '']);
  assert.ok(found.headers.get('location'));
  const update = await on(
    'PUT',
    'identifier=urn:mrn|new',
    { body: person('new') },
    { ...PHYSICIAN, scope: 'user/Patient.us' },
  );
  assert.equal(update.status, 403);
});

test('conditions: the audit record keeps them, and names what was found', async () => {
  await on('PUT', 'identifier=urn:mrn|audited', { body: person('audited') });
  const events = await veil.call({ roles: ['compliance'] }, 'GET', '/AuditEvent?_count=1');
  const [{ resource }] = events.json.entry;
  assert.equal(resource.subtype[0].code, 'update');
  assert.ok(resource.entity.some(({ what }: Any) => /^Patient\/.+/.test(what?.reference ?? '')));
  assert.ok(
    resource.entity.some(({ query }: Any) => query && /identifier/.test(Buffer.from(query, 'base64').toString())),
  );
});

test('metadata: what is conditional is told', async () => {
  const { json } = await veil.call(SYSTEM, 'GET', '/metadata');
  const patient = json.rest[0].resource.find(({ type }: Any) => type === 'Patient');
  assert.deepEqual(
    [patient.conditionalCreate, patient.conditionalUpdate, patient.conditionalDelete],
    [true, true, 'single'],
  );
});
