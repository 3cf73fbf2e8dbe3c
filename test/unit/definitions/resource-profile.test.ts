/** The shipped classes, and what the reader of such files refuses. */
import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { ConfigurationError } from '../../../src/core/errors.ts';
import { loadDefinitions } from '../../../src/definitions/registry.ts';
import { CLASS_NAMES } from '../../../src/definitions/resource-profile.ts';

const PROFILES = join(import.meta.dirname, '../../../profiles');
const definitions = loadDefinitions(PROFILES);

/** The faults of a load after one change to the text of a shipped file (undefined: the file is gone). */
function faultsAfter(type: string, change: (text: string) => string | undefined): readonly string[] {
  const folder = mkdtempSync(join(tmpdir(), 'veil-profiles-'));
  try {
    cpSync(join(PROFILES, 'resources'), join(folder, 'resources'), { recursive: true });
    const file = join(folder, 'resources', `${type}.json`);
    const changed = change(readFileSync(join(PROFILES, 'resources', `${type}.json`), 'utf8'));
    if (changed === undefined) rmSync(file);
    else writeFileSync(file, changed);
    loadDefinitions(folder);
    return [];
  } catch (error) {
    assert.ok(error instanceof ConfigurationError);
    return error.faults.map((fault) => fault.slice(join(folder, 'resources').length + 1));
  } finally {
    rmSync(folder, { recursive: true });
  }
}
const swap = (from: string, to: string) => (text: string) => {
  assert.ok(text.includes(from), from);
  return text.replace(from, to);
};

test('profiles: every element of every served type has one box', () => {
  for (const type of definitions.servedTypes) {
    const profile = definitions.profile(type);
    for (const element of definitions.type(type)?.elements.keys() ?? []) {
      if (element === 'id') continue;
      assert.ok(profile.classes.get(profile.boxOf(element))?.includes(element), `${type}.${element}`);
    }
  }
});

test('profiles: the SSN has a box of its own, a usual Observation two', () => {
  const patient = definitions.profile('Patient');
  assert.deepEqual(patient.itemBoxes, [{ box: 'ssn', element: 'identifier', itemClass: 'SSN' }]);
  assert.deepEqual(
    patient.itemClasses.get('identifier')?.map(({ name }) => name),
    ['SSN', 'MRN', 'NPI'],
  );
  assert.deepEqual(patient.patient, ['id']);
  const usual = [
    'meta',
    'status',
    'category',
    'code',
    'subject',
    'encounter',
    'effective',
    'issued',
    'value',
    'component',
  ];
  const observation = definitions.profile('Observation');
  assert.deepEqual(new Set(usual.map((name) => observation.boxOf(name))), new Set(['structural', 'clinical']));
});

test('profiles: a type or an element that is not there is an error, never a default', () => {
  assert.throws(() => definitions.profile('Basic'));
  assert.throws(() => definitions.profile('Patient').boxOf('id'));
  assert.throws(() => definitions.profile('Patient').boxOf('constructor'));
});

test('profiles: faults name file and JSON pointer', () => {
  const cases: readonly [string, (text: string) => string | undefined, string][] = [
    ['Patient', swap('"photo"', '"foto"'), 'Patient.json#/classes/restricted/1: '],
    ['Patient', swap('"photo"', '"name"'), 'Patient.json#/classes/restricted/1: '],
    ['Patient', swap('"photo"', '"id"'), 'Patient.json#/classes/restricted/1: '],
    ['Patient', swap('"contained", ', ''), 'Patient.json#/classes: has no class for contained'],
    ['Patient', swap('"restricted"', '"secret"'), 'Patient.json#/classes/secret: '],
    ['Patient', swap('"type": "Patient"', '"type": "Person"'), 'Patient.json#/type: '],
    ['Patient', swap('"patient": [', '"patients": ['), 'Patient.json#/patients: '],
    ['Patient', swap('"class": "SSN"', '"class": "SNS"'), 'Patient.json#/boxes/ssn/class: '],
    ['Patient', swap('"ssn"', '"clinical"'), 'Patient.json#/boxes/clinical: '],
    ['Patient', swap('"MRN"', '"other"'), 'Patient.json#/itemClasses/identifier/other: '],
    ['Observation', swap('"patient": ["subject"]', '"patient": ["code"]'), 'Observation.json#/patient/0: '],
    ['Observation', swap('"patient": ["subject"]', '"patient": ["id"]'), 'Observation.json#/patient/0: '],
    ['Observation', () => '[]', 'Observation.json: '],
    ['Observation', () => '{"a":1,"a":2}', 'Observation.json: '],
    ['Observation', () => undefined, 'Observation.json: '],
  ];
  for (const [type, change, expected] of cases) {
    const faults = faultsAfter(type, change);
    assert.ok(
      faults.some((fault) => fault.startsWith(expected)),
      `${expected} not in ${faults.join('; ')}`,
    );
  }
});

test('profiles: all faults are told at once', () => {
  const change = (text: string) => swap('"photo"', '"foto"')(swap('"telecom"', '"telekom"')(text));
  assert.ok(faultsAfter('Patient', change).length >= 4);
});

test('profiles: a file of a type that is not served is refused', () => {
  const folder = mkdtempSync(join(tmpdir(), 'veil-profiles-'));
  cpSync(join(PROFILES, 'resources'), join(folder, 'resources'), { recursive: true });
  writeFileSync(join(folder, 'resources', 'Basic.json'), '{}');
  assert.throws(() => loadDefinitions(folder), ConfigurationError);
  rmSync(folder, { recursive: true });
});

test('profiles: a folder that is not there is a configuration error', () => {
  assert.throws(() => loadDefinitions(join(tmpdir(), 'no-such-folder')), ConfigurationError);
});

test('profiles: the schema knows the same classes as the reader', () => {
  const schema: unknown = JSON.parse(readFileSync(join(PROFILES, 'schema/resource.schema.json'), 'utf8'));
  const classes = JSON.stringify(CLASS_NAMES.map((name) => [name]));
  const pointer = (value: unknown, name: string): unknown =>
    Object.entries(value ?? {}).find(([key]) => key === name)?.[1];
  const known = pointer(pointer(pointer(schema, 'properties'), 'classes'), 'properties');
  assert.equal(JSON.stringify(Object.keys(known ?? {}).map((name) => [name])), classes);
});
