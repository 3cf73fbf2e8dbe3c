/** Values: bindings, references, contained resources. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { JsonObject } from '../../../src/core/json.ts';
import { assertValid, extension, faultsOf, observation, patient, validate } from './validator.ts';

const check = (resource: JsonObject, expected: readonly string[]): void =>
  assert.deepEqual(faultsOf(resource), expected);
const condition = (clinicalStatus: JsonObject): JsonObject => ({
  resourceType: 'Condition',
  subject: { reference: 'Patient/1' },
  clinicalStatus,
});
const CLINICAL = 'http://terminology.hl7.org/CodeSystem/condition-clinical';

test('binding: a code outside a required value set is refused, at any depth', () => {
  assertValid(patient({ gender: 'female', name: [{ use: 'official', text: 'x' }] }));
  check(patient({ gender: 'Female' }), ['code-invalid Patient.gender']);
  check(patient({ name: [{ use: 'nick', text: 'x' }] }), ['code-invalid Patient.name[0].use']);
  check(observation({ status: 'done' }), ['code-invalid Observation.status']);
});

test('binding: one coding of a CodeableConcept must be in the set, system and code', () => {
  assertValid(condition({ coding: [{ code: 'mine' }, { system: CLINICAL, code: 'active' }] }));
  check(condition({ coding: [{ code: 'active' }] }), ['code-invalid Condition.clinicalStatus']);
  check(condition({ coding: [{ system: CLINICAL, code: 'asleep' }] }), ['code-invalid Condition.clinicalStatus']);
  check(condition({ text: 'active' }), ['code-invalid Condition.clinicalStatus']);
});

test('binding: data that are absent by extension are not wrong', () => {
  assertValid(condition({ extension }));
  assertValid(condition({ coding: [{ extension }] }));
});

test('binding: weaker ones, and sets that cannot be enumerated, take any code', () => {
  assertValid(patient({ maritalStatus: { coding: [{ system: 'urn:x', code: 'y' }] } }));
  assertValid(patient({ photo: [{ contentType: 'image/x-any', data: 'AAAA' }] }));
});

test('diagnostics: they name the element, never the value', () => {
  const secret = 'Zq7secret';
  const resources = [
    patient({ gender: secret, birthDate: secret, id: `${secret}!`, active: secret, deceasedDateTime: secret }),
    patient({ generalPractitioner: [{ reference: `${secret}/1` }, { reference: `Patient/${secret}` }] }),
    patient({ text: { status: secret, div: `<div onclick="${secret}">x</div>` }, name: [secret] }),
    patient({ contained: [{ resourceType: secret }] }),
    { resourceType: secret },
  ];
  for (const resource of resources) {
    const issues = validate(resource, 'Patient');
    assert.ok(issues.length > 0);
    assert.doesNotMatch(JSON.stringify(issues), /Zq7secret/);
  }
});

test('reference: forms that are one', () => {
  for (const reference of [
    'Practitioner/7',
    'Practitioner/7/_history/2',
    'https://example.org/fhir/Patient/1',
    'urn:uuid:87e11d66-c137-458a-9754-fe6c4e445a6d',
    '#',
  ]) {
    assertValid(patient({ generalPractitioner: [{ reference }] }));
  }
  assertValid(patient({ generalPractitioner: [{ display: 'x' }, { identifier: { value: 'x' } }] }));
});

test('reference: a relative one must name a resource of a type that the element takes', () => {
  const at = ['value Patient.generalPractitioner[0].reference'];
  for (const reference of ['Patient/1', 'Doctor/1', 'Practitioner', 'Practitioner/', '7', 'Practitioner?name=x']) {
    check(patient({ generalPractitioner: [{ reference }] }), at);
  }
  check(patient({ generalPractitioner: [{ reference: `Practitioner/${'1'.repeat(65)}` }] }), at);
  assertValid(observation({ focus: [{ reference: 'Basic/1' }] }));
});

test('reference: one that is no text, or empty, is a fault of its format alone', () => {
  check(patient({ managingOrganization: { reference: '' } }), ['value Patient.managingOrganization.reference']);
  check(patient({ managingOrganization: { uri: 'x' } }), ['structure Patient.managingOrganization.uri']);
});

test('contained: checked by its own type', () => {
  const generalPractitioner = [{ reference: '#p' }];
  assertValid(
    patient({ contained: [{ resourceType: 'Practitioner', id: 'p', name: [{ family: 'x' }] }], generalPractitioner }),
  );
  check(patient({ contained: [{ resourceType: 'Practitioner', gender: 'x' }] }), [
    'code-invalid Patient.contained[0].gender',
  ]);
  for (const contained of [
    { id: 'x' },
    { resourceType: 'Foo' },
    { resourceType: 7 },
    'x',
    null,
    { resourceType: '__proto__' },
  ]) {
    check(patient({ contained: [contained] }), ['structure Patient.contained[0]']);
  }
});

test('contained: what nothing refers to is refused (dom-3), what refers to its container is not', () => {
  const contained = (elements: JsonObject): JsonObject =>
    patient({ contained: [{ resourceType: 'Organization', id: 'o', name: 'x', ...elements }] });
  check(contained({}), ['invariant Patient.contained[0]']);
  assertValid(contained({ partOf: { reference: '#' } }));
});

test('reference: a local one must name a contained resource (ref-1)', () => {
  check(patient({ managingOrganization: { reference: '#o' } }), ['invariant Patient.managingOrganization']);
});

test('contained: none inside another', () => {
  const inner = { resourceType: 'Organization', name: 'x' };
  check(patient({ contained: [{ resourceType: 'Practitioner', contained: [inner] }] }), [
    'structure Patient.contained[0].contained',
  ]);
  check(patient({ contained: [{ resourceType: 'Basic', contained: [inner] }] }), [
    'structure Patient.contained[0].contained',
  ]);
});

test('contained: two with one id are refused by name, each with its own is valid', () => {
  const two = (first: string, second: string): JsonObject =>
    patient({
      contained: [first, second].map((id) => ({ resourceType: 'Organization', id, name: id })),
      generalPractitioner: [first, second].map((id) => ({ reference: `#${id}` })),
    });
  check(two('o1', 'o1'), ['invariant Patient.contained[1].id']);
  assertValid(two('o1', 'o2'));
});

test('contained: of a type without definitions, by shape and by what all resources have', () => {
  const basic = (elements: JsonObject): JsonObject =>
    patient({
      contained: [{ resourceType: 'Basic', ...elements }],
      extension: [{ url: 'x', valueReference: { reference: '#b' } }],
    });
  assertValid(basic({ id: 'b', code: { text: 'x' }, _created: { extension }, made: [null, 'x'] }));
  check(basic({ id: 'not an id' }), ['value Patient.contained[0].id', 'invariant Patient.extension[0].value']);
  check(basic({ id: 'b', code: {} }), ['structure Patient.contained[0]']);
  check(basic({ id: 'b', code: null }), ['structure Patient.contained[0]']);
  check(basic({ id: 'b', text: { status: 'generated', div: '<div><script>x</script></div>' } }), [
    'value Patient.contained[0].text.div',
  ]);
});

test('binding: entries of a Bundle are checked by their own type', () => {
  const entry = [{ resource: patient({ gender: 'x' }) }];
  check({ resourceType: 'Bundle', type: 'collection', entry }, ['code-invalid Bundle.entry[0].resource.gender']);
});
