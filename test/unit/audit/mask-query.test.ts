/** A recorded query: names stay, values that may not be told go, and what may be a value in disguise goes too. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { maskQuery } from '../../../src/audit/mask-query.ts';

const onlyCount = (_type: string | undefined, name: string): boolean => name === '_count';

test('mask: names stay, values go, except those that may be told', () => {
  assert.equal(maskQuery('family=Muster&_count=2', 'Patient', onlyCount), 'family=***&_count=2');
  assert.equal(
    maskQuery('subject:Patient.name=x&name:exact=a=b', 'Observation', onlyCount),
    'subject:Patient.name=***&name:exact=***',
  );
});

test('mask: an encoded name is judged by what it means', () => {
  assert.equal(maskQuery('%5Fcount=2&f%61mily=x', 'Patient', onlyCount), '%5Fcount=2&f%61mily=***');
});

test('mask: what has no equals sign, or a name that is none, is hidden whole', () => {
  assert.equal(maskQuery('Muster&123-45-6789=1&%zz=1&a b=1&=x', 'Patient', onlyCount), '***&***&***&***&***');
});

test('mask: when nothing may be told no value is left, whatever the query', () => {
  const nothing = () => false;
  fc.assert(
    fc.property(fc.string(), (query) => {
      for (const part of maskQuery(query, 'Patient', nothing).split('&')) {
        assert.match(part, /^(?:|\*\*\*|[^=&]*=\*\*\*)$/s);
      }
    }),
    { numRuns: 500 },
  );
});
