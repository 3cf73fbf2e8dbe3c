/** The formats of primitive types. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Json } from '../../../src/core/json.ts';
import { isArray, isObject, member } from '../../../src/core/json.ts';
import { parseJson } from '../../../src/core/parse-json.ts';
import { PRIMITIVES } from '../../../src/validation/primitives.ts';
import { fixtureFiles } from '../../support/shared-data.ts';
import { definitions, faultsOf, observation } from './validator.ts';

/** Whether the text of a JSON value has the format of a type. */
function fits(type: string, text: string): boolean {
  const parsed = parseJson(text);
  return parsed.ok && PRIMITIVES.get(type)?.(parsed.value) === true;
}

/** Texts that are JSON strings without the quotes. */
const cases: Readonly<Record<string, { readonly good: readonly string[]; readonly bad: readonly string[] }>> = {
  date: {
    good: ['2024', '2024-02', '2024-02-29', '0001-01-01', '9999-12-31', '2000-02-29'],
    bad: [
      '0000',
      '24',
      '2024-2',
      '2024-00',
      '2024-13',
      '2023-02-29',
      '1900-02-29',
      '2024-04-31',
      '2024-01-32',
      '2024-01-00',
      '2024-02-29T00:00:00Z',
      ' 2024',
      '2024\n',
      '20240229',
      '２０２４',
    ],
  },
  dateTime: {
    good: [
      '2024',
      '2024-02',
      '2024-02-29',
      '2024-02-29T23:59:60Z',
      '2024-02-29T00:00:00.123+14:00',
      '2024-02-29T00:00:00-05:30',
    ],
    bad: [
      '2024-02-29T10:00',
      '2024-02-29T10:00:00',
      '2024-02-29T24:00:00Z',
      '2024-02-30T10:00:00Z',
      '2024-02-29T10:00Z',
      '2024-02-29T10:00:00+14:30',
      '2024-02-29T10:00:00+15:00',
      '2024-02-29 10:00:00Z',
      '2024-02-29T10:00:00.Z',
      '2024-02-29T10:00:00Z\n',
      '2024T10:00:00Z',
    ],
  },
  instant: {
    good: ['2024-02-29T10:00:00Z', '2024-02-29T10:00:00.000+01:00'],
    bad: ['2024', '2024-02-29', '2024-02-29T10:00:00'],
  },
  time: {
    good: ['00:00:00', '23:59:59.999', '12:00:60'],
    bad: ['12:05', '24:00:00', '12:00:00Z', '1:00:00', '12:60:00'],
  },
  id: { good: ['a', 'A-1.b', 'x'.repeat(64)], bad: ['', 'a_b', 'a/b', 'x'.repeat(65), 'a b', 'ä', 'a\n'] },
  code: { good: ['a', 'a b', '§'], bad: ['', ' ', ' a', 'a ', 'a  b', 'a\n'] },
  uri: { good: ['http://a', 'urn:x', 'relative', 'a|1'], bad: ['', 'a b', 'a\n'] },
  oid: { good: ['urn:oid:2.16.840.1.113883'], bad: ['2.16', 'urn:oid:3.1', 'urn:oid:1.02', 'urn:oid:1'] },
  uuid: {
    good: ['urn:uuid:87e11d66-c137-458a-9754-fe6c4e445a6d'],
    bad: ['87e11d66-c137-458a-9754-fe6c4e445a6d', 'urn:uuid:87e11d66c137458a9754fe6c4e445a6d'],
  },
  base64Binary: {
    good: ['AAAA', 'AA==', 'AAA=', 'AAAA\nAAAA', ' AAAA '],
    bad: ['', ' ', 'A', 'AAA', 'A=AA', 'AA=A', '====', 'AAA===', 'A&AA', 'AA-_'],
  },
  string: { good: ['x', ' ', 'a\tb\r\nc', '😀'], bad: ['', 'a\u0000b', 'a\u000bb', '\ud800'] },
};

for (const [type, { good, bad }] of Object.entries(cases)) {
  test(`primitive: ${type}`, () => {
    for (const text of good) assert.equal(PRIMITIVES.get(type)?.(text), true, JSON.stringify(text));
    for (const text of bad) assert.equal(PRIMITIVES.get(type)?.(text), false, JSON.stringify(text));
  });
}

test('primitive: whole numbers by their text', () => {
  for (const text of ['0', '-1', '2147483647', '-2147483648']) assert.ok(fits('integer', text), text);
  for (const text of ['1.0', '1e2', '-0', '2147483648', '-2147483649', '"1"', 'true']) {
    assert.ok(!fits('integer', text), text);
  }
  assert.ok(fits('unsignedInt', '0') && !fits('unsignedInt', '-1'));
  assert.ok(fits('positiveInt', '1') && !fits('positiveInt', '0'));
});

test('primitive: decimals are numbers, of any precision that fits a bound', () => {
  for (const text of ['1.50', '-3.7', '1E-22', '0.008946854200584387', '100']) assert.ok(fits('decimal', text), text);
  for (const text of ['"1.0"', 'true', `1${'0'.repeat(100)}`]) assert.ok(!fits('decimal', text), text);
});

test('primitive: a string of more than 1 MiB is refused', () => {
  assert.ok(PRIMITIVES.get('string')?.('x'.repeat(1024 * 1024)));
  assert.ok(!PRIMITIVES.get('string')?.('x'.repeat(1024 * 1024 + 1)));
});

test('primitive: every one that R4 has', () => {
  const names = [...PRIMITIVES.keys()];
  assert.equal(names.length, 19);
  for (const name of names) assert.equal(definitions.type(name)?.kind, 'primitive', name);
});

test('primitive: any JSON is judged without throwing', () => {
  fc.assert(
    fc.property(fc.constantFrom(...PRIMITIVES.keys()), fc.jsonValue({ maxDepth: 1 }), (type, value) => {
      const text = JSON.stringify(value);
      assert.equal(typeof fits(type, text), 'boolean');
    }),
    { numRuns: 300 },
  );
});

test('primitive: hostile texts take time in proportion to their length', () => {
  const texts = [
    'a'.repeat(500_000),
    ' '.repeat(500_000),
    'a '.repeat(250_000),
    '='.repeat(500_000),
    `${'\t'.repeat(500_000)}!`,
  ];
  const start = performance.now();
  for (const check of PRIMITIVES.values()) for (const text of texts) check(text);
  assert.ok(performance.now() - start < 5000);
});

test("primitive: google/fhir's vectors", () => {
  const [, vectors] = fixtureFiles('google-fhir')[0] ?? [];
  const types = isObject(vectors) ? member(vectors, 'types') : undefined;
  assert.ok(isObject(types));
  let tried = 0;
  for (const [name, group] of Object.entries(types)) {
    const type = name.replace(/_(\w)/g, (_all, letter: string) => letter.toUpperCase());
    if (type === 'reference' || type === 'xhtml' || !isObject(group)) continue;
    for (const text of texts(group['invalid'])) assert.equal(fits(type, text), false, `${type} ${text}`);
    // Null is no value: their list means that the element may be absent.
    for (const text of texts(group['valid']))
      if (text !== 'null') assert.equal(fits(type, text), true, `${type} ${text}`);
    tried++;
  }
  assert.ok(tried > 15);
});

function texts(json: Json | undefined): readonly string[] {
  assert.ok(isArray(json));
  return json.map(String);
}

test('primitive: 1.0 is no integer where it stands in a resource', () => {
  const parsed = parseJson('{"resourceType":"Observation","status":"final","code":{"text":"x"},"valueInteger":1.0}');
  assert.ok(parsed.ok && isObject(parsed.value));
  assert.deepEqual(faultsOf(parsed.value), ['value Observation.value']);
  assert.deepEqual(faultsOf(observation({ valueInteger: 1 })), []);
});
