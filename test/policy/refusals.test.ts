/** What the compiler of views refuses, each with file and JSON pointer, all at once (DESIGN.md "Views as data"). */
import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { ConfigurationError } from '../../src/core/errors.ts';
import { loadRules } from '../../src/load-rules.ts';

interface ViewJson {
  show: string[];
  where?: string;
  rules?: object[];
  write?: unknown[];
  [key: string]: unknown;
}
type Edit = (view: ViewJson) => void;

/** The faults of the shipped profiles after one edit of one view. */
function faultsAfter(role: string, type: string, edit: Edit): readonly string[] {
  const folder = mkdtempSync(join(tmpdir(), 'veil-profiles-'));
  try {
    cpSync('profiles', folder, { recursive: true });
    const file = join(folder, 'roles', `${role}.json`);
    const json = JSON.parse(readFileSync(file, 'utf8'));
    edit(json.resources[type]);
    writeFileSync(file, JSON.stringify(json));
    loadRules(folder, { enforceDemands: true });
    return [];
  } catch (error) {
    if (error instanceof ConfigurationError) return error.faults;
    throw error;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const CASES: readonly (readonly [
  name: string,
  role: string,
  type: string,
  edit: Edit,
  pointer: RegExp,
  text: RegExp,
])[] = [
  ['an unknown element', 'billing', 'Patient', (v) => v.show.push('shoeSize'), /\/show\/\d+/, /shoeSize/],
  ['an unknown key', 'billing', 'Patient', (v) => Object.assign(v, { hide: [] }), /Patient\/hide/, /no key/],
  [
    'a comparison of many values',
    'billing',
    'Patient',
    (v) => v.rules?.push({ id: 'x', path: "identifier.where(type.coding.code='MR')", do: 'hide' }),
    /rules\/1\/path/,
    /exists\(\)/,
  ],
  [
    'an action that does not suit the type',
    'billing',
    'Patient',
    (v) => v.rules?.push({ id: 'x', path: 'telecom', do: 'year' }),
    /rules\/1\/do/,
    /ContactPoint/,
  ],
  [
    'a hidden isModifier element',
    'billing',
    'Appointment',
    (v) => {
      v.show = v.show.filter((path) => path !== 'status');
    },
    /Appointment\/show/,
    /Appointment\.status/,
  ],
  [
    'answers that could not be valid R4',
    'billing',
    'Appointment',
    (v) => {
      v.show = v.show.filter((path) => path !== 'end');
    },
    /resources\/Appointment/,
    /app-2/,
  ],
  [
    'an Organization without name or identifier',
    'billing',
    'Organization',
    (v) => {
      delete v['always'];
    },
    /resources\/Organization/,
    /org-1/,
  ],
  [
    'two rules that overlap without an order',
    'billing',
    'Patient',
    (v) => v.rules?.push({ id: 'a', path: 'birthDate', do: 'year' }, { id: 'b', path: 'birthDate', do: 'month' }),
    /rules\/2\/path/,
    /after/,
  ],
  [
    'a row filter that terms cannot decide',
    'pharmacist',
    'Observation',
    (v) => (v.where = 'date=2020'),
    /where/,
    /date/,
  ],
  [
    'an unknown parameter in a row filter',
    'pharmacist',
    'Observation',
    (v) => (v.where = 'colour=red'),
    /where/,
    /colour/,
  ],
  ['a write to a hidden element', 'nurse', 'Patient', (v) => (v.write = ['maritalStatus']), /write/, /maritalStatus/],
  ['text in a view that lists', 'nurse', 'Patient', (v) => v.show.push('text'), /show/, /text/],
  ['a misspelt compartment', 'patient', 'Patient', (v) => (v['compartment'] = 'pateint'), /compartment/, /patient/],
];

for (const [name, role, type, edit, pointer, text] of CASES) {
  test(`policy check: ${name} is refused with its place`, () => {
    const faults = faultsAfter(role, type, edit);
    assert.ok(
      faults.some((fault) => fault.includes(`${role}.json#`) && pointer.test(fault) && text.test(fault)),
      faults.join('\n') || 'no fault',
    );
  });
}

test('policy check: a legal rule passes, and so do the shipped profiles', () => {
  const rule = {
    id: 'no-systolic',
    path: "component.where(code.coding.where(code='8480-6').exists()).value",
    do: 'hide',
  };
  assert.deepEqual(
    faultsAfter('pharmacist', 'Observation', (view) => {
      view.rules = [rule];
    }),
    [],
  );
});

test('policy check: every fault is told at once', () => {
  const faults = faultsAfter('billing', 'Patient', (view) => view.show.push('shoeSize', 'hatSize'));
  assert.equal(faults.length, 2);
});
