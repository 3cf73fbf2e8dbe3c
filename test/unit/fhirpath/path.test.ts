/** Paths of the rule language: what they select and how they are written canonically. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type Json, rawNumber } from '../../../src/core/json.ts';
import { childNodes, compilePath, type Predicate, selectNodes } from '../../../src/fhirpath/path.ts';
import { definitions } from './definitions.ts';

const PATIENT = {
  resourceType: 'Patient',
  active: true,
  identifier: [
    { system: 'urn:mrn', value: '1', type: { coding: [{ code: 'X' }, { code: 'MR' }] } },
    { system: 'urn:ssn', value: '2' },
  ],
  name: [
    {
      use: 'official',
      family: 'Ng',
      given: ['Ana', null],
      _given: [null, { extension: [{ url: 'u', valueString: 'x' }] }],
    },
    { use: 'usual', given: ['Bo'] },
  ],
  _birthDate: { extension: [{ url: 'u', valueCode: 'masked' }] },
  deceasedDateTime: '2020',
};

const select = (expression: string, variables = {}) =>
  selectNodes(compilePath(definitions, 'Patient', expression), { value: PATIENT, type: 'Patient' }, variables).map(
    (node) => node.value,
  );

const textOf = (expression: string, type = 'Patient'): string => compilePath(definitions, type, expression).text;

function predicateOf(expression: string, type: string): Predicate {
  const where = compilePath(definitions, type, expression).steps.findLast((step) => step.kind === 'where');
  assert.ok(where?.kind === 'where');
  return where.predicate;
}

test('select: elements in document order, arrays flattened, one node for each position', () => {
  assert.deepEqual(select('name.given'), ['Ana', undefined, 'Bo']);
  assert.deepEqual(select('Patient.name.family'), ['Ng']);
  assert.deepEqual(select('name[1].given'), ['Bo']);
  assert.deepEqual(select('name.given[2]'), ['Bo']);
  assert.deepEqual(select('name[7].given'), []);
});

test('select: a primitive without a value is there by its sibling', () => {
  assert.deepEqual(select('birthDate'), [undefined]);
  assert.deepEqual(select("birthDate.extension('u').value"), ['masked']);
  assert.deepEqual(select("name.where(given.exists(extension('u').exists())).use"), ['official']);
});

test('select: criteria on items', () => {
  assert.deepEqual(select("identifier.where(type.coding.where(code='MR').exists()).value"), ['1']);
  assert.deepEqual(select('identifier.where(type.empty()).value'), ['2']);
  assert.deepEqual(select("identifier.where(system in ('urn:ssn' | 'urn:x')).value"), ['2']);
  assert.deepEqual(select("name.where(use='official' and family.exists().not()).use"), []);
  assert.deepEqual(select("name.where(use='usual' or family='Ng').use"), ['official', 'usual']);
});

test('select: a comparison of one among several, by its index', () => {
  assert.deepEqual(select("identifier.where(type.coding[1].code='MR').value"), ['1']);
});

test('select: a choice by its name, by ofType() and as R4 writes it in JSON', () => {
  assert.deepEqual(select('deceased'), ['2020']);
  assert.deepEqual(select('deceased.ofType(dateTime)'), ['2020']);
  assert.deepEqual(select('deceased.ofType(boolean)'), []);
  assert.equal(textOf('deceasedDateTime'), textOf('deceased.ofType(dateTime)'));
  assert.equal(
    textOf('medicationCodeableConcept.coding', 'MedicationRequest'),
    'medication.ofType(CodeableConcept).coding',
  );
  assert.equal(textOf('medication.coding', 'MedicationRequest'), 'medication.ofType(CodeableConcept).coding');
});

test('ofType: takes the types derived from the one it names', () => {
  const node = {
    value: {
      resourceType: 'Patient',
      extension: [
        { url: 'u', valueCode: 'c' },
        { url: 'v', valueUri: 'w' },
      ],
    },
    type: 'Patient',
  };
  const path = compilePath(definitions, 'Patient', 'extension.value.ofType(string)');
  assert.deepEqual(
    selectNodes(path, node, {}).map(({ type, value }) => [type, value]),
    [['code', 'c']],
  );
});

test('childNodes: own properties only, and a sibling that only a primitive has', () => {
  const node = { value: { name: 'x', _name: { id: 'i' } }, type: 'Organization' };
  assert.deepEqual(childNodes(node, { json: 'name', type: 'string' }), [
    { value: 'x', sibling: { id: 'i' }, type: 'string' },
  ]);
  assert.deepEqual(childNodes(node, { json: 'constructor', type: 'string' }), []);
  assert.deepEqual(childNodes(node, { json: '_proto__', type: 'string' }), []);
  assert.deepEqual(childNodes({ value: 'text', type: 'string' }, { json: 'length', type: 'integer' }), []);
});

test('childNodes: a contained resource has its own type', () => {
  const node = { value: { contained: [{ resourceType: 'Medication' }] }, type: 'MedicationRequest' };
  assert.deepEqual(
    childNodes(node, { json: 'contained', type: 'Resource' }).map(({ type }) => type),
    ['Medication'],
  );
});

test('variables: a missing one is empty, so neither = nor != is true', () => {
  const other = predicateOf('participant.where(actor.reference != %patient)', 'Appointment');
  const own = predicateOf('participant.where(actor.reference = %patient)', 'Appointment');
  const node = { value: { actor: { reference: 'Patient/2' } }, type: 'Appointment.participant' };
  assert.equal(other(node, { patient: 'Patient/1' }), true);
  assert.equal(own(node, { patient: 'Patient/2' }), true);
  assert.equal(other(node, {}), false);
  assert.equal(own(node, {}), false);
  assert.equal(other({ ...node, value: {} }, { patient: 'Patient/1' }), false);
});

test('three values: empty stays empty under not(), and and() and or() decide without it where they can', () => {
  const is = (criterion: string): boolean => select(`name.where(${criterion})`).length > 0;
  assert.equal(is("(period.start.exists() and suffix[0] = 'x')"), false);
  assert.equal(is("(suffix[0] = 'x').not()"), false);
  assert.equal(is("(suffix[0] = 'x' and false).not()"), true);
  assert.equal(is("suffix[0] = 'x' or true"), true);
  assert.equal(is("(suffix[0] = 'x' or false).not()"), false);
});

test('numbers: compared as decimals, whatever their text', () => {
  const is = predicateOf('dispenseRequest.where(numberOfRepeatsAllowed = 3)', 'MedicationRequest');
  assert.equal(is({ value: { numberOfRepeatsAllowed: 3 }, type: '' }, {}), true);
  const half = predicateOf('component.value.ofType(Quantity).where(value = 1.50)', 'Observation');
  assert.equal(half({ value: { value: 1.5 }, type: '' }, {}), true);
  assert.equal(half({ value: { value: rawNumber('1.500') }, type: '' }, {}), true);
  assert.equal(half({ value: { value: rawNumber('15e-1') }, type: '' }, {}), true);
  assert.equal(half({ value: { value: rawNumber('1.50000000000000000001') }, type: '' }, {}), false);
  assert.equal(half({ value: { value: '1.5' }, type: '' }, {}), false);
});

test('text: equal for what means the same', () => {
  const same: readonly (readonly [string, string])[] = [
    ["identifier.where('x' = system)", "Patient.identifier.where( system='x' )"],
    ["identifier.where(use='a' and system='x')", "identifier.where((system='x') and (use='a' and use='a'))"],
    ["identifier.where(system in ('y'|'x'))", "identifier.where(system in ('x' | 'y' | 'x'))"],
    ["identifier.where((system='x').not())", "identifier.where(system != 'x')"],
    ['identifier.where(type.exists().not())', 'identifier.where(type.empty())'],
    ["identifier.where(extension('u').exists())", "identifier.where(extension.where(url='u').exists())"],
    ["identifier.where(type.exists(text='x'))", "identifier.where(type.where(text='x').exists())"],
    ["identifier.where((use='a' or use='b').not().not())", "identifier.where(use='b' or use='a')"],
    ['telecom.where(rank=1.0)', 'telecom.where(rank = 1)'],
  ];
  for (const [a, b] of same) assert.equal(textOf(a), textOf(b));
});

test('text: different for what means something else', () => {
  const texts = [
    "identifier.where(use='a' and (use='b' or use='c'))",
    "identifier.where((use='a' and use='b') or use='c')",
    "identifier.where((use='a' or use='b').not().not() and use='c')",
    "identifier.where(use='a\\' or use=\\'b' and use='c')",
    "identifier.where(use='a').where(use='b')",
    "identifier.where(use='a')[0]",
    "identifier[0].where(use='a')",
    "identifier.where(use.startsWith('a'))",
  ].map((expression) => textOf(expression));
  assert.equal(new Set(texts).size, texts.length);
});

test('text: a canonical text compiles to itself', () => {
  for (const expression of [
    "identifier.where((use='a' or use!='b') and type.coding.where(code='M\\'R').exists()).value",
    "name[0].where(family.startsWith('N') or (use in ('b'|'a')).not()).given[1]",
    "telecom.where(rank=-1.50 or value.extension('u').empty())",
  ]) {
    assert.equal(textOf(textOf(expression)), textOf(expression));
  }
});

test('reads: every element that a criterion looks at, relative to its node', () => {
  const [, where] = compilePath(
    definitions,
    'Appointment',
    "participant.where(actor.reference.startsWith('P') and type.coding.where(code='x').exists() and extension('u').valueString.exists())",
  ).steps;
  assert.ok(where?.kind === 'where');
  assert.deepEqual([...where.reads].sort(), [
    'actor',
    'actor.reference',
    'extension',
    'extension.url',
    'extension.value',
    'type',
    'type.coding',
    'type.coding.code',
  ]);
});

test('law: predicates and paths throw on no JSON whatever', () => {
  const paths = [
    "name.where(given[0].startsWith('x') or use in ('a' | 'b')).given",
    "identifier.where(type.coding.where(code='MR').exists() and system != 'x').extension('u').value",
    "multipleBirth.ofType(integer).extension('u').extension.where(value.ofType(decimal) = 1.5)",
  ].map((expression) => compilePath(definitions, 'Patient', expression));
  const key = fc.constantFrom(
    'name',
    'given',
    '_given',
    'identifier',
    'type',
    'coding',
    'extension',
    'multipleBirthInteger',
    'value',
  );
  const { json } = fc.letrec<{ json: Json }>((tie) => ({
    json: fc.oneof(
      { maxDepth: 5 },
      fc.constantFrom<Json>(null, 'x', 1, true, rawNumber('1.50')),
      fc.array(tie('json'), { maxLength: 3 }),
      fc.dictionary(key, tie('json'), { maxKeys: 4 }),
    ),
  }));
  fc.assert(
    fc.property(json, (value) => {
      for (const path of paths) selectNodes(path, { value, type: 'Patient' }, { patient: 'Patient/1' });
    }),
  );
});
