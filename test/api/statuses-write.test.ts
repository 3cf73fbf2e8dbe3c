/** Conditions, versions, deletions and preferences of CONTRACT.md "Status codes" and "Where R4 leaves room": writes. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type Caller, type CallOptions, type Reply, startVeil, type Veil } from '../support/veil.ts';

let veil: Veil;
before(async () => {
  veil = await startVeil();
});
after(() => veil.stop());

const physician: Caller = { roles: ['physician'] };
const system: Caller = { roles: ['system'] };
const person = { resourceType: 'Patient', name: [{ family: 'Status' }], gender: 'female' };
const observation = {
  resourceType: 'Observation',
  status: 'final',
  code: { text: 'status' },
  subject: { reference: 'Patient/status' },
};

const put = (id: string, body: object, headers: CallOptions['headers'] = {}, as: Caller = physician): Promise<Reply> =>
  veil.call(as, 'PUT', `/${'resourceType' in body ? body.resourceType : 'Patient'}/${id}`, { body, headers });

// biome-ignore lint/suspicious/noExplicitAny: a resource of any shape
async function make(body: Readonly<Record<string, unknown>>): Promise<any> {
  const made = await veil.call(physician, 'POST', `/${body['resourceType']}`, { body });
  assert.equal(made.status, 201, made.text);
  return made.json;
}

const issueOf = (reply: Reply): string | undefined => reply.json?.issue?.[0]?.code;

test('If-Match: weak, strong, a list and * are honoured; one out of date is 412', async () => {
  const made = await make(person);
  const next = async (ifMatch: string, birthDate: string): Promise<Reply> =>
    put(made.id, { ...made, birthDate }, { 'If-Match': ifMatch });
  let version = 1;
  for (const form of ['W/"V"', '"V"', 'W/"99", W/"V"', '"99","V"', '*']) {
    const stale = await next(form === '*' ? '"0"' : form.replaceAll('V', String(version + 7)), '1999-01-01');
    assert.equal(stale.status, 412, form);
    assert.equal(issueOf(stale), 'conflict');
    const done = await next(form.replaceAll('V', String(version)), `19${60 + version}-01-01`);
    assert.equal(done.status, 200, `${form} ${done.text}`);
    assert.equal(done.headers.get('etag'), `W/"${++version}"`);
  }
  assert.equal((await put('nobody', { ...person, id: 'nobody' }, { 'If-Match': '*' })).status, 404);
  assert.equal((await put('nobody', { ...person, id: 'nobody' }, { 'If-Match': '*' }, system)).status, 404);
  assert.equal((await veil.call(physician, 'GET', `/Patient/${made.id}`)).headers.get('etag'), `W/"${version}"`);
});

test('update: saving what was read is 200 with the same version and the same ETag', async () => {
  const made = await make(person);
  const read = await veil.call(physician, 'GET', `/Patient/${made.id}`);
  const saved = await put(made.id, read.json);
  assert.equal(saved.status, 200);
  assert.equal(saved.headers.get('etag'), read.headers.get('etag'));
  assert.equal(saved.json.meta.versionId, '1');
  const changed = await put(made.id, { ...read.json, birthDate: '1950-05-05' });
  assert.equal(changed.headers.get('etag'), 'W/"2"');
});

test('update: without an id, or with another one, is 400', async () => {
  const made = await make(person);
  assert.equal((await put(made.id, person)).status, 400);
  assert.equal((await put(made.id, { ...person, id: 'other' })).status, 400);
  assert.equal((await put(made.id, { ...person, id: 7 })).status, 400);
  assert.equal((await put(made.id, { ...person, id: made.id })).status, 200);
});

test('create by update: 201 for system, the 404 of an unknown id for a physician, 400 for an id that is none', async () => {
  const refused = await put('chosen', { ...person, id: 'chosen' });
  assert.equal(refused.status, 404);
  assert.equal(refused.text, (await veil.call(physician, 'GET', '/Patient/chosen')).text);
  const narrowed = await put('chosen', { ...person, id: 'chosen' }, {}, { ...system, scope: 'patient/*.cruds' });
  assert.ok([403, 404].includes(narrowed.status), narrowed.text);
  const made = await put('chosen', { ...person, id: 'chosen' }, {}, system);
  assert.equal(made.status, 201);
  assert.equal(made.headers.get('etag'), 'W/"1"');
  assert.equal((await put('a_b', { ...person, id: 'a_b' }, {}, system)).status, 400);
  assert.equal((await put('a'.repeat(65), { ...person, id: 'a'.repeat(65) }, {}, system)).status, 400);
  assert.equal((await put('chosen', { ...person, id: 'chosen', birthDate: '2000' })).status, 200);
});

test('create: Location names the new version; an id in the body is not taken', async () => {
  const made = await veil.call(physician, 'POST', '/Patient', { body: { ...person, id: 'mine' } });
  assert.equal(made.status, 201);
  assert.notEqual(made.json.id, 'mine');
  assert.equal(made.headers.get('location'), `${veil.baseUrl}/Patient/${made.json.id}/_history/1`);
  assert.equal(made.headers.get('etag'), 'W/"1"');
  assert.ok(made.headers.has('last-modified'));
});

test('Prefer: return decides the body, and representation is the default', async () => {
  const ask = (prefer: string): Promise<Reply> =>
    veil.call(physician, 'POST', '/Patient', { body: person, headers: { Prefer: prefer } });
  for (const [prefer, type] of [
    ['return=minimal', undefined],
    ['return=OperationOutcome', 'OperationOutcome'],
    ['return=representation', 'Patient'],
    ['handling=strict, return=minimal', undefined],
    ['nonsense', 'Patient'],
  ] as const) {
    const reply = await ask(prefer);
    assert.equal(reply.status, 201, prefer);
    assert.equal(reply.json?.resourceType, type, prefer);
    if (type === undefined) assert.equal(reply.text, '', prefer);
    assert.ok(reply.headers.has('location'), prefer);
  }
});

test('delete: 204 always; then 410 to a read, 201 to who may create by update; with If-Match 412 alike', async () => {
  const made = await make(observation);
  const path = `/Observation/${made.id}`;
  const stale = await veil.call(physician, 'DELETE', path, { headers: { 'If-Match': 'W/"9"' } });
  assert.equal(stale.status, 412);
  const unknown = await veil.call(physician, 'DELETE', '/Observation/nobody', { headers: { 'If-Match': 'W/"9"' } });
  assert.equal(unknown.status, 412);
  assert.equal(unknown.text, stale.text);
  assert.equal((await veil.call(physician, 'DELETE', '/Observation/nobody')).status, 204);
  const deleted = await veil.call(physician, 'DELETE', path, { headers: { 'If-Match': 'W/"1"' } });
  assert.equal(deleted.status, 204);
  assert.equal(deleted.text, '');
  const again = await veil.call(physician, 'DELETE', path);
  assert.equal(again.status, 204);
  const read = await veil.call(physician, 'GET', path);
  assert.equal(read.status, 410);
  assert.equal(issueOf(read), 'deleted');
  assert.equal((await veil.call(physician, 'GET', `/Observation?_id=${made.id}`)).json.total, 0);
  assert.equal((await put(made.id, { ...observation, id: made.id })).status, 404);
  const back = await put(made.id, { ...observation, id: made.id }, {}, system);
  assert.equal(back.status, 201);
  assert.equal(back.headers.get('etag'), 'W/"3"');
  assert.equal((await veil.call(physician, 'GET', path)).status, 200);
});

test('delete: what was out of sight before stays 404 afterwards', async () => {
  const made = await make({ ...observation, subject: { reference: 'Patient/one' } });
  const other: Caller = { roles: ['patient'], patient: 'two' };
  const own: Caller = { roles: ['patient'], patient: 'one' };
  assert.equal((await veil.call(own, 'GET', `/Observation/${made.id}`)).status, 200);
  assert.equal((await veil.call(physician, 'DELETE', `/Observation/${made.id}`)).status, 204);
  assert.equal((await veil.call(own, 'GET', `/Observation/${made.id}`)).status, 410);
  const unseen = await veil.call(other, 'GET', `/Observation/${made.id}`);
  assert.equal(unseen.status, 404);
  assert.equal(unseen.text, (await veil.call(other, 'GET', '/Observation/nobody')).text);
});

test('write: an element that the role may not change is 403 and named; the stored value sent back is fine', async () => {
  const made = await make(person);
  const own: Caller = { roles: ['patient'], patient: made.id };
  const read = (await veil.call(own, 'GET', `/Patient/${made.id}`)).json;
  const refused = await put(made.id, { ...read, gender: 'male' }, {}, own);
  assert.equal(refused.status, 403);
  assert.equal(issueOf(refused), 'forbidden');
  assert.match(refused.text, /gender/);
  const allowed = await put(made.id, { ...read, telecom: [{ system: 'phone', value: '1' }] }, {}, own);
  assert.equal(allowed.status, 200, allowed.text);
});

test('write: a label that takes it out of the writer’s sight is done, with no body but an OperationOutcome', async () => {
  const security = [{ system: 'http://terminology.hl7.org/CodeSystem/v3-ActCode', code: 'PSY' }];
  const hidden = await veil.call(physician, 'POST', '/Observation', { body: { ...observation, meta: { security } } });
  assert.equal(hidden.status, 201);
  assert.equal(hidden.json.resourceType, 'OperationOutcome');
  assert.ok(hidden.headers.has('location'));
  const id = hidden.headers.get('location')?.split('/').at(-3);
  assert.equal((await veil.call(physician, 'GET', `/Observation/${id}`)).status, 404);
  assert.equal((await veil.call(system, 'GET', `/Observation/${id}`)).status, 200);
});

test('read: If-None-Match and HEAD', async () => {
  const made = await make(person);
  const path = `/Patient/${made.id}`;
  const unchanged = await veil.call(physician, 'GET', path, { headers: { 'If-None-Match': 'W/"1"' } });
  assert.equal(unchanged.status, 304);
  assert.equal(unchanged.text, '');
  assert.equal((await veil.call(physician, 'GET', path, { headers: { 'If-None-Match': 'W/"2"' } })).status, 200);
  const [get, head] = [await veil.call(physician, 'GET', path), await veil.call(physician, 'HEAD', path)];
  assert.equal(head.status, 200);
  assert.equal(head.text, '');
  for (const name of ['etag', 'content-type', 'last-modified', 'content-length']) {
    assert.equal(head.headers.get(name), get.headers.get(name), name);
  }
  assert.equal((await veil.call(physician, 'HEAD', '/Patient/nobody')).status, 404);
});

test('what comes with later releases is refused cleanly', async () => {
  const made = await make(person);
  for (const [method, path] of [
    ['GET', `/Patient/${made.id}/$everything`],
    ['GET', '/'],
    ['GET', `/Patient/${made.id}/Observation`],
  ] as const) {
    const reply = await veil.call(system, method, path, method === 'GET' ? {} : { body: person });
    assert.ok([400, 404, 405, 415].includes(reply.status), `${method} ${path} ${reply.status}`);
    assert.equal(reply.json?.resourceType, 'OperationOutcome', `${method} ${path}`);
  }
});

test('conflict: of two writers with one ETag, one is done and the other is 412', async () => {
  const made = await make(person);
  const replies = await Promise.all(
    ['1960', '1970', '1980', '1990'].map((birthDate) => put(made.id, { ...made, birthDate }, { 'If-Match': 'W/"1"' })),
  );
  assert.deepEqual(replies.map(({ status }) => status).toSorted(), [200, 412, 412, 412]);
});
