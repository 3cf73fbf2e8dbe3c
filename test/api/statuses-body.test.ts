/** CONTRACT.md "Status codes" for what a body may be: JSON, structure, values, size, depth, encoding. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { type Caller, startVeil, type Veil } from '../support/veil.ts';
import { type Case, type Issue, observation, person, table } from './statuses-table.ts';

let veil: Veil;
before(async () => {
  veil = await startVeil();
});
after(() => veil.stop());

const physician: Caller = { roles: ['physician'] };

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

table(() => veil, 'body', [
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
  post(
    { ...person, name: [{ famly: 'x' }] },
    { name: 'an unknown element below', status: 422, expression: 'Patient.name[0].famly' },
  ),
  post(
    { ...observation, status: undefined },
    { name: 'a missing required element', status: 422, expression: 'Observation.status' },
  ),
  post(
    { ...observation, code: undefined },
    { name: 'a missing required object', status: 422, expression: 'Observation.code' },
  ),
  post({ ...person, resourceType: 'Observation' }, { name: 'another resourceType', path: '/Patient', status: 422 }),
  post({ ...person, resourceType: 'Nonsense' }, { name: 'an unknown resourceType', status: 422 }),
  post({ ...person, resourceType: undefined }, { name: 'no resourceType', status: 422 }),
  post({ ...person, resourceType: 7 }, { name: 'a resourceType that is a number', status: 422 }),
  post(
    { ...person, deceasedBoolean: false, deceasedDateTime: '2020' },
    {
      name: 'two types of one choice',
      status: 422,
      expression: 'Patient.deceased',
    },
  ),
  post(
    { ...person, birthDate: '1970-02-30' },
    { name: 'a day that does not exist', status: 422, expression: 'Patient.birthDate' },
  ),
  post(
    { ...person, birthDate: '70-1-1' },
    { name: 'a date in another form', status: 422, expression: 'Patient.birthDate' },
  ),
  post(
    { ...person, gender: 'f' },
    { name: 'a code outside of a required binding', status: 422, expression: 'Patient.gender' },
  ),
  post({ ...person, active: 'true' }, { name: 'a boolean as text', status: 422, expression: 'Patient.active' }),
  post({ ...person, name: { family: 'x' } }, { name: 'an object for a list', status: 422, expression: 'Patient.name' }),
  post(
    { ...person, gender: ['female'] },
    { name: 'a list for a single element', status: 422, expression: 'Patient.gender' },
  ),
  post({ ...person, gender: null }, { name: 'null', status: 422, expression: 'Patient.gender' }),
  post({ ...person, name: [] }, { name: 'an empty list', status: 422, expression: 'Patient.name' }),
  post({ ...person, name: [{}] }, { name: 'an empty object', status: 422, expression: 'Patient.name[0]' }),
  post(
    { ...person, name: [{ family: '' }] },
    { name: 'an empty string', status: 422, expression: 'Patient.name[0].family' },
  ),
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
  post(
    { ...person, photo: [{ url: 'not a url' }] },
    { name: 'a url with spaces', status: 422, expression: 'Patient.photo[0].url' },
  ),
  post(
    { ...observation, effectiveInstant: '2020-01-01' },
    {
      name: 'an instant without a time',
      status: 422,
      expression: 'Observation.effective',
    },
  ),
  post(nested(60), { name: 'sixty levels, as extensions', status: 201 }),
  post(nested(70), { name: 'seventy levels', status: 400, code: 'structure' }),
  post(`{"resourceType":"Patient","x":${'['.repeat(100_000)}${']'.repeat(100_000)}}`, {
    name: 'a hundred thousand levels',
    status: 400,
    code: 'structure',
  }),
  post(
    { ...person, name: [{ text: 'x'.repeat(1_100_000) }] },
    { name: 'more than 1 MiB', status: 413, code: 'too-long' },
  ),
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
