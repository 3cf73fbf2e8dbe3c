/** Expressions of search parameters: all of R4's for the served types, and what is special in them. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { JsonObject } from '../../../src/core/json.ts';
import { selectNodes } from '../../../src/fhirpath/path.ts';
import { compileSearchExpression, resultTypes } from '../../../src/fhirpath/search-expression.ts';
import { definitions, searchExpressions } from './definitions.ts';

const pathsOf = (type: string, expression: string) => {
  const compiled = compileSearchExpression(definitions, type, expression);
  assert.ok(compiled.kind === 'paths');
  return compiled.paths;
};

const valuesOf = (type: string, expression: string, value: JsonObject) =>
  pathsOf(type, expression).flatMap((path) => selectNodes(path, { value, type }, {}).map((node) => node.value));

test('R4: every search parameter of the served types compiles, composites with their components', () => {
  let compiled = 0;
  for (const { type, expression, components } of searchExpressions) {
    const search = compileSearchExpression(definitions, type, expression);
    const roots = search.kind === 'paths' ? search.paths.flatMap(resultTypes) : [];
    for (const component of components) {
      for (const root of roots) assert.equal(compileSearchExpression(definitions, root, component).kind, 'paths');
    }
    compiled++;
  }
  assert.ok(compiled > 200, `${compiled} expressions`);
});

test('union: split into paths, parts of other resource types left out', () => {
  const paths = pathsOf('Observation', 'Patient.birthDate | Observation.code | Observation.component.code');
  assert.deepEqual(
    paths.map((path) => path.text),
    ['code', 'component.code'],
  );
  assert.throws(
    () => compileSearchExpression(definitions, 'Observation', 'Patient.birthDate'),
    /no part for Observation/,
  );
});

test('as and ofType: three ways to write one thing', () => {
  const texts = ['(Observation.value as Quantity)', 'Observation.value.as(Quantity)', 'value.ofType(FHIR.Quantity)'];
  for (const text of texts) assert.deepEqual(pathsOf('Observation', text)[0]?.text, 'value.ofType(Quantity)');
  assert.deepEqual(pathsOf('Observation', 'value.ofType(DateTime)')[0]?.text, 'value.ofType(dateTime)');
});

test('composite: the root path gives the type that its components start from', () => {
  const [whole, component] = pathsOf('Observation', 'Observation | Observation.component');
  assert.deepEqual(
    [whole, component].map((path) => path && resultTypes(path)),
    [['Observation'], ['Observation.component']],
  );
  assert.deepEqual(pathsOf('Observation.component', 'value.ofType(Quantity)').flatMap(resultTypes), ['Quantity']);
});

test('resolve() is T: decided by the reference, never by what it refers to', () => {
  const find = (subject: JsonObject) =>
    valuesOf('Observation', 'Observation.subject.where(resolve() is Patient)', { resourceType: 'Observation', subject })
      .length;
  for (const reference of [
    'Patient/1',
    'Patient/1/_history/2',
    'http://x/fhir/Patient/1',
    'https://x/Patient/1/_history/3',
  ]) {
    assert.equal(find({ reference }), 1, reference);
  }
  assert.equal(find({ type: 'Patient', identifier: { value: '1' } }), 1);
  assert.equal(find({ reference: 'urn:uuid:1', type: 'Patient' }), 1);
  for (const reference of [
    'Group/1',
    'http://x/fhir/Group/1',
    '#p',
    'urn:uuid:1',
    'Patient',
    'Patient/',
    'xPatient/1',
    '',
  ]) {
    assert.equal(find({ reference }), 0, reference);
  }
  assert.equal(find({ reference: 'Group/1', type: 'Patient' }), 0);
  assert.equal(find({ display: 'Patient/1' }), 0);
  const [path] = pathsOf('Observation', 'subject.where(resolve() is Patient)');
  const where = path?.steps[1];
  assert.deepEqual(where?.kind === 'where' ? where.reads : [], ['reference', 'type']);
});

test('boolean: Patient.deceased is true for a date as well, and false when absent', () => {
  const compiled = compileSearchExpression(
    definitions,
    'Patient',
    'Patient.deceased.exists() and Patient.deceased != false',
  );
  assert.ok(compiled.kind === 'boolean');
  const is = (value: JsonObject): boolean =>
    compiled.evaluate({ value: { resourceType: 'Patient', ...value }, type: 'Patient' });
  assert.deepEqual(compiled.reads, ['deceased']);
  assert.equal(is({ deceasedBoolean: true }), true);
  assert.equal(is({ deceasedDateTime: '2020' }), true);
  assert.equal(is({ deceasedBoolean: false }), false);
  assert.equal(is({}), false);
});

test('refused: what neither a path nor yes-or-no is', () => {
  for (const expression of [
    'subject.resolve()',
    'Observation.value.first()',
    'code.where(resolve() is Patient)',
    'subject.where(resolve() is Nobody)',
    'value.as(Nobody)',
  ]) {
    assert.throws(
      () => compileSearchExpression(definitions, 'Observation', expression),
      { name: 'FhirPathError' },
      expression,
    );
  }
});
