/** FHIRPath Patch (R4 fhirpatch.html): each operation on lists, choices, primitives and their siblings. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FhirError } from '../../../src/core/errors.ts';
import type { JsonObject, ResourceJson } from '../../../src/core/json.ts';
import { loadDefinitions } from '../../../src/definitions/registry.ts';
import { createApplyPatch } from '../../../src/patching/apply-patch.ts';
import { MAX_FHIRPATH_OPERATIONS } from '../../../src/patching/fhirpath-operations.ts';

const apply = createApplyPatch(loadDefinitions('profiles'));

type Part = JsonObject;
const operation = (type: string, path: string, ...parts: readonly Part[]) => ({
  name: 'operation',
  part: [{ name: 'type', valueCode: type }, { name: 'path', valueString: path }, ...parts],
});
const named = (name: string): Part => ({ name: 'name', valueString: name });
const value = (members: Part): Part => ({ name: 'value', ...members });
const number = (name: string, valueInteger: number): Part => ({ name, valueInteger });

const patched = (resource: ResourceJson, ...operations: readonly JsonObject[]) =>
  JSON.parse(
    JSON.stringify(
      apply(resource, { kind: 'fhirpath-patch', parameters: { resourceType: 'Parameters', parameter: operations } }),
    ),
  );
function refused(resource: ResourceJson, ...operations: readonly JsonObject[]): FhirError {
  try {
    patched(resource, ...operations);
  } catch (error) {
    assert.ok(error instanceof FhirError && error.status === 422, String(error));
    return error;
  }
  return assert.fail('not refused');
}

const person = {
  resourceType: 'Patient',
  id: 'p',
  name: [{ use: 'official', family: 'Lee', given: ['Ann', 'Bo'], _given: [null, { id: 'g2' }] }],
  telecom: [
    { system: 'phone', value: '1' },
    { system: 'email', value: '2' },
  ],
  birthDate: '1970-01-01',
  _birthDate: { extension: [{ url: 'urn:time', valueString: 'noon' }] },
  deceasedBoolean: false,
};

test('fhirpath patch: add appends to a list, makes one, and sets a single element that is absent', () => {
  const phone = value({ valueContactPoint: { system: 'sms', value: '3' } });
  assert.deepEqual(patched(person, operation('add', 'Patient', named('telecom'), phone)).telecom.length, 3);
  const { telecom: _, ...without } = person;
  assert.deepEqual(patched(without, operation('add', 'Patient', named('telecom'), phone)).telecom, [
    { system: 'sms', value: '3' },
  ]);
  assert.equal(
    patched(person, operation('add', 'Patient', named('gender'), value({ valueCode: 'other' }))).gender,
    'other',
  );
  const given = patched(person, operation('add', 'Patient.name[0]', named('given'), value({ valueString: 'Cy' })));
  assert.deepEqual(given.name[0].given, ['Ann', 'Bo', 'Cy']);
  assert.deepEqual(given.name[0]._given, [null, { id: 'g2' }, null]);
});

test('fhirpath patch: add refuses what is there already, another choice too, and what the type does not have', () => {
  refused(person, operation('add', 'Patient', named('birthDate'), value({ valueDate: '1980-01-01' })));
  refused(person, operation('add', 'Patient', named('deceased'), value({ valueDateTime: '2020-01-01' })));
  refused(person, operation('add', 'Patient', named('unheardOf'), value({ valueString: 'x' })));
  refused(person, operation('add', 'Patient', named('__proto__'), value({ valueString: 'x' })));
  refused(person, operation('add', 'Patient.telecom', named('rank'), value({ valuePositiveInt: 1 })));
});

test('fhirpath patch: a choice lies under the name of its type', () => {
  const { deceasedBoolean: _, ...alive } = person;
  const added = patched(alive, operation('add', 'Patient', named('deceased'), value({ valueDateTime: '2020-01-01' })));
  assert.equal(added.deceasedDateTime, '2020-01-01');
  const other = patched(person, operation('replace', 'Patient.deceased', value({ valueDateTime: '2020-01-01' })));
  assert.equal(other.deceasedDateTime, '2020-01-01');
  assert.equal(other.deceasedBoolean, undefined);
  refused(person, operation('replace', 'Patient.deceased', value({ valueQuantity: { value: 1 } })));
});

test('fhirpath patch: insert takes its place in a list, siblings in step', () => {
  const names = patched(
    person,
    operation('insert', 'Patient.name[0].given', number('index', 0), value({ valueString: 'Zo' })),
  );
  assert.deepEqual(names.name[0].given, ['Zo', 'Ann', 'Bo']);
  assert.deepEqual(names.name[0]._given, [null, null, { id: 'g2' }]);
  refused(person, operation('insert', 'Patient.telecom', number('index', 3), value({ valueContactPoint: {} })));
  refused(person, operation('insert', 'Patient.birthDate', number('index', 0), value({ valueDate: '1980' })));
});

test('fhirpath patch: delete takes one element with its sibling; none is no error, several are', () => {
  const none = patched(person, operation('delete', 'Patient.birthDate'));
  assert.deepEqual([none.birthDate, none._birthDate], [undefined, undefined]);
  const mail = patched(person, operation('delete', "Patient.telecom.where(system = 'email')"));
  assert.deepEqual(mail.telecom, [{ system: 'phone', value: '1' }]);
  assert.deepEqual(patched(person, operation('delete', 'Patient.maritalStatus')), person);
  const both = [operation('delete', 'Patient.telecom[1]'), operation('delete', 'Patient.telecom[0]')];
  assert.equal(patched(person, ...both).telecom, undefined);
  refused(person, operation('delete', 'Patient.telecom'));
  refused(person, operation('delete', 'Patient'));
});

test('fhirpath patch: replace sets a primitive and drops what belonged to the old value', () => {
  const date = patched(person, operation('replace', 'Patient.birthDate', value({ valueDate: '1980-02-02' })));
  assert.deepEqual([date.birthDate, date._birthDate], ['1980-02-02', undefined]);
  const given = patched(person, operation('replace', 'Patient.name[0].given[1]', value({ valueString: 'Cy' })));
  assert.deepEqual(given.name[0].given, ['Ann', 'Cy']);
  const kept = value({ valueDate: '1980-02-02', _valueDate: { id: 'b' } });
  assert.deepEqual(patched(person, operation('replace', 'Patient.birthDate', kept))._birthDate, { id: 'b' });
  refused(person, operation('replace', 'Patient.gender', value({ valueCode: 'male' })));
});

test('fhirpath patch: what lies below a primitive is reached through its sibling', () => {
  const path = "Patient.birthDate.extension('urn:time').value";
  const noon = patched(person, operation('replace', path, value({ valueString: 'dawn' })));
  assert.equal(noon._birthDate.extension[0].valueString, 'dawn');
  const { _birthDate: _, ...plain } = person;
  const extension = value({ valueExtension: { url: 'urn:x', valueString: 'y' } });
  const added = patched(plain, operation('add', 'Patient.birthDate', named('extension'), extension));
  assert.deepEqual(added._birthDate, { extension: [{ url: 'urn:x', valueString: 'y' }] });
});

test('fhirpath patch: move changes the order in a list', () => {
  const move = operation('move', 'Patient.telecom', number('source', 1), number('destination', 0));
  assert.deepEqual(
    patched(person, move).telecom.map(({ system }: { system: string }) => system),
    ['email', 'phone'],
  );
  refused(person, operation('move', 'Patient.telecom', number('source', 2), number('destination', 0)));
});

test('fhirpath patch: a backbone element is sent in parts', () => {
  const parts = {
    part: [
      { name: 'relationship', valueCodeableConcept: { text: 'friend' } },
      { name: 'name', valueHumanName: { family: 'Doe' } },
    ],
  };
  const added = patched(person, operation('add', 'Patient', named('contact'), value(parts)));
  assert.deepEqual(added.contact, [{ relationship: [{ text: 'friend' }], name: { family: 'Doe' } }]);
  const wrong = { part: [{ name: 'unheardOf', valueString: 'x' }] };
  refused(person, operation('add', 'Patient', named('contact'), value(wrong)));
});

test('fhirpath patch: what is no operation is refused, with fixed texts', () => {
  const texts = [
    refused(person, operation('delete', "Patient.name.where(family = 'Canary')[0].resolve()")),
    refused(person, operation('delete', 'Patient.name | Patient.telecom')),
    refused(person, operation('spoil', 'Patient.Canary')),
    refused(person, { name: 'Canary' }),
    refused(person, operation('insert', 'Patient.telecom', value({ valueString: 'Canary' }))),
    refused(person, operation('replace', 'Patient.birthDate', value({ valueDate: '1', valueString: 'Canary' }))),
    refused(
      person,
      ...Array.from({ length: MAX_FHIRPATH_OPERATIONS + 1 }, () => operation('delete', 'Patient.active')),
    ),
    refused(
      person,
      ...Array.from({ length: 150 }, () => operation('delete', `Patient.name.where(family='${'x'.repeat(60)}')`)),
    ),
  ];
  for (const { issues } of texts) assert.doesNotMatch(JSON.stringify(issues), /Canary/);
  assert.throws(() => apply(person, { kind: 'fhirpath-patch', parameters: { resourceType: 'Patient' } }), FhirError);
});
