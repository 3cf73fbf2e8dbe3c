/** vread: a version is in sight when its own row and the current one are. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startVeil, type Veil } from '../support/veil.ts';

let veil: Veil;
const SYSTEM = { roles: ['system'] };
const NURSE = { roles: ['nurse'] };
const ACT_CODE = 'http://terminology.hl7.org/CodeSystem/v3-ActCode';
before(async () => {
  veil = await startVeil();
});
after(() => veil.stop());

const observation = (id: string, value: number, labels: readonly string[] = []) => ({
  resourceType: 'Observation',
  id,
  ...(labels.length > 0 ? { meta: { security: labels.map((code) => ({ system: ACT_CODE, code })) } } : {}),
  status: 'final',
  code: { text: 'weight' },
  valueQuantity: { value },
});
const put = (body: { id: string }) => veil.call(SYSTEM, 'PUT', `/Observation/${body.id}`, { body });

test('vread: each version reads back as it was, with its own ETag', async () => {
  await put(observation('a', 1));
  await put(observation('a', 2));
  const first = await veil.call(NURSE, 'GET', '/Observation/a/_history/1');
  assert.equal(first.status, 200);
  assert.equal(first.json.valueQuantity.value, 1);
  assert.equal(first.headers.get('etag'), 'W/"1"');
  assert.equal((await veil.call(NURSE, 'GET', '/Observation/a/_history/2')).json.valueQuantity.value, 2);
  for (const version of ['3', '0', '-1', 'x', '1e3', '99999999999']) {
    assert.equal((await veil.call(NURSE, 'GET', `/Observation/a/_history/${version}`)).status, 404, version);
  }
});

test('vread: a label on the version or on the current one withholds it, as an unknown id', async () => {
  await put(observation('b', 1, ['HIV']));
  await put({ ...observation('b', 2), meta: { security: [{ system: ACT_CODE, code: 'NOPAT' }] } } as { id: string });
  assert.equal((await veil.call(NURSE, 'GET', '/Observation/b/_history/2')).status, 200);
  const hidden = await veil.call(NURSE, 'GET', '/Observation/b/_history/1');
  const unknown = await veil.call(NURSE, 'GET', '/Observation/nobody/_history/1');
  assert.equal(hidden.status, 404);
  assert.equal(hidden.text, unknown.text);
  await put(observation('c', 1));
  await put(observation('c', 2, ['HIV']));
  assert.equal((await veil.call(NURSE, 'GET', '/Observation/c/_history/1')).status, 404);
  assert.equal((await veil.call(SYSTEM, 'GET', '/Observation/c/_history/1')).status, 200);
});

test('vread: after a deletion the earlier versions stay, and the deletion is 410', async () => {
  await put(observation('d', 1));
  assert.equal((await veil.call(SYSTEM, 'DELETE', '/Observation/d')).status, 204);
  assert.equal((await veil.call(NURSE, 'GET', '/Observation/d/_history/1')).status, 200);
  assert.equal((await veil.call(NURSE, 'GET', '/Observation/d/_history/2')).status, 410);
  assert.equal((await veil.call(NURSE, 'GET', '/Observation/d')).status, 410);
});
