/** Every parameter of R4 against an oracle that evaluates the definitions by fhirpath.js. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkDefinitions } from './definition-laws.ts';

const PREFIXES = ['eq', 'ne', 'gt', 'lt', 'ge', 'le', 'sa', 'eb', 'ap'];
const EXPECTED = [
  ...['token', 'token:not', 'token:text', 'token:missing', 'token:of-type'],
  ...['string', 'string:exact', 'string:contains', 'string:missing'],
  ...['reference', 'reference:[type]', 'reference:identifier', 'reference:missing'],
  ...['uri', 'uri:above', 'uri:below', 'uri:missing', 'composite', 'quantity:missing', 'date:missing'],
  ...PREFIXES.flatMap((prefix) => [`date ${prefix}`, `quantity ${prefix}`]),
];

test('search: every parameter, modifier and prefix agrees with an oracle that evaluates the definition', () => {
  const seen = checkDefinitions(60);
  const unseen = EXPECTED.filter((key) => !seen.get(key)?.yes && !seen.get(key)?.no);
  assert.deepEqual(unseen, []);
  const matched = [...seen.values()].reduce((sum, { yes }) => sum + yes, 0);
  assert.ok(matched > 300, String(matched));
});
