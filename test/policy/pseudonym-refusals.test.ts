/** What the compiler refuses beside pseudonyms: all that would tell whom they stand for (CONTRACT.md). */
import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { ConfigurationError } from '../../src/core/errors.ts';
import { loadRules } from '../../src/load-rules.ts';

// biome-ignore lint/suspicious/noExplicitAny: a role file of any shape
type RoleJson = any;

/** The faults of the shipped profiles after an edit of the researcher's file. */
function faultsAfter(edit: (role: RoleJson) => void): readonly string[] {
  const folder = mkdtempSync(join(tmpdir(), 'veil-profiles-'));
  try {
    cpSync('profiles', folder, { recursive: true });
    const file = join(folder, 'roles', 'researcher.json');
    const role = JSON.parse(readFileSync(file, 'utf8'));
    edit(role);
    writeFileSync(file, JSON.stringify(role));
    loadRules(folder, { enforceDemands: true });
    return [];
  } catch (error) {
    if (error instanceof ConfigurationError) return error.faults;
    throw error;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const without = (view: RoleJson, path: string): void => {
  view.rules = view.rules.filter((rule: RoleJson) => rule.path !== path);
};

const CASES: readonly (readonly [why: string, pointer: RegExp, edit: (role: RoleJson) => void])[] = [
  ['beside other roles', /#\/alone/, (role) => delete role.alone],
  ['with versions and times', /Patient\/meta/, ({ resources }) => delete resources.Patient.meta],
  ['with plain ids elsewhere', /Observation\/rules/, ({ resources }) => without(resources.Observation, 'id')],
  ['with a plain reference', /Observation\/show/, ({ resources }) => without(resources.Observation, 'subject')],
  ['with a plain reference further down', /Patient\/show/, ({ resources }) => resources.Patient.show.push('contact')],
  ['with vread', /Patient\/interactions/, ({ resources }) => resources.Patient.interactions.push('vread')],
  ['with writes', /Patient\/interactions/, ({ resources }) => resources.Patient.interactions.push('update')],
  [
    'within a compartment',
    /Patient: /,
    ({ resources }) => Object.assign(resources.Patient, { compartment: 'patient' }),
  ],
  ['within a row filter by person', /Obs/, ({ resources }) => (resources.Observation.where = 'subject=%patient')],
  ['with everything', /Patient\/show/, ({ resources }) => (resources.Patient.show = ['*'])],
  [
    'with extensions',
    /Patient\/show/,
    ({ resources }) => resources.Patient.show.push("address.extension.where(url='urn:x')"),
  ],
];

for (const [why, pointer, edit] of CASES) {
  test(`policy check: pseudonyms ${why} are refused`, () => {
    const faults = faultsAfter(edit);
    assert.ok(
      faults.some((fault) => fault.includes('researcher.json#') && pointer.test(fault)),
      faults.join('\n') || 'no fault',
    );
  });
}

test('policy check: the shipped researcher passes, and a reference under a pseudonym does too', () => {
  assert.deepEqual(
    faultsAfter(() => undefined),
    [],
  );
  const faults = faultsAfter(({ resources: { Observation } }) => {
    Observation.show.push('encounter');
    Observation.rules.push({ id: 'encounter', path: 'encounter', do: 'pseudonym' });
  });
  assert.deepEqual(faults, []);
});
