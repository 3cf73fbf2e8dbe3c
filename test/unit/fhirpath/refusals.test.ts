/** What the rule language refuses, and the hint that it gives. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compilePath, FhirPathError } from '../../../src/fhirpath/path.ts';
import { definitions } from './definitions.ts';

const refusal = (expression: string, type = 'Patient'): string => {
  try {
    compilePath(definitions, type, expression);
  } catch (error) {
    assert.ok(error instanceof FhirPathError, String(error));
    return error.message;
  }
  assert.fail(`${expression} was compiled`);
};

const textOf = (expression: string): string => compilePath(definitions, 'Patient', expression).text;

test('refused: where several values would make a comparison false; the hint says what to write', () => {
  assert.match(refusal("identifier.where(type.coding.code='MR')"), /type\.coding\.where\(code = …\)\.exists\(\)/);
  assert.match(refusal("name.where(given = 'x')"), /given\[0\]/);
  assert.match(refusal("name.where(given.startsWith('x'))"), /given\[0\]/);
  assert.match(refusal("contact.where(extension('u').valueString in ('x'))"), /where\(url = 'u'\)\.where\(value/);
});

test('refused: unknown elements, names of prototypes among them', () => {
  for (const name of [
    'nme',
    '__proto__',
    'constructor',
    'toString',
    'hasOwnProperty',
    'name.length',
    'resourceType',
    '`__proto__`.name',
  ]) {
    assert.match(refusal(name), /is no element of/);
  }
  assert.match(refusal('gender.value'), /is no element of code/);
  assert.match(refusal('Observation.status'), /'Observation' is no element of Patient/);
  assert.match(refusal('name', 'Pateint'), /no known type/);
});

test('refused: what is not in the language', () => {
  for (const expression of [
    'name.first()',
    'name.repeat(given)',
    'name.distinct()',
    'name.given.upper()',
    'name | telecom',
    'name.where(use ~ 1)',
    "name.where($this = 'x')",
    "name.where(use > 'a')",
    "name.where(use & 'a' = 'b')",
    'name.where(period = @2020)',
    'name.where(use = {})',
    "name.where(%resource = 'x')",
    'managingOrganization.where(resolve() is Organization)',
    'deceased as boolean',
    'deceased.as(boolean)',
    'name.where(use xor use)',
    'name.select(given)',
    'name.where(use)',
    'name.where(use = family)',
    "name.where('a' = 'a')",
    'name.where(use in family)',
    'name.exists()',
    "name.use = 'x'",
    'name[-1]',
    "name['0']",
    'name.where()',
    'name.extension()',
    "name.extension('')",
    'name.exists(',
    '',
    'Patient',
    'Patient.where(active = true).name',
    'name.where(exists())',
    'name.where(use = 3L)',
    "name.where(use = 5 'mg')",
    'name.where(use.startsWith(1))',
    'name.where(use.not())',
    "name.where(use in ('a' | 1))",
  ]) {
    assert.notEqual(refusal(expression), '', expression);
  }
});

test('refused: comparisons whose equality in FHIRPath is not that of the text', () => {
  assert.match(refusal("name.where(period.start = '2020')"), /dateTime, which cannot be compared/);
  assert.match(refusal("contact.where(name = 'x')"), /HumanName, which cannot be compared/);
  assert.match(refusal("photo.where(data = 'x')"), /base64Binary/);
  assert.match(refusal("extension.where(value = 'x')"), /say which with ofType\(\)/);
  assert.match(refusal("telecom.where(rank = '1')"), /is a number/);
  assert.match(refusal('communication.where(preferred = 1)'), /is a boolean/);
});

test('refused: a type that an element never has', () => {
  assert.match(refusal('deceased.ofType(Quantity)'), /never of type Quantity; it may be boolean, dateTime/);
  assert.match(refusal('name.ofType(Address)'), /never of type/);
  assert.match(refusal('deceased.where(extension.exists()).ofType(boolean)'), /follow an element directly/);
  assert.equal(textOf('name.ofType(HumanName)'), 'name');
});

test('refused: expressions too long or nested too deep', () => {
  assert.match(refusal(`name.where(use = '${'x'.repeat(1000)}')`), /longer than 1000/);
  assert.match(refusal(`${'('.repeat(21)}name${')'.repeat(21)}`), /nested deeper than 20/);
  assert.equal(textOf(`${'('.repeat(20)}name${')'.repeat(20)}`), 'name');
  assert.match(refusal(`/* ' */ ${'('.repeat(400)}name`), /no comments/);
});
