/** The label files: what their reader refuses, and which codes give a resource which labels. */
import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { JsonObject } from '../../../src/core/json.ts';
import { createFaults } from '../../../src/definitions/faults.ts';
import { ASSIGNED_LABELS, loadLabelFiles, parseLabelFile } from '../../../src/definitions/label-file.ts';
import { createLabeller } from '../../../src/definitions/labeller.ts';

const PROFILES = join(import.meta.dirname, '../../../profiles');
const LOINC = 'http://loinc.org';
const SNOMED = 'http://snomed.info/sct';
const RXNORM = 'http://www.nlm.nih.gov/research/umls/rxnorm';
const ICD = 'http://hl7.org/fhir/sid/icd-10-cm';

const faults = createFaults();
const files = loadLabelFiles(PROFILES, faults);
faults.throwIfAny();
const assign = createLabeller(files);
const labelsOf = (resource: JsonObject): readonly string[] => assign(resource).map(({ code }) => code);
const coded = (system: string, code: string): readonly string[] =>
  labelsOf({ resourceType: 'Observation', code: { coding: [{ system, code }] } });

test('labels: shipped files name each label, and the source of every group', () => {
  assert.deepEqual(
    files.map(({ label }) => label),
    ASSIGNED_LABELS,
  );
  for (const { groups } of files) for (const { source } of groups) assert.match(source, /\w{4}/);
});

test('labels: codes of each system give their label, a neighbour gives none', () => {
  assert.deepEqual(coded(LOINC, '44261-6'), ['PSY']);
  assert.deepEqual(coded(LOINC, '72109-2'), ['ETH']);
  assert.deepEqual(coded(LOINC, '25836-8'), ['HIV']);
  assert.deepEqual(coded(SNOMED, '86406008'), ['HIV']);
  assert.deepEqual(coded(SNOMED, '5602001'), ['ETH']);
  assert.deepEqual(coded(RXNORM, '1010604'), ['ETH']);
  assert.deepEqual(coded(RXNORM, '748856'), ['SEX']);
  assert.deepEqual(coded(RXNORM, '1433868'), ['HIV']);
  assert.deepEqual(coded(LOINC, '34864-9'), ['PSYTHPN']);
  assert.deepEqual(coded(LOINC, '59041-4'), ['GDIS']);
  assert.deepEqual(coded(LOINC, '2339-0'), []);
  assert.deepEqual(coded(SNOMED, '44261-6'), [], 'the code of another system');
  assert.deepEqual(labelsOf({ resourceType: 'Observation', code: { coding: [{ code: '44261-6' }] } }), []);
});

test('labels: ICD-10-CM counts below its categories, with and without the point, tobacco aside', () => {
  assert.deepEqual(coded(ICD, 'F11.20'), ['ETH']);
  assert.deepEqual(coded(ICD, 'f1120'), ['ETH']);
  assert.deepEqual(coded(ICD, 'F32.9'), ['PSY']);
  assert.deepEqual(coded(ICD, 'B20'), ['HIV']);
  assert.deepEqual(coded(ICD, 'O98.71'), ['HIV', 'SEX']);
  assert.deepEqual(coded(ICD, 'F17.210'), []);
  assert.deepEqual(coded(ICD, 'E11.9'), []);
});

test('labels: other names of a system are the same system', () => {
  assert.deepEqual(coded('urn:oid:2.16.840.1.113883.6.1', '44261-6'), ['PSY']);
  assert.deepEqual(coded('https://loinc.org/', '44261-6'), ['PSY']);
  assert.deepEqual(coded('http://snomed.info/sct/731000124108', '86406008'), ['HIV']);
});

test('labels: a code counts wherever it stands, but not in meta', () => {
  const coding = [{ system: LOINC, code: '44261-6' }];
  const places: readonly JsonObject[] = [
    { category: [{ coding }] },
    { valueCodeableConcept: { coding } },
    { component: [{ code: { coding: [] } }, { code: { coding } }] },
    { extension: [{ url: 'http://x', extension: [{ url: 'y', valueCoding: coding[0] ?? null }] }] },
    { contained: [{ resourceType: 'Medication', code: { coding } }] },
    { reasonCode: [{ coding }] },
  ];
  for (const place of places)
    assert.deepEqual(labelsOf({ resourceType: 'X', ...place }), ['PSY'], JSON.stringify(place));
  assert.deepEqual(labelsOf({ resourceType: 'X', meta: { tag: coding } }), []);
});

/** The faults of one file, without its name. */
function faultsOf(json: JsonObject, name = 'HIV.json'): readonly string[] {
  const found: string[] = [];
  const collect = createFaults();
  parseLabelFile(json, name, { ...collect, add: (file, pointer, what) => found.push(`${file}#${pointer}: ${what}`) });
  try {
    collect.throwIfAny();
  } catch (error) {
    found.push(...String(error instanceof Error ? error.message : error).split('\n'));
  }
  return found;
}

const group = (more: JsonObject = {}): JsonObject => ({
  name: 'n',
  source: 's',
  system: LOINC,
  codes: [{ code: '1-8', display: 'd' }],
  ...more,
});
const file = (more: JsonObject = {}): JsonObject => ({
  label: 'HIV',
  display: 'd',
  why: 'w',
  groups: [group()],
  ...more,
});

test('label file: each fault is named with its JSON pointer', () => {
  assert.deepEqual(faultsOf(file()), []);
  const faulty: readonly (readonly [JsonObject, string])[] = [
    [file({ label: 'XYZ' }), '#/label'],
    [file({ label: 'PSY' }), '#/label'],
    [file({ why: '' }), '#/why'],
    [file({ groups: [] }), '#/groups'],
    [file({ codes: [] }), '#/codes'],
    [file({ groups: [group({ source: undefined })] }), '#/groups/0/source'],
    [file({ groups: [group({ system: 'loinc' })] }), '#/groups/0/system'],
    [file({ groups: [group({ codes: [] })] }), '#/groups/0/codes'],
    [file({ groups: [group({ codes: [{ code: ' x', display: 'd' }] })] }), '#/groups/0/codes/0/code'],
    [file({ groups: [group({ codes: [{ code: '1', display: '' }] })] }), '#/groups/0/codes/0/display'],
    [file({ groups: [group({ codes: [{ code: '1', display: 'd', below: true }] })] }), '#/groups/0/codes/0/below'],
    [
      file({
        groups: [
          group({
            codes: [
              { code: '1', display: 'd' },
              { code: '1', display: 'd' },
            ],
          }),
        ],
      }),
      '#/groups/0/codes/1/code',
    ],
  ];
  for (const [json, pointer] of faulty) {
    const found = faultsOf(json);
    assert.ok(
      found.some((fault) => fault.includes(pointer)),
      `${pointer}: ${found.join(' ')}`,
    );
  }
});

test('label file: one that is missing or no JSON is a fault, never an empty set', () => {
  const folder = mkdtempSync(join(tmpdir(), 'veil-labels-'));
  try {
    cpSync(join(PROFILES, 'labels'), join(folder, 'labels'), { recursive: true });
    rmSync(join(folder, 'labels', 'HIV.json'));
    writeFileSync(join(folder, 'labels', 'SEX.json'), '{');
    const found = createFaults();
    assert.equal(loadLabelFiles(folder, found).length, ASSIGNED_LABELS.length - 2);
    assert.throws(() => found.throwIfAny(), /HIV\.json.*\n.*SEX\.json/);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
