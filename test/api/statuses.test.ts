/** CONTRACT.md "Status codes", as a table: what is asked, by whom, and the status, issue and element of the answer. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { loadFiles } from '../../src/cli/load-resources.ts';
import { type Caller, type CallOptions, type Reply, startVeil, type Veil } from '../support/veil.ts';

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

interface Case {
  readonly name: string;
  readonly as?: Caller;
  readonly method?: string;
  readonly path: string;
  readonly options?: CallOptions;
  readonly status: number;
  /** The code of an issue that must be there. */
  readonly code?: string;
  /** The expression of an issue that must be there. */
  readonly expression?: string;
  /** In the diagnostics of some issue: a name that CONTRACT.md wants named. */
  readonly names?: string;
}

function table(title: string, cases: readonly Case[]): void {
  for (const one of cases) {
    test(`${title}: ${one.name} is ${one.status}`, async () => {
      const { as = physician, method = 'GET', path, options } = one;
      checkCase(await veil.call(as, method, path, options), one);
    });
  }
}

function checkCase(reply: Reply, { status, code, expression, names }: Case): void {
  assert.equal(reply.status, status, reply.text);
  checkAnswer(reply);
  if (status >= 400) checkOutcome(reply);
  const issues: readonly Issue[] = reply.json?.issue ?? [];
  if (code !== undefined) assert.ok(issues.some((issue) => issue.code === code), reply.text);
  if (expression !== undefined) assert.ok(issues.some((issue) => issue.expression?.includes(expression)), reply.text);
  if (names !== undefined) assert.ok(issues.some((issue) => issue.diagnostics?.includes(names)), reply.text);
}

interface Issue {
  readonly severity: string;
  readonly code: string;
  readonly diagnostics?: string;
  readonly expression?: readonly string[];
}

// Every answer under /fhir carries no-store and helmet's headers, whatever its status.
function checkAnswer({ headers }: Reply): void {
  assert.equal(headers.get('cache-control'), 'no-store');
  assert.equal(headers.get('x-content-type-options'), 'nosniff');
  assert.ok(headers.has('content-security-policy'));
  assert.equal(headers.get('x-powered-by'), null);
  assert.ok(headers.has('x-request-id'));
}

function checkOutcome({ json, headers }: Reply): void {
  assert.equal(json?.resourceType, 'OperationOutcome');
  assert.match(headers.get('content-type') ?? '', /^application\/fhir\+json/);
  assert.ok(json.issue.length > 0);
  for (const issue of json.issue) {
    assert.ok(issue.severity && issue.code && issue.diagnostics, JSON.stringify(issue));
  }
}

const person = { resourceType: 'Patient', name: [{ family: 'Status' }], gender: 'female', birthDate: '1970-01-01' };
const observation = {
  resourceType: 'Observation',
  status: 'final',
  code: { text: 'status' },
  subject: { reference: `Patient/${ANN}` },
};
const post = (body: unknown, more: Partial<Case> & Pick<Case, 'name' | 'status'>): Case => ({
  path: `/${typeOf(body)}`,
  ...more,
  method: 'POST',
  options: { body, ...more.options },
});

function typeOf(body: unknown): string {
  const type = typeof body === 'object' && body !== null && 'resourceType' in body ? String(body.resourceType) : '';
  return type === 'Observation' ? type : 'Patient';
}

table('body', [
  post(person, { name: 'a good Patient', status: 201 }),
  post('{"resourceType":"Patient",', { name: 'JSON that does not parse', status: 400, code: 'structure' }),
  post('', { name: 'an empty body', status: 400, code: 'structure', options: {} }),
  post('[]', { name: 'a list', status: 422, code: 'structure' }),
  post('"Patient"', { name: 'a string', status: 422, code: 'structure' }),
  post('{"resourceType":"Patient","gender":"male","gender":"female"}', { name: 'a duplicate key', status: 422 }),
  post('{"resourceType":"Patient","name":[{"family":"a","f\\u0061mily":"b"}]}', {
    name: 'a duplicate key by escape, deeper down',
    status: 422,
  }),
  post({ ...person, nickname: 'x' }, { name: 'an unknown element', status: 422, expression: 'Patient.nickname' }),
  post({ ...person, name: [{ famly: 'x' }] }, { name: 'an unknown element below', status: 422, expression: 'Patient.name[0].famly' }),
  post({ ...observation, status: undefined }, { name: 'a missing required element', status: 422, expression: 'Observation.status' }),
  post({ ...observation, code: undefined }, { name: 'a missing required object', status: 422, expression: 'Observation.code' }),
  post({ ...person, resourceType: 'Observation' }, { name: 'another resourceType', path: '/Patient', status: 422 }),
  post({ ...person, resourceType: 'Nonsense' }, { name: 'an unknown resourceType', status: 422 }),
  post({ ...person, resourceType: undefined }, { name: 'no resourceType', status: 422 }),
  post({ ...person, resourceType: 7 }, { name: 'a resourceType that is a number', status: 422 }),
  post({ ...person, deceasedBoolean: false, deceasedDateTime: '2020' }, {
    name: 'two types of one choice',
    status: 422,
    expression: 'Patient.deceased',
  }),
  post({ ...person, birthDate: '1970-02-30' }, { name: 'a day that does not exist', status: 422, expression: 'Patient.birthDate' }),
  post({ ...person, birthDate: '70-1-1' }, { name: 'a date in another form', status: 422, expression: 'Patient.birthDate' }),
  post({ ...person, gender: 'f' }, { name: 'a code outside of a required binding', status: 422, expression: 'Patient.gender' }),
  post({ ...person, active: 'true' }, { name: 'a boolean as text', status: 422, expression: 'Patient.active' }),
  post({ ...person, name: { family: 'x' } }, { name: 'an object for a list', status: 422, expression: 'Patient.name' }),
  post({ ...person, gender: ['female'] }, { name: 'a list for a single element', status: 422, expression: 'Patient.gender' }),
  post({ ...person, gender: null }, { name: 'null', status: 422, expression: 'Patient.gender' }),
  post({ ...person, name: [] }, { name: 'an empty list', status: 422, expression: 'Patient.name' }),
  post({ ...person, name: [{}] }, { name: 'an empty object', status: 422, expression: 'Patient.name' }),
  post({ ...person, name: [{ family: '' }] }, { name: 'an empty string', status: 422, expression: 'Patient.name[0].family' }),
  post({ ...person, multipleBirthInteger: 2 }, { name: 'an integer', status: 201 }),
  post(`{"resourceType":"Patient","multipleBirthInteger":1.0}`, {
    name: 'an integer written 1.0',
    status: 422,
    expression: 'Patient.multipleBirth',
  }),
  post(`{"resourceType":"Patient","multipleBirthInteger":1e0}`, {
    name: 'an integer with an exponent',
    status: 422,
    expression: 'Patient.multipleBirth',
  }),
  post({ ...person, photo: [{ url: 'not a url' }] }, { name: 'a url with spaces', status: 422, expression: 'Patient.photo[0].url' }),
  post({ ...observation, effectiveInstant: '2020-01-01' }, {
    name: 'an instant without a time',
    status: 422,
    expression: 'Observation.effective',
  }),
  post(nested(60), { name: 'sixty levels, as extensions', status: 201 }),
  post(nested(70), { name: 'seventy levels', status: 400, code: 'structure' }),
  post(`{"resourceType":"Patient","x":${'['.repeat(100_000)}${']'.repeat(100_000)}}`, {
    name: 'a hundred thousand levels',
    status: 400,
    code: 'structure',
  }),
  post({ ...person, name: [{ text: 'x'.repeat(1_100_000) }] }, { name: 'more than 1 MiB', status: 413, code: 'too-long' }),
]);

// Extensions in extensions: each is an object in a list, two levels of JSON.
function nested(levels: number): unknown {
  let extension: unknown = { url: 'http://example.org/leaf', valueString: 'x' };
  for (let level = 4; level <= levels; level += 2) extension = { url: 'http://example.org/x', extension: [extension] };
  return { ...person, extension: [extension] };
}

test('body: all faults are told at once, each with its element', async () => {
  const body = { ...person, gender: 'f', birthDate: 'x', nickname: 'x', name: [{ family: 7 }] };
  const { json } = await veil.call(physician, 'POST', '/Patient', { body });
  const told = new Set(json.issue.flatMap((issue: Issue) => issue.expression ?? []));
  for (const path of ['Patient.gender', 'Patient.birthDate', 'Patient.nickname', 'Patient.name[0].family']) {
    assert.ok(told.has(path), path);
  }
  assert.doesNotMatch(JSON.stringify(json), /"f"|'f'/);
});

const packed = (body: unknown, encoding: string, pack: (text: string) => Buffer) =>
  ({
    method: 'POST',
    headers: { 'Content-Type': 'application/fhir+json', 'Content-Encoding': encoding },
    body: new Uint8Array(pack(JSON.stringify(body))),
  }) as const;

test('body: gzip is taken, and the limit counts unpacked bytes', async () => {
  const send = async (init: ReturnType<typeof packed>): Promise<number> => {
    const headers = { ...init.headers, Authorization: `Bearer ${await veil.token(physician)}` };
    const response = await fetch(`${veil.baseUrl}/Patient`, { ...init, headers });
    await response.text();
    return response.status;
  };
  assert.equal(await send(packed(person, 'gzip', gzipSync)), 201);
  assert.equal(await send(packed({ ...person, name: [{ text: 'x'.repeat(3_000_000) }] }, 'gzip', gzipSync)), 413);
  assert.equal(await send(packed(person, 'gzip', (text) => Buffer.from(text))), 400);
  assert.equal(await send(packed(person, 'zstd', (text) => Buffer.from(text))), 415);
});

const patientType = (type: string): CallOptions => ({ body: JSON.stringify(person), headers: { 'Content-Type': type } });
const accept = (type: string): CallOptions => ({ headers: { Accept: type } });

table('media type', [
  { name: 'application/json', method: 'POST', path: '/Patient', options: patientType('application/json'), status: 201 },
  { name: 'fhirVersion 4.0', method: 'POST', path: '/Patient', options: patientType('application/fhir+json; fhirVersion=4.0'), status: 201 },
  { name: 'XML', method: 'POST', path: '/Patient', options: patientType('application/fhir+xml'), status: 415 },
  { name: 'text/plain', method: 'POST', path: '/Patient', options: patientType('text/plain'), status: 415 },
  { name: 'UTF-16', method: 'POST', path: '/Patient', options: patientType('application/fhir+json; charset=utf-16'), status: 415 },
  { name: 'a form for a resource', method: 'POST', path: '/Patient', options: patientType('application/x-www-form-urlencoded'), status: 415 },
  { name: 'JSON for a form', method: 'POST', path: '/Patient/_search', options: patientType('application/json'), status: 415 },
  { name: 'Accept JSON', path: `/Patient/${ANN}`, options: accept('application/json'), status: 200 },
  { name: 'Accept anything', path: `/Patient/${ANN}`, options: accept('*/*'), status: 200 },
  { name: 'Accept XML', path: `/Patient/${ANN}`, options: accept('application/fhir+xml'), status: 406 },
  { name: 'Accept XML, but _format=json', path: `/Patient/${ANN}?_format=json`, options: accept('application/fhir+xml'), status: 200 },
  { name: '_format=xml', path: `/Patient/${ANN}?_format=xml`, status: 406 },
  { name: '_format=application/fhir+json', path: `/Patient/${ANN}?_format=application/fhir%2Bjson`, status: 200 },
]);

table('path', [
  { name: 'a type that R4 does not have', path: '/Nonsense/1', status: 404, code: 'not-found' },
  { name: 'a type that is not served', path: '/Questionnaire', status: 404, code: 'not-found' },
  { name: 'a type in the wrong case', path: '/patient/ann-lee', status: 404, code: 'not-found' },
  { name: 'an unknown id', path: '/Patient/nobody', status: 404, code: 'not-found' },
  { name: 'an id that is none', path: '/Patient/a_b', status: 404, code: 'not-found' },
  { name: 'a very long id', path: `/Patient/${'a'.repeat(2000)}`, status: 404, code: 'not-found' },
  { name: 'a bad escape', path: '/Patient/%e4', status: 400 },
  { name: 'a role without a row for the type', as: { roles: ['scheduler'] }, path: '/Observation/nobody', status: 403, code: 'forbidden' },
  { name: 'the same for a search', as: { roles: ['scheduler'] }, path: '/Observation', status: 403, code: 'forbidden' },
  { name: 'the same for a create', as: { roles: ['scheduler'] }, method: 'POST', path: '/Observation', options: { body: observation }, status: 403 },
  { name: 'a role that may not create', as: { roles: ['billing'] }, method: 'POST', path: '/Patient', options: { body: person }, status: 403 },
  { name: 'a role that may not delete', method: 'DELETE', path: `/Patient/${ANN}`, status: 403, code: 'forbidden' },
  { name: 'admin, who sees no resource', as: { roles: ['admin'] }, path: `/Patient/${ANN}`, status: 403, code: 'forbidden' },
  { name: 'a token without a known role', as: { roles: ['gardener'] }, path: `/Patient/${ANN}`, status: 403, code: 'forbidden' },
  { name: 'a token without roles', as: { roles: [] }, path: `/Patient/${ANN}`, status: 403, code: 'forbidden' },
  { name: 'a scope of another type', as: { ...physician, scope: 'user/Observation.rs' }, path: `/Patient/${ANN}`, status: 403 },
  { name: 'a scope that holds no FHIR scope', as: { ...physician, scope: 'openid' }, path: `/Patient/${ANN}`, status: 403, code: 'forbidden' },
  { name: 'a scope with letters out of order', as: { ...physician, scope: 'user/Patient.sr' }, path: `/Patient/${ANN}`, status: 403 },
  { name: 'a v1 scope', as: { ...physician, scope: 'user/Patient.read' }, path: `/Patient/${ANN}`, status: 200 },
  { name: 'another patient’s record', as: ann, path: '/Patient/george-abara', status: 404, code: 'not-found' },
  { name: 'a patient token without a patient, an id', as: { roles: ['patient'] }, path: `/Patient/${ANN}`, status: 404 },
  { name: 'a patient token without a patient, a search', as: { roles: ['patient'] }, path: '/Patient', status: 200 },
  { name: 'writing an AuditEvent', as: system, method: 'POST', path: '/AuditEvent', options: { body: { resourceType: 'AuditEvent' } }, status: 403 },
  { name: 'system reading the log', as: system, path: '/AuditEvent', status: 403, code: 'forbidden' },
]);

test('404: unknown and unseen are the very same answer, for a read and for an update', async () => {
  const shape = ({ status, text, headers }: Reply): unknown => {
    const kept = [...headers].filter(([name]) => !['date', 'x-request-id'].includes(name));
    return { status, text, kept };
  };
  const others: readonly { readonly resource: { readonly id: string } }[] = (await veil.call(system, 'GET', '/Patient')).json.entry;
  const other = others.map(({ resource }) => resource.id).find((id) => id !== ANN);
  assert.ok(other);
  for (const method of ['GET', 'HEAD', 'PUT', 'DELETE']) {
    const as = method === 'DELETE' ? system : ann;
    const ask = (id: string) =>
      veil.call(as, method, `/Patient/${id}`, method === 'PUT' ? { body: { ...person, id } } : {});
    if (method === 'DELETE') continue;
    const [unseen, unknown] = [await ask(other), await ask('nobody')];
    assert.equal(unseen.status, 404, method);
    assert.deepEqual(shape(unseen), shape(unknown), method);
  }
});

const raw = async (authorization: string | undefined, path = '/Patient'): Promise<Response> =>
  fetch(`${veil.baseUrl}${path}`, authorization === undefined ? {} : { headers: { Authorization: authorization } });

test('401: no token, a bad one and an expired one, each with WWW-Authenticate and issue login', async () => {
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
    good,
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
