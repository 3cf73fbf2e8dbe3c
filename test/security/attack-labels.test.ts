/** Attacks on labels that the server gave for a code that the caller does not see. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type Caller, startVeil, type Veil } from '../support/veil.ts';

let veil: Veil;
const SYSTEM: Caller = { roles: ['system'] };
const SCHEDULER: Caller = { roles: ['scheduler'] };
const HIV = { coding: [{ system: 'http://hl7.org/fhir/sid/icd-10-cm', code: 'B20' }] };
// To a scheduler these look alike; a label of its writer's own stands on the last.
const HIDDEN = {
  first: {},
  second: { reasonCode: [HIV] },
  third: { meta: { security: [{ system: 'http://terminology.hl7.org/CodeSystem/v3-ActCode', code: 'HIV' }] } },
};

before(async () => {
  veil = await startVeil();
  const time = { start: '2030-01-01T10:00:00Z', end: '2030-01-01T10:30:00Z' };
  const participant = [{ actor: { reference: 'Patient/p1' }, status: 'accepted' }];
  for (const [id, hidden] of Object.entries(HIDDEN)) {
    const body = { resourceType: 'Appointment', id, status: 'booked', ...time, participant, ...hidden };
    assert.equal((await veil.call(SYSTEM, 'PUT', `/Appointment/${id}`, { body })).status, 201);
  }
});
after(() => veil.stop());

const found = async (as: Caller, query: string): Promise<unknown> => {
  const { json } = await veil.call(as, 'GET', `/Appointment?${query}`);
  return json.entry?.map((entry: { resource: { id: string } }) => entry.resource.id) ?? json.total;
};

test('search: a label given for a hidden code is no candidate that the tags of the view could let through', async () => {
  assert.deepEqual(await found(SYSTEM, '_security:missing=false'), ['third', 'second']);
  assert.deepEqual(await found(SCHEDULER, '_security:missing=false'), ['third']);
  assert.deepEqual(await found(SCHEDULER, '_security:missing=true'), ['second', 'first']);
  assert.deepEqual(await found(SCHEDULER, '_security=REDACTED,HIV'), ['third']);
  assert.deepEqual(await found(SCHEDULER, '_security:not=REDACTED,HIV'), ['second', 'first']);
  for (const [query, total] of [
    ['_security:missing=true', 2],
    ['_security:missing=false', 1],
    ['_security=REDACTED,HIV', 1],
  ] as const) {
    assert.equal(await found(SCHEDULER, `${query}&_summary=count`), total, query);
  }
});

test('search: no order tells which resource has a label', async () => {
  for (const key of ['_security', '-_security', '_id,_security']) {
    assert.equal((await veil.call(SCHEDULER, 'GET', `/Appointment?_sort=${key}`)).status, 400, key);
  }
  assert.deepEqual(await found(SCHEDULER, '_sort=_id'), ['first', 'second', 'third']);
});
