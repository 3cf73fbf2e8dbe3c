/** Strings as a search compares them. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { foldCode, indexedPrefix, normalise, prefixesOf } from '../../../src/search/normalise.ts';

test('normalise: case, accents, width and white space do not count', () => {
  const same: readonly (readonly string[])[] = [
    ['Müller', 'MÜLLER', 'Mu\u0308ller', 'muller', 'ｍｕｌｌｅｒ'],
    ['Straße', 'STRASSE', 'strasse'],
    ['Søren  Ærø', ' SOREN AERO '],
    ['ΟΔΥΣΣΕΥΣ', 'οδυσσευς', 'Οδυσσεύς'],
    ['a\tb', 'A b', 'a\u3000b'],
    ['soft\u00adhyphen', 'softhyphen'],
    ['Łódź', 'lodz'],
  ];
  for (const group of same) assert.equal(new Set(group.map(normalise)).size, 1, group.join(' / '));
});

test('normalise: other letters stay others', () => {
  for (const [a, b] of [
    ['が', 'か'],
    ['김', '기'],
    ['कि', 'क'],
    ['li', 'lo'],
  ] as const)
    assert.notEqual(normalise(a), normalise(b));
});

test('normalise: twice is once, and it never throws', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => assert.equal(normalise(normalise(text)), normalise(text))),
    { numRuns: 3000 },
  );
  assert.equal(typeof normalise('\ud800'), 'string');
});

test('prefixes: a query finds the prefix that an indexed text has', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 20 }), fc.nat(20), (text, length) => {
      const whole = normalise(text);
      const query = normalise([...whole].slice(0, length).join(''));
      const prefix = indexedPrefix(query);
      if (whole.startsWith(query) && prefix !== undefined) assert.ok(prefixesOf(whole).includes(prefix));
    }),
    { numRuns: 3000 },
  );
  assert.deepEqual(prefixesOf('annette'), ['an', 'ann', 'anne', 'annett']);
  assert.equal(indexedPrefix('a'), undefined);
});

test('codes: folded, but for systems known to be case-sensitive', () => {
  assert.equal(foldCode('http://a', 'MR'), foldCode('http://a', 'mr'));
  assert.notEqual(foldCode('http://unitsofmeasure.org', 'MG'), foldCode('http://unitsofmeasure.org', 'mg'));
});
