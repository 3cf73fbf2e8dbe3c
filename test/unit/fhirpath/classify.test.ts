/** Item classes by the first predicate that fits. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { classPredicates, createClassifier } from '../../../src/fhirpath/classify.ts';
import { compilePath } from '../../../src/fhirpath/path.ts';
import { definitions, withClasses } from './definitions.ts';

const SSN = "identifier.where(system='http://hl7.org/fhir/sid/us-ssn')";
const MRN = "identifier.where(type.coding.where(code='MR').exists())";
const classed = withClasses([
  { name: 'SSN', expression: SSN },
  { name: 'MRN', expression: MRN },
]);

const mrn = { type: { coding: [{ code: 'X' }, { code: 'MR' }] }, value: '1' };

test('classify: the first class that fits, else other, and none for elements without classes', () => {
  const classify = createClassifier(classed);
  assert.equal(classify('Patient', 'identifier', mrn), 'MRN');
  assert.equal(classify('Patient', 'identifier', { ...mrn, system: 'http://hl7.org/fhir/sid/us-ssn' }), 'SSN');
  assert.equal(classify('Patient', 'identifier', { value: '1' }), 'other');
  assert.equal(classify('Patient', 'identifier', null), 'other');
  assert.equal(classify('Patient', 'name', {}), '');
  assert.equal(classify('Nobody', 'identifier', mrn), '');
});

test('classPredicates: found by the canonical text, however the predicate was written', () => {
  const [, where] = compilePath(definitions, 'Patient', "identifier.where( type.coding.exists('MR' = code) )").steps;
  assert.ok(where?.kind === 'where');
  assert.equal(classPredicates(classed, 'Patient', 'identifier').get(where.text), 'MRN');
  assert.equal(classPredicates(classed, 'Patient', 'name').size, 0);
});

test('createClassifier: a class that is no predicate on its element is refused', () => {
  for (const expression of ['identifier', 'name.where(use = 1)', "name.where(use = 'a')", `${SSN}.value`]) {
    assert.throws(
      () => createClassifier(withClasses([{ name: 'X', expression }])),
      { name: 'FhirPathError' },
      expression,
    );
  }
});
