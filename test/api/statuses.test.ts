/** CONTRACT.md "Status codes", as a table: what is asked, by whom, and the status, issue and element of the answer. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { loadFiles } from '../../src/cli/load-resources.ts';
import { type Caller, type CallOptions, type Reply, startVeil, type Veil } from '../support/veil.ts';
import { observation, person, table } from './statuses-table.ts';

let veil: Veil;
before(async () => {
  veil = await startVeil();
  assert.equal((await loadFiles(veil.app, ['seed'], { say: () => undefined })).failed, 0);
});
after(() => veil.stop());

const ANN = 'ann-lee';
const physician: Caller = { roles: ['physician'] };
const system: Caller = { roles: ['system'] };
const ann: Caller = { roles: ['patient'], patient: ANN };

const patientType = (type: string): CallOptions => ({
  body: JSON.stringify(person),
  headers: { 'Content-Type': type },
});
const accept = (type: string): CallOptions => ({ headers: { Accept: type } });

table(() => veil, 'media type', [
  { name: 'application/json', method: 'POST', path: '/Patient', options: patientType('application/json'), status: 201 },
  {
    name: 'fhirVersion 4.0',
    method: 'POST',
    path: '/Patient',
    options: patientType('application/fhir+json; fhirVersion=4.0'),
    status: 201,
  },
  { name: 'XML', method: 'POST', path: '/Patient', options: patientType('application/fhir+xml'), status: 415 },
  { name: 'text/plain', method: 'POST', path: '/Patient', options: patientType('text/plain'), status: 415 },
  {
    name: 'UTF-16',
    method: 'POST',
    path: '/Patient',
    options: patientType('application/fhir+json; charset=utf-16'),
    status: 415,
  },
  {
    name: 'a form for a resource',
    method: 'POST',
    path: '/Patient',
    options: patientType('application/x-www-form-urlencoded'),
    status: 415,
  },
  {
    name: 'JSON for a form',
    method: 'POST',
    path: '/Patient/_search',
    options: patientType('application/json'),
    status: 415,
  },
  { name: 'Accept JSON', path: `/Patient/${ANN}`, options: accept('application/json'), status: 200 },
  { name: 'Accept anything', path: `/Patient/${ANN}`, options: accept('*/*'), status: 200 },
  { name: 'Accept XML', path: `/Patient/${ANN}`, options: accept('application/fhir+xml'), status: 406 },
  {
    name: 'Accept XML, but _format=json',
    path: `/Patient/${ANN}?_format=json`,
    options: accept('application/fhir+xml'),
    status: 200,
  },
  { name: '_format=xml', path: `/Patient/${ANN}?_format=xml`, status: 406 },
  { name: '_format=application/fhir+json', path: `/Patient/${ANN}?_format=application/fhir%2Bjson`, status: 200 },
]);

table(() => veil, 'path', [
  { name: 'a type that R4 does not have', path: '/Nonsense/1', status: 404, code: 'not-found' },
  { name: 'a type that is not served', path: '/Questionnaire', status: 404, code: 'not-found' },
  { name: 'a type in the wrong case', path: '/patient/ann-lee', status: 404, code: 'not-found' },
  { name: 'an unknown id', path: '/Patient/nobody', status: 404, code: 'not-found' },
  { name: 'an id that is none', path: '/Patient/a_b', status: 404, code: 'not-found' },
  { name: 'a very long id', path: `/Patient/${'a'.repeat(2000)}`, status: 404, code: 'not-found' },
  { name: 'a bad escape', path: '/Patient/%e4', status: 400 },
  {
    name: 'a role without a row for the type',
    as: { roles: ['scheduler'] },
    path: '/Observation/nobody',
    status: 403,
    code: 'forbidden',
  },
  { name: 'the same for a search', as: { roles: ['scheduler'] }, path: '/Observation', status: 403, code: 'forbidden' },
  {
    name: 'the same for a create',
    as: { roles: ['scheduler'] },
    method: 'POST',
    path: '/Observation',
    options: { body: observation },
    status: 403,
  },
  {
    name: 'a role that may not create',
    as: { roles: ['billing'] },
    method: 'POST',
    path: '/Patient',
    options: { body: person },
    status: 403,
  },
  { name: 'a role that may not delete', method: 'DELETE', path: `/Patient/${ANN}`, status: 403, code: 'forbidden' },
  {
    name: 'admin, who sees no resource',
    as: { roles: ['admin'] },
    path: `/Patient/${ANN}`,
    status: 403,
    code: 'forbidden',
  },
  {
    name: 'a token without a known role',
    as: { roles: ['gardener'] },
    path: `/Patient/${ANN}`,
    status: 403,
    code: 'forbidden',
  },
  { name: 'a token without roles', as: { roles: [] }, path: `/Patient/${ANN}`, status: 403, code: 'forbidden' },
  {
    name: 'a scope of another type',
    as: { ...physician, scope: 'user/Observation.rs' },
    path: `/Patient/${ANN}`,
    status: 403,
  },
  {
    name: 'a scope that holds no FHIR scope',
    as: { ...physician, scope: 'openid' },
    path: `/Patient/${ANN}`,
    status: 403,
    code: 'forbidden',
  },
  {
    name: 'a scope with letters out of order',
    as: { ...physician, scope: 'user/Patient.sr' },
    path: `/Patient/${ANN}`,
    status: 403,
  },
  { name: 'a v1 scope', as: { ...physician, scope: 'user/Patient.read' }, path: `/Patient/${ANN}`, status: 200 },
  { name: 'another patient’s record', as: ann, path: '/Patient/george-abara', status: 404, code: 'not-found' },
  {
    name: 'a patient token without a patient, an id',
    as: { roles: ['patient'] },
    path: `/Patient/${ANN}`,
    status: 404,
  },
  { name: 'a patient token without a patient, a search', as: { roles: ['patient'] }, path: '/Patient', status: 200 },
  {
    name: 'writing an AuditEvent',
    as: system,
    method: 'POST',
    path: '/AuditEvent',
    options: { body: { resourceType: 'AuditEvent' } },
    status: 403,
  },
  { name: 'system reading the log', as: system, path: '/AuditEvent', status: 403, code: 'forbidden' },
]);

test('404: unknown and unseen are the very same answer, for a read and for an update', async () => {
  const shape = ({ status, text, headers }: Reply): unknown => {
    const kept = [...headers].filter(([name]) => !['date', 'x-request-id'].includes(name));
    return { status, text, kept };
  };
  const others: readonly { readonly resource: { readonly id: string } }[] = (await veil.call(system, 'GET', '/Patient'))
    .json.entry;
  const other = others.map(({ resource }) => resource.id).find((id) => id !== ANN);
  assert.ok(other);
  for (const method of ['GET', 'HEAD', 'PUT']) {
    const ask = (id: string): Promise<Reply> =>
      veil.call(ann, method, `/Patient/${id}`, method === 'PUT' ? { body: { ...person, id } } : {});
    const unseen: Reply = await ask(other);
    const unknown: Reply = await ask('nobody');
    assert.equal(unseen.status, 404, method);
    assert.deepEqual(shape(unseen), shape(unknown), method);
  }
});

const raw = async (authorization: string | undefined, path = '/Patient'): Promise<Response> =>
  fetch(`${veil.baseUrl}${path}`, authorization === undefined ? {} : { headers: { Authorization: authorization } });

test('401: no token and every bad one, each with WWW-Authenticate and issue login', async () => {
  const good = await veil.token(physician);
  const [head = '', body = '', signature = ''] = good.split('.');
  const claims = JSON.parse(Buffer.from(body, 'base64url').toString());
  const encode = (json: unknown): string => Buffer.from(JSON.stringify(json)).toString('base64url');
  const forms: readonly (string | undefined)[] = [
    undefined,
    '',
    'Bearer',
    'Bearer x',
    'Basic dXNlcjpwYXNz',
    `Bearer ${good}x`,
    `Bearer ${head}.${body}.`,
    `Bearer ${head}.${encode({ ...claims, roles: ['system'] })}.${signature}`,
    `Bearer ${encode({ alg: 'none', typ: 'at+jwt' })}.${body}.`,
    `Bearer ${encode({ alg: 'HS256', typ: 'at+jwt' })}.${body}.${signature}`,
    `Bearer ${good} ${good}`,
  ];
  const texts = new Set<string>();
  for (const form of forms) {
    const response = await raw(form);
    assert.equal(response.status, 401, form);
    assert.match(response.headers.get('www-authenticate') ?? '', /^Bearer/);
    assert.equal(response.headers.get('cache-control'), 'no-store');
    const json = JSON.parse(await response.text());
    assert.equal(json.issue[0].code, 'login');
    if (form?.startsWith('Bearer ')) texts.add(JSON.stringify(json));
  }
  assert.equal(texts.size, 1, 'all failures of a token look alike');
  assert.equal((await raw(`Bearer ${good}`)).status, 200);
  assert.equal((await raw(`bearer ${good}`)).status, 200);
  assert.equal((await raw(undefined, `/Patient?access_token=${good}`)).status, 401);
});

test('401: a token is refused once it has expired, with no more than the tolerance', async () => {
  let now = Date.now();
  const other = await startVeil({ clock: () => now });
  try {
    const exp = expiryOf(await other.token(system)) * 1000;
    for (const [at, status] of [
      [now, 200],
      [exp + 29_000, 200],
      [exp + 31_000, 401],
    ] as const) {
      now = at;
      assert.equal((await other.call(system, 'GET', '/Patient')).status, status, String(at - exp));
    }
  } finally {
    await other.stop();
  }
});

const expiryOf = (token: string): number =>
  Number(JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()).exp);
