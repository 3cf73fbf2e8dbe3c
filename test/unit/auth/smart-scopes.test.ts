/** SMART scopes: what each grants, and that anything odd grants nothing. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parseScopes } from '../../../src/auth/smart-scopes.ts';

const TYPES = new Set(['Patient', 'Observation']);

const shown = (scope: string): readonly string[] =>
  parseScopes(scope, TYPES).map((s) => `${s.context}/${s.type}.${[...s.permissions].join('')}`);

test('scopes: v1 read, write and * are understood as rs, cud and cruds', () => {
  assert.deepEqual(shown('patient/Patient.read user/*.write system/Observation.*'), [
    'patient/Patient.rs',
    'user/*.cud',
    'system/Observation.cruds',
  ]);
});

test('scopes: v2 letters in order are taken as they are', () => {
  assert.deepEqual(shown('user/Patient.rs user/Patient.c user/*.cruds'), [
    'user/Patient.rs',
    'user/Patient.c',
    'user/*.cruds',
  ]);
});

for (const odd of [
  'user/Patient.sr',
  'user/Patient.rr',
  'user/Patient.x',
  'user/Patient.',
  'user/Patient',
  'user/Patient.READ',
  'user/Patient.rs?gender=male',
  'user/Observation.rs?category=laboratory&x=y',
  'user/Nothing.rs',
  'user/patient.rs',
  'admin/Patient.rs',
  'User/Patient.rs',
  'user/Patient.rs.rs',
  'user/Patient/1.rs',
  'openid',
  'launch/patient',
  '**/*.cruds',
  'user/Patient.rs\n',
  'xuser/Patient.rs',
  '',
]) {
  test(`scopes: ${JSON.stringify(odd)} grants nothing, and its neighbour is still granted`, () => {
    assert.deepEqual(shown(odd), []);
    assert.deepEqual(shown(`${odd} user/Patient.r`), ['user/Patient.r']);
  });
}

test('scopes: any text gives only known contexts, types and letters in order', () => {
  fc.assert(
    fc.property(
      fc.array(fc.oneof(fc.string(), fc.stringMatching(/^(user|patient)\/(Patient|\*|X)\.[cruds*?]{0,6}$/))),
      (words) => {
        for (const text of shown(words.join(' ')))
          assert.match(text, /^(patient|user|system)\/(Patient|Observation|\*)\.c?r?u?d?s?$/);
      },
    ),
    { numRuns: 200 },
  );
});
