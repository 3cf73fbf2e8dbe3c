/** Scopes × roles against a reference model, a quick round (`scopes.long.ts` runs 2,000 cases). */
import { test } from 'node:test';
import { checkScopes } from './scope-cases.ts';

test('scopes: what 150 random callers find and read is what plain set logic over the seed says', () =>
  checkScopes(150));
