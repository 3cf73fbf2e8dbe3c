/** Structure: names, cardinality, choices, empty things, siblings of primitives. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Json, JsonObject } from '../../../src/core/json.ts';
import { assertValid, extension, faultsOf, observation, patient, validate } from './validator.ts';

const check = (resource: JsonObject, expected: readonly string[]): void =>
  assert.deepEqual(faultsOf(resource), expected);

test('validate: what is no object, or of another type, is one fault', () => {
  for (const json of [
    null,
    true,
    'x',
    1,
    [],
    [{ resourceType: 'Patient' }],
    {},
    { resourceType: 'Observation' },
  ] as Json[]) {
    assert.deepEqual(
      validate(json, 'Patient').map(({ code }) => code),
      ['structure'],
    );
  }
  assert.deepEqual(validate({ resourceType: 'Patient' }, 'Patient'), []);
});

test('validate: an unknown element is named, at any depth', () => {
  check(patient({ surname: 'x' }), ['structure Patient.surname']);
  check(patient({ name: [{ family: 'x' }, { last: 'x' }] }), ['structure Patient.name[1].last']);
  check(observation({ value: 'x' }), ['structure Observation.value']);
  check(observation({ valueAddress: {} }), ['structure Observation.valueAddress']);
  check(patient({ constructor: 'x' }), ['structure Patient.constructor']);
  check(patient({ fhir_comments: ['x'] }), ['structure Patient']);
  check(patient({ name: [{ resourceType: 'HumanName', text: 'x' }] }), ['structure Patient.name[0].resourceType']);
});

test('validate: a key that looks like no name is not told back', () => {
  const [issue] = validate(patient({ 'Mr Peter James Chalmers': 'x' }), 'Patient');
  assert.equal(issue?.expression, 'Patient');
  assert.doesNotMatch(issue?.diagnostics ?? '', /Chalmers/);
});

test('validate: a key named __proto__ is unknown like any other', () => {
  const resource = JSON.parse('{"resourceType":"Patient","__proto__":{"x":1}}');
  assert.deepEqual(faultsOf(resource), ['structure Patient']);
});

test('validate: each missing required element is named', () => {
  check({ resourceType: 'Observation' }, ['required Observation.status', 'required Observation.code']);
  check(patient({ communication: [{ preferred: true }] }), ['required Patient.communication[0].language']);
  check({ resourceType: 'MedicationRequest', status: 'active', intent: 'order', subject: { display: 'x' } }, [
    'required MedicationRequest.medication',
  ]);
});

test('validate: a required primitive may be its sibling alone', () => {
  assertValid({ resourceType: 'Observation', _status: { extension }, code: { text: 'x' } });
  assertValid(observation({ _effectiveDateTime: { extension } }));
});

test('validate: a list where one value belongs, and the reverse', () => {
  check(patient({ birthDate: ['2000'] }), ['structure Patient.birthDate']);
  check(patient({ name: { family: 'x' } }), ['structure Patient.name']);
  check(patient({ name: ['x'] }), ['structure Patient.name[0]']);
  check(patient({ maritalStatus: 'M' }), ['structure Patient.maritalStatus']);
  check(patient({ gender: { value: 'male' } }), ['structure Patient.gender']);
});

test('validate: nothing may be empty', () => {
  check(patient({ name: [] }), ['structure Patient.name']);
  check(patient({ name: [{}] }), ['structure Patient.name[0]']);
  check(patient({ maritalStatus: {} }), ['structure Patient.maritalStatus']);
  check(patient({ name: [{ given: [''] }] }), ['value Patient.name[0].given[0]']);
  check(patient({ _birthDate: {} }), ['structure Patient.birthDate']);
});

test('validate: null stands only where a list of primitives needs a place', () => {
  check(patient({ birthDate: null }), ['structure Patient.birthDate']);
  check(patient({ name: [null] }), ['structure Patient.name[0]']);
  check(patient({ name: null }), ['structure Patient.name']);
  check(patient({ name: [{ given: ['a', null] }] }), ['structure Patient.name[0].given[1]']);
  check(patient({ name: [{ given: ['a', null], _given: [null, null] }] }), ['structure Patient.name[0].given[1]']);
  assertValid(patient({ name: [{ given: ['a', null], _given: [null, { extension }] }] }));
  assertValid(patient({ name: [{ _given: [{ extension }] }] }));
});

test('validate: a list of primitives and its siblings have one length', () => {
  check(patient({ name: [{ given: ['a', 'b'], _given: [{ extension }] }] }), ['structure Patient.name[0].given']);
  check(patient({ name: [{ given: ['a'], _given: { extension } }] }), ['structure Patient.name[0].given']);
  check(patient({ birthDate: '2000', _birthDate: [{ extension }] }), ['structure Patient.birthDate']);
});

test('validate: only primitives have siblings, and these only id and extension', () => {
  check(patient({ _name: [{ extension }] }), ['structure Patient.name']);
  check(patient({ _birthDate: { value: 'x' } }), ['structure Patient.birthDate.value']);
  check(patient({ _birthDate: 'x' }), ['structure Patient.birthDate']);
});

test('validate: a choice has one type only, siblings counted', () => {
  check(patient({ deceasedBoolean: true, deceasedDateTime: '2020' }), ['structure Patient.deceased']);
  check(patient({ deceasedBoolean: true, _deceasedDateTime: { extension } }), ['structure Patient.deceased']);
  assertValid(patient({ deceasedDateTime: '2020', _deceasedDateTime: { extension } }));
});

test('validate: content references are followed', () => {
  const low = { value: 'x' };
  check(observation({ component: [{ code: { text: 'x' }, referenceRange: [{ low }] }] }), [
    'value Observation.component[0].referenceRange[0].low.value',
  ]);
});

test('validate: an extension has a URL and either a value or extensions', () => {
  assertValid(patient({ extension: [{ url: 'a', extension: [{ url: 'b', valueCode: 'x' }] }] }));
  check(patient({ extension: [{ valueString: 'x' }] }), ['required Patient.extension[0].url']);
  check(patient({ extension: [{ url: 'a' }] }), ['invariant Patient.extension[0]']);
  check(patient({ extension: [{ url: 'a', valueCode: 'x', extension }] }), ['invariant Patient.extension[0]']);
  check(patient({ extension: [{ url: 'a', valueCode: 'x', valueString: 'x' }] }), [
    'structure Patient.extension[0].value',
  ]);
  assertValid(patient({ extension: [{ url: 'a', _valueCode: { extension } }] }));
});

test('validate: all faults at once, a hundred at most', () => {
  check(patient({ gender: 'x', birthDate: '2000-13', name: [{ a: 1 }], active: 'true' }), [
    'code-invalid Patient.gender',
    'value Patient.birthDate',
    'structure Patient.name[0].a',
    'value Patient.active',
  ]);
  assert.equal(
    validate(patient({ name: Array.from({ length: 5000 }, () => ({ a: 1, b: 2 })) }), 'Patient').length,
    100,
  );
});

test('validate: JSON of any depth is refused, not followed', () => {
  let value: JsonObject = { url: 'a', valueString: 'x' };
  for (let i = 0; i < 20_000; i++) value = { url: 'a', extension: [value] };
  assert.ok(faultsOf(patient({ extension: [value] })).length > 0);
  let list: Json = [];
  for (let i = 0; i < 20_000; i++) list = [list];
  assert.ok(faultsOf(patient({ contained: [{ resourceType: 'Basic', code: list }] })).length > 0);
});
