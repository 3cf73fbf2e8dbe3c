/** Parsing: what is understood, what is left out, and that everything else is a 400. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { FhirError } from '../../../src/core/errors.ts';
import { query } from './search-world.ts';

const refusal = (type: string, parameters: readonly (readonly [string, string])[], strict = false): string => {
  try {
    query(type, parameters, strict);
  } catch (error) {
    if (error instanceof FhirError && error.status === 400) return error.issues[0]?.code ?? '';
    throw error;
  }
  return 'none';
};

test('parse-query: values, escapes, modifiers and prefixes', () => {
  const { criteria } = query('Observation', [
    ['code', 'http://a|b\\|c,d\\,e,|f,http://g|'],
    ['date', 'ge2020-02'],
    ['subject:Patient', '1'],
    ['subject', 'Patient/2/_history/3,urn:uuid:x'],
    ['value-string:exact', 'a\\\\b\\$'],
  ]);
  assert.deepEqual(criteria[0]?.values, [
    { kind: 'token', system: 'http://a', code: 'b|c' },
    { kind: 'token', code: 'd,e' },
    { kind: 'token', system: '', code: 'f' },
    { kind: 'token', system: 'http://g' },
  ]);
  assert.equal(criteria[1]?.values[0]?.kind === 'date' && criteria[1].values[0].prefix, 'ge');
  assert.deepEqual(criteria[2]?.values, [{ kind: 'reference', targets: [{ type: 'Patient', id: '1' }] }]);
  assert.equal(criteria[2]?.modifier, 'type');
  assert.deepEqual(criteria[3]?.values, [
    { kind: 'reference', targets: [{ type: 'Patient', id: '2' }] },
    { kind: 'reference', targets: [], text: 'urn:uuid:x' },
  ]);
  assert.equal(criteria[4]?.values[0]?.kind === 'string' && criteria[4].values[0].text, 'a\\b$');
});

test('parse-query: an unknown parameter is ignored, or a 400 under strict handling', () => {
  const { criteria, ignored, self } = query(
    'Patient',
    [
      ['family', 'x'],
      ['shoe-size', '9'],
      ['__proto__', 'y'],
    ],
    false,
  );
  assert.equal(criteria.length, 1);
  assert.deepEqual(ignored, ['shoe-size', '__proto__']);
  assert.deepEqual(self, [['family', 'x']]);
  for (const name of ['shoe-size', 'constructor', '__proto__', 'value-quantity']) {
    assert.equal(refusal('Patient', [[name, '1']], true), 'not-supported', name);
    assert.equal(refusal('Patient', [[name, '1']]), 'none', name);
  }
  for (const [name, value] of [
    ['_contained', 'true'],
    ['_contained', 'both'],
    ['_containedType', 'contained'],
    ['_sort', 'general-practitioner'],
  ] as const) {
    assert.equal(refusal('Patient', [[name, value]]), 'not-supported', name);
  }
  for (const name of ['_include', '_revinclude']) {
    assert.equal(refusal('Patient', [[name, '1']]), 'not-supported', name);
  }
});

test('parse-query: controls', () => {
  const plain = query('Patient', []);
  assert.deepEqual([plain.count, plain.total, plain.summaryCount], [20, 'none', false]);
  assert.equal(query('Patient', [['_count', '9999']]).count, 500);
  assert.equal(query('Patient', [['_count', '0']]).summaryCount, true);
  assert.equal(query('Patient', [['_summary', 'count']]).summaryCount, true);
  assert.equal(query('Patient', [['_total', 'accurate']]).total, 'accurate');
  assert.deepEqual(query('Patient', [['_summary', 'text']]).subsets, [{ kind: 'text' }]);
  assert.deepEqual(query('Patient', [['_summary', 'false']]).subsets, []);
  const names = new Set(['name', 'gender']);
  assert.deepEqual(query('Patient', [['_elements', 'name,gender']]).subsets, [{ kind: 'elements', names }]);
  assert.deepEqual(
    query('Patient', [
      ['_count', '5'],
      ['_format', 'json'],
      ['_pretty', 'true'],
    ]).self,
    [['_count', '5']],
  );
  for (const [name, value] of [
    ['_count', '-1'],
    ['_count', 'x'],
    ['_count', ''],
    ['_total', 'some'],
    ['_summary', 'x'],
    ['_elements', 'nothing'],
    ['_elements', ''],
    ['_elements', 'name.family'],
    ['_contained', 'x'],
    ['_sort', 'nothing'],
    ['_sort', ''],
    ['_sort', '-'],
    ['_sort', 'family,,given'],
    ['_sort', '__proto__'],
    ['_sort:desc', 'family'],
    ['_sort', Array.from({ length: 9 }, () => 'family').join()],
    ['_cursor', 'abc'],
    ['_count:missing', '1'],
  ] as const) {
    assert.equal(refusal('Patient', [[name, value]]), 'invalid', `${name}=${value}`);
  }
  assert.equal(
    refusal('Patient', [
      ['_count', '1'],
      ['_count', '2'],
    ]),
    'invalid',
  );
});

test('parse-query: what cannot be meant is a 400 under either handling', () => {
  const cases: readonly (readonly [string, string, string, string])[] = [
    ['Patient', 'family', '', 'invalid'],
    ['Patient', 'family', 'a,,b', 'invalid'],
    ['Patient', 'family', ' ', 'invalid'],
    ['Patient', 'identifier', '|', 'invalid'],
    ['Patient', 'identifier', 'a|b|c', 'invalid'],
    ['Patient', 'identifier:of-type', 'a|b', 'invalid'],
    ['Patient', 'birthdate', '2020-02-30', 'invalid'],
    ['Patient', 'birthdate', 'xx2020', 'invalid'],
    ['Patient', 'birthdate', 'ge', 'invalid'],
    ['Patient', 'active:missing', 'maybe', 'invalid'],
    ['Patient', 'family:foo', 'x', 'invalid'],
    ['Patient', 'family:', 'x', 'invalid'],
    ['Patient', 'general-practitioner:Patient', '1', 'invalid'],
    ['Patient', 'general-practitioner', 'Nonsense/1', 'invalid'],
    ['Observation', 'subject:Patient', 'Group/1', 'invalid'],
    ['Patient', 'gender:text', 'x', 'not-supported'],
    ['Patient', 'gender:above', 'x', 'not-supported'],
    ['Patient', 'birthdate:not', '2020', 'not-supported'],
    ['Patient', 'family:not', 'x', 'not-supported'],
    ['Patient', '_filter', 'name eq a', 'not-supported'],
    ['Patient', '_list', '1', 'not-supported'],
    ['Location', 'near', '1|2', 'not-supported'],
    ['Observation', 'subject.nothing', 'x', 'invalid'],
    ['Observation', 'subject:Organization.name', 'x', 'invalid'],
    ['Patient', '_has:Observation:nothing:code', 'x', 'invalid'],
  ];
  for (const [type, name, value, code] of cases) {
    for (const strict of [true, false])
      assert.equal(refusal(type, [[name, value]], strict), code, `${type}?${name}=${value}`);
  }
});

test('parse-query: sizes are bounded', () => {
  assert.equal(refusal('Patient', [['family', 'x'.repeat(9000)]]), 'too-long');
  assert.equal(
    refusal(
      'Patient',
      Array.from({ length: 51 }, () => ['family', 'x'] as const),
    ),
    'too-long',
  );
  assert.equal(refusal('Patient', [['identifier', Array(201).fill('1').join(',')]]), 'invalid');
  assert.equal(refusal('Patient', [['identifier', Array(200).fill('1').join(',')]]), 'none');
});

test('parse-query: any salad is understood, ignored or a 400', () => {
  const name = fc.oneof(
    fc.constantFrom(
      'family',
      'identifier',
      'birthdate',
      'general-practitioner',
      '_id',
      '_count',
      '_tag',
      'active',
      '_profile',
      'a.b',
    ),
    fc.string(),
  );
  const suffix = fc.oneof(
    fc.constantFrom(
      '',
      ':exact',
      ':not',
      ':missing',
      ':Patient',
      ':identifier',
      ':of-type',
      ':__proto__',
      ':constructor',
    ),
    fc.string(),
  );
  const value = fc.oneof(
    fc.string({ unit: fc.constantFrom('\\', '|', ',', '$', ':', 'a', '2', '-', 'T', ' ', '\ud800') }),
    fc.string({ unit: 'binary' }),
  );
  fc.assert(
    fc.property(
      fc.array(
        fc.tuple(
          fc.tuple(name, suffix).map((parts) => parts.join('')),
          value,
        ),
        { maxLength: 4 },
      ),
      fc.boolean(),
      (parameters, strict) => {
        refusal('Patient', parameters, strict);
      },
    ),
    { numRuns: 3000 },
  );
});
