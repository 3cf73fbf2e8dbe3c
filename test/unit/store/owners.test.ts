/** Whose a stored version is, and which boxes that may open. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { OpenRecord } from '../../../src/core/record.ts';
import { loadDefinitions } from '../../../src/definitions/registry.ts';
import { ownersOf, ownersOfRecord } from '../../../src/store/owners.ts';

const BASE = 'http://veil.example/fhir';
const definitions = loadDefinitions('profiles');

/** A version whose boxes note that they were opened. */
function recordOf(type: string, boxes: Readonly<Record<string, object>>, opened: string[]): OpenRecord {
  return {
    type,
    id: 'x1',
    uid: 'u',
    version: 1,
    lastUpdated: 0,
    deleted: false,
    keyId: 'k',
    rowTerms: new Set(),
    boxNames: Object.keys(boxes),
    open: (box) => {
      opened.push(box);
      return boxes[box] === undefined ? undefined : JSON.stringify(boxes[box]);
    },
    resource: () => assert.fail('the whole resource was opened'),
  };
}

test('owners: a Patient is its own, and no box is opened for it', () => {
  const opened: string[] = [];
  const record = recordOf('Patient', { identity: {}, ssn: {} }, opened);
  assert.deepEqual(ownersOfRecord(definitions.profile('Patient'), record, BASE), ['x1']);
  assert.deepEqual(opened, []);
});

test('owners: of other types the box that names them is opened, and no other', () => {
  const profile = definitions.profile('Appointment');
  const box = profile.boxOf('participant');
  const participant = ['Patient/b', `${BASE}/Patient/a`, 'Practitioner/p'].map((reference) => ({
    actor: { reference },
  }));
  const opened: string[] = [];
  const record = recordOf('Appointment', { [box]: { participant }, other: {} }, opened);
  assert.deepEqual(ownersOfRecord(profile, record, BASE), ['a', 'b']);
  assert.deepEqual(opened, [box]);
  assert.deepEqual(ownersOf(profile, { resourceType: 'Appointment', participant }, BASE), ['a', 'b']);
});

test('owners: a deletion and a version without the element have none', () => {
  const profile = definitions.profile('Observation');
  assert.deepEqual(ownersOfRecord(profile, recordOf('Observation', {}, []), BASE), []);
  assert.deepEqual(ownersOfRecord(profile, { ...recordOf('Observation', {}, []), deleted: true }, BASE), []);
});
