/** Row terms: owners, labels, modifier extensions; and what else an index holds. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ResourceJson } from '../../../src/core/json.ts';
import { labelsOf, modifierExtensionPaths } from '../../../src/search/row-terms.ts';
import { BASE_URL, definitions, index, planContext } from './search-world.ts';

const ACT = 'http://terminology.hl7.org/CodeSystem/v3-ActCode';
const CONFIDENTIALITY = 'http://terminology.hl7.org/CodeSystem/v3-Confidentiality';
const labels = (...security: { system?: string; code: string }[]): string[] =>
  [...labelsOf({ resourceType: 'Observation', meta: { security } }, definitions.sensitivity)].sort();

test('labels: sensitive codes by name, unknown sensitivities as OTHER, all else never', () => {
  assert.deepEqual(labels({ system: ACT, code: 'PSY' }, { system: ACT, code: 'HIV' }), ['HIV', 'PSY']);
  assert.deepEqual(labels({ system: CONFIDENTIALITY, code: 'R' }, { system: CONFIDENTIALITY, code: 'V' }), ['R', 'V']);
  assert.deepEqual(labels({ code: 'PSY' }, { code: 'V' }), ['PSY', 'V']);
  assert.deepEqual(labels({ system: ACT, code: 'SDV' }), ['OTHER']);
  assert.deepEqual(labels({ system: ACT, code: 'NOT-YET-KNOWN' }), ['OTHER']);
  assert.deepEqual(
    labels(
      { system: CONFIDENTIALITY, code: 'N' },
      { system: ACT, code: 'AMB' },
      { system: 'http://terminology.hl7.org/CodeSystem/v3-ObservationValue', code: 'MASKED' },
      { code: 'NONSENSE' },
    ),
    [],
  );
  assert.deepEqual(labels({ system: 'http://other', code: 'PSY' }, { system: CONFIDENTIALITY, code: 'PSY' }), []);
});

test('owners: every patient that a type says it belongs to', () => {
  const owners = (resource: ResourceJson): string[] =>
    index(resource)
      .rowTerms.map((term) => JSON.parse(term))
      .filter(([, parameter]) => parameter === 'row:$patient')
      .map((parts) => parts[3]);
  assert.deepEqual(owners({ resourceType: 'Patient', id: '1' }), ['Patient/1']);
  assert.deepEqual(
    owners({ resourceType: 'Observation', id: '1', subject: { reference: `${BASE_URL}/Patient/2/_history/3` } }),
    ['Patient/2'],
  );
  assert.deepEqual(owners({ resourceType: 'Observation', id: '1', subject: { reference: 'Group/2' } }), []);
  const group = {
    resourceType: 'Appointment',
    id: '1',
    participant: ['Patient/1', 'Practitioner/1', 'Patient/2'].map((reference) => ({ actor: { reference } })),
  };
  assert.deepEqual(owners(group), ['Patient/1', 'Patient/2']);
});

test('modifier extensions: each place, but not in contained resources and extensions', () => {
  const modifierExtension = [{ url: 'http://x', valueBoolean: true }];
  const resource: ResourceJson = {
    resourceType: 'MedicationRequest',
    id: '1',
    modifierExtension,
    contained: [{ resourceType: 'Medication', modifierExtension }],
    dosageInstruction: [{ text: 'x' }, { modifierExtension }],
    dispenseRequest: { initialFill: { modifierExtension } },
    extension: [{ url: 'http://y', valueDosage: { modifierExtension } }],
  };
  assert.deepEqual([...modifierExtensionPaths(resource)].sort(), [
    '',
    'dispenseRequest.initialFill',
    'dosageInstruction',
  ]);
});

test('index: row terms are among the terms, each once, and the cap leaves a mark', () => {
  const coding = Array.from({ length: 100 }, (_, i) => ({ system: 'http://a', code: String(i) }));
  const { terms, rowTerms, references } = index({
    resourceType: 'Observation',
    id: '1',
    code: { coding },
    subject: { reference: 'Patient/1' },
    performer: [{ reference: 'Patient/1' }, { reference: 'Patient/1/_history/2' }],
  });
  assert.equal(new Set(terms).size, terms.length);
  assert.ok(rowTerms.every((term) => terms.includes(term)));
  const under = (code: string, all: readonly string[]): string[] => all.filter((term) => JSON.parse(term)[1] === code);
  assert.equal(under('code', terms).length, 32 * 2 + 3);
  assert.ok(terms.includes(planContext.terms.term('Observation', 'code', '', '*')));
  assert.equal(under('row:code', rowTerms).length, 100 * 2 + 2);
  assert.deepEqual(references.map(({ parameter }) => parameter).sort(), [
    'Observation.performer',
    'Observation.subject',
  ]);
});
