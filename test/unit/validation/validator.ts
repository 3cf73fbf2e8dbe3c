/** What the tests of this folder share: the validator over the shipped definitions. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import type { Json, JsonObject } from '../../../src/core/json.ts';
import { loadDefinitions } from '../../../src/definitions/registry.ts';
import { createValidator } from '../../../src/validation/validate.ts';

export const definitions = loadDefinitions(join(import.meta.dirname, '../../../profiles'));
export const validate = createValidator(definitions);

/** `code expression` of each fault of a resource of the type that it says it has. */
export function faultsOf(resource: JsonObject): readonly string[] {
  return validate(resource, String(resource['resourceType'])).map(({ code, expression }) => `${code} ${expression}`);
}

/** That a resource is valid. */
export function assertValid(resource: JsonObject): void {
  assert.deepEqual(validate(resource, String(resource['resourceType'])), []);
}

/** A Patient with the given elements. */
export const patient = (elements: JsonObject): JsonObject => ({ resourceType: 'Patient', ...elements });

/** A valid Observation with the given elements over its own. */
export const observation = (elements: JsonObject): JsonObject => ({
  resourceType: 'Observation',
  status: 'final',
  code: { text: 'code' },
  ...elements,
});

/** An extension that may stand anywhere. */
export const extension: Json = [{ url: 'http://example.org/extension', valueString: 'x' }];
