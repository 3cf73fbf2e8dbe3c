/** Decimals compared by value and not by text. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { rawNumber } from '../../../src/core/json.ts';
import { canonicalDecimal, equalsNumber } from '../../../src/fhirpath/decimal.ts';

test('canonical: one text for all texts of a number', () => {
  const groups = [
    ['1.5', '1.50', '15e-1', '0.15E1', '01.5'],
    ['0', '-0', '0.000', '0e5'],
    ['100', '1e2', '100.0'],
    ['-2', '-2.0'],
  ];
  for (const [first = '', ...others] of groups) {
    for (const other of others) assert.equal(canonicalDecimal(other), canonicalDecimal(first), other);
  }
  assert.equal(new Set(groups.map(([first = '']) => canonicalDecimal(first))).size, groups.length);
});

test('law: numbers have one canonical text exactly when they are equal', () => {
  const number = fc.double({ noNaN: true, noDefaultInfinity: true });
  fc.assert(
    fc.property(number, number, (a, b) => {
      assert.equal(canonicalDecimal(String(a)) === canonicalDecimal(String(b)), a === b);
      assert.equal(equalsNumber(String(a))(a), true);
      assert.equal(equalsNumber(String(a))(b), a === b);
    }),
  );
});

test('equals: exact where a double is not', () => {
  assert.equal(equalsNumber('0.1')(rawNumber('0.1000000000000000055')), false);
  assert.equal(equalsNumber('0.1000000000000000055')(0.1), false);
  assert.equal(equalsNumber('1e999999999')(rawNumber('10e999999998')), true);
  assert.equal(equalsNumber('1')('1'), false);
});
