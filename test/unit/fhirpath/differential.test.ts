/** Compiled paths against fhirpath.js, on random resources and expressions. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compilePath } from '../../../src/fhirpath/path.ts';
import { definitions } from './definitions.ts';
import { checkAgainstReference, placesOf, referencePlaces } from './differential.ts';

test('law: a path selects the places that fhirpath.js selects', () => {
  const tally = checkAgainstReference(definitions, { runs: 150 });
  // The law means something only where things are found, and where the generator writes the language.
  assert.ok(tally.found > 100, JSON.stringify(tally));
  assert.ok(tally.refused < (tally.found + tally.nothing) / 3, JSON.stringify(tally));
});

const OBSERVATION = {
  resourceType: 'Observation',
  status: 'final',
  code: { coding: [{ code: 'a' }, { code: 'b' }] },
  category: [{ text: 'x' }, { text: 'x' }],
  valueQuantity: { value: 1.5, code: 'mg' },
  component: [{ code: { coding: [{ code: '8480-6' }] }, valueQuantity: { value: 120 } }, { valueString: 'x' }],
};

const ours = (expression: string): readonly string[] =>
  placesOf(compilePath(definitions, 'Observation', expression), { value: OBSERVATION, type: 'Observation' }, {});

test('hazard: equal values are distinct places', () => {
  assert.deepEqual(ours('category'), ['.category[0]', '.category[1]']);
  assert.equal(referencePlaces(OBSERVATION, 'category | category', {}).length, 1);
  assert.throws(() => ours('category | category'), { name: 'FhirPathError' });
});

test('hazard: a comparison over two codings is false in FHIRPath and refused here; exists() sees both', () => {
  assert.deepEqual(referencePlaces(OBSERVATION, "code.where(coding.code = 'a')", {}), []);
  assert.throws(() => ours("code.where(coding.code = 'a')"), { name: 'FhirPathError' });
  assert.deepEqual(ours("code.where(coding.where(code = 'a').exists())"), ['.code[0]']);
});

test('hazard: a choice is found by its base name and lies under its own', () => {
  assert.deepEqual(ours('value'), referencePlaces(OBSERVATION, 'value', {}));
  assert.deepEqual(ours("component.where(code.coding.where(code='8480-6').exists()).value"), [
    '.component[0].value[0]',
  ]);
});

test('hazard: a boolean element as a criterion, which fhirpath.js takes for true whatever it says, is refused', () => {
  const patient = { resourceType: 'Patient', communication: [{ preferred: false }] };
  assert.equal(referencePlaces(patient, 'communication.where(preferred)', {}).length, 1);
  assert.throws(() => compilePath(definitions, 'Patient', 'communication.where(preferred)'), { name: 'FhirPathError' });
});

test('hazard: compiling and selecting change nothing in the resource', () => {
  const before = JSON.stringify(OBSERVATION);
  ours('component.where(value.exists()).code.coding');
  assert.equal(JSON.stringify(OBSERVATION), before);
});
