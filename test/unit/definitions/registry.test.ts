/** What the registry says of R4, against the specification's text. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { loadDefinitions } from '../../../src/definitions/registry.ts';
import type { TypeDef } from '../../../src/definitions/types.ts';

const definitions = loadDefinitions(join(import.meta.dirname, '../../../profiles'));
const typeOf = (name: string): TypeDef => {
  const type = definitions.type(name);
  assert.ok(type, `no type ${name}`);
  return type;
};
const elementOf = (type: string, name: string) => {
  const element = typeOf(type).elements.get(name);
  assert.ok(element, `no element ${type}.${name}`);
  return element;
};

test('type: every type that an element names is defined', () => {
  const seen = new Set<string>();
  const queue: string[] = [
    ...definitions.servedTypes,
    'Bundle',
    'OperationOutcome',
    'Parameters',
    'CapabilityStatement',
  ];
  for (let name = queue.pop(); name !== undefined; name = queue.pop()) {
    if (seen.has(name)) continue;
    seen.add(name);
    for (const element of typeOf(name).elements.values()) queue.push(...element.types.map(({ code }) => code));
  }
  assert.ok(seen.size > 100);
});

test('type: inherited elements come first, in R4 order', () => {
  const names = [...typeOf('Patient').elements.keys()];
  assert.deepEqual(names.slice(0, 10), [
    ...['id', 'meta', 'implicitRules', 'language', 'text', 'contained', 'extension', 'modifierExtension'],
    ...['identifier', 'active'],
  ]);
  assert.equal(typeOf('Patient').base, 'DomainResource');
  assert.equal(typeOf('Age').base, 'Quantity');
  assert.ok(typeOf('Age').properties.has('value'));
});

test('type: a choice has a property for each type, and its base name is no property', () => {
  const { properties, elements } = typeOf('Observation');
  assert.deepEqual(properties.get('valueCodeableConcept'), {
    element: elements.get('value'),
    type: 'CodeableConcept',
  });
  assert.equal(properties.has('value'), false);
  assert.equal(elementOf('Observation', 'value').choice, true);
  assert.equal(properties.get('valueDateTime')?.type, 'dateTime');
});

test('type: backbones go by their path, content references lead to the referred one', () => {
  assert.deepEqual(elementOf('Observation', 'component').types, [{ code: 'Observation.component', targets: [] }]);
  const referenceRange = elementOf('Observation.component', 'referenceRange');
  assert.deepEqual(referenceRange.types, [{ code: 'Observation.referenceRange', targets: [] }]);
  assert.ok(typeOf('Observation.referenceRange').elements.has('appliesTo'));
  assert.ok(typeOf('Observation.component').elements.has('modifierExtension'));
  assert.equal(typeOf('Timing.repeat').base, 'Element');
});

test('type: cardinality, flags, targets, bindings and invariants are R4s', () => {
  assert.equal(elementOf('Observation', 'status').min, 1);
  assert.equal(elementOf('Observation', 'status').modifier, true);
  assert.equal(elementOf('Patient', 'name').max, Number.POSITIVE_INFINITY);
  assert.deepEqual(elementOf('Observation', 'subject').types[0]?.targets, ['Patient', 'Group', 'Device', 'Location']);
  assert.deepEqual(elementOf('AuditEvent.agent', 'who').types[0]?.targets.includes('RelatedPerson'), true);
  assert.deepEqual(elementOf('Patient', 'gender').binding, {
    strength: 'required',
    valueSet: 'http://hl7.org/fhir/ValueSet/administrative-gender',
  });
  assert.ok(typeOf('Observation').constraints.some(({ key }) => key === 'obs-6'));
  assert.ok(elementOf('Patient', 'contact').constraints.some(({ key }) => key === 'pat-1'));
  assert.equal(elementOf('Patient', 'id').types[0]?.code, 'id');
  assert.equal(elementOf('Element', 'id').types[0]?.code, 'string');
});

test('type: an extension may hold every datatype', () => {
  assert.equal(elementOf('Extension', 'value').types.length, 50);
});

test('type: unknown names, prototype members too, are undefined', () => {
  for (const name of ['Foo', '__proto__', 'constructor', 'Patient.foo'])
    assert.equal(definitions.type(name), undefined);
  assert.equal(typeOf('Patient').properties.get('constructor'), undefined);
});

test('searchParams: split by type, those of Resource for the type itself', () => {
  const observation = definitions.searchParams('Observation');
  assert.equal(observation.get('_lastUpdated')?.expression, 'Observation.meta.lastUpdated');
  assert.equal(observation.get('code')?.expression, 'Observation.code');
  assert.equal(observation.get('patient')?.expression, 'Observation.subject.where(resolve() is Patient)');
  assert.equal(observation.get('code-value-quantity')?.components?.length, 2);
  assert.equal(definitions.searchParams('Patient').get('family')?.base, 'Patient');
  assert.equal(definitions.searchParams('Basic').size, 0);
});

test('searchParams: every expression is for its own type alone', () => {
  for (const type of definitions.servedTypes) {
    for (const { code, expression, base } of definitions.searchParams(type).values()) {
      assert.equal(base, type);
      if (['_text', '_content'].includes(code)) continue;
      assert.match(expression, new RegExp(`^\\(*${type}\\b`), `${type} ${code}`);
    }
  }
});

test('compartment: R4s own, for every resource type', () => {
  assert.deepEqual(definitions.compartment.get('Observation'), ['subject', 'performer']);
  assert.deepEqual(definitions.compartment.get('Practitioner'), []);
  for (const [type, codes] of definitions.compartment) {
    assert.ok(definitions.resourceTypes.has(type), type);
    if (definitions.searchParams(type).size === 0) continue;
    for (const code of codes) assert.ok(definitions.searchParams(type).has(code), `${type} ${code}`);
  }
});

test('codes: enumerable sets have them, others are undefined', () => {
  const gender = 'http://hl7.org/fhir/ValueSet/administrative-gender';
  assert.deepEqual([...(definitions.codes(gender) ?? [])], ['male', 'female', 'other', 'unknown']);
  assert.ok(definitions.systemCodes(gender)?.has('http://hl7.org/fhir/administrative-gender|male'));
  assert.equal(definitions.codes('http://hl7.org/fhir/ValueSet/mimetypes'), undefined);
});

test('resourceTypes: the 146 of R4, abstract ones and later ones not among them', () => {
  assert.equal(definitions.resourceTypes.size, 146);
  assert.ok(definitions.resourceTypes.has('VisionPrescription'));
  for (const name of ['DomainResource', 'Resource', 'SubscriptionStatus']) {
    assert.equal(definitions.resourceTypes.has(name), false);
  }
});

test('sensitivity: codes below the sensitivity policy, other ActCodes, and none', () => {
  const { isActCode, isSensitive } = definitions.sensitivity;
  for (const code of ['PSY', 'PSYTHPN', 'ETH', 'HIV', 'SEX', 'GDIS', 'SDV']) assert.ok(isSensitive(code), code);
  assert.equal(isSensitive('AMB'), false);
  assert.equal(isActCode('AMB'), true);
  assert.equal(isActCode('no-such-code'), false);
});
