/** The law of the parameter definitions with 3,000 cases a type; each key must both match and not. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkDefinitions } from './definition-laws.ts';

test('search: 42,000 cases of every parameter agree with the oracle', () => {
  const seen = checkDefinitions(3000);
  const oneSided = [...seen].filter(([, { yes, no }]) => yes === 0 || no === 0).map(([key]) => key);
  assert.deepEqual(oneSided, []);
});
