/** Scopes × roles against a reference model, 2,000 cases. */
import { test } from 'node:test';
import { checkScopes } from './scope-cases.ts';

test('scopes: what 2,000 random callers find and read is what plain set logic over the seed says', () =>
  checkScopes(2000));
