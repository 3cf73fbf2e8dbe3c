/** The seed: who is in it, that it is whole, and that the server takes it and labels it. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { loadFiles } from '../../src/cli/load-resources.ts';
import { startVeil } from '../support/veil.ts';

const FOLDER = join(import.meta.dirname, '../../seed');
const LINES = readFileSync(join(FOLDER, 'seed.ndjson'), 'utf8').trimEnd().split('\n');
// biome-ignore lint/suspicious/noExplicitAny: tests look into resources of any shape
const RESOURCES: readonly any[] = LINES.map((line) => JSON.parse(line));
const of = (type: string) => RESOURCES.filter(({ resourceType }) => resourceType === type);
const PATIENTS = of('Patient').map(({ id }) => String(id));

/** `value[x]` of R4's Observation. */
const VALUES = [
  ...['valueQuantity', 'valueCodeableConcept', 'valueString', 'valueBoolean', 'valueInteger', 'valueRange'],
  ...['valueRatio', 'valueSampledData', 'valueTime', 'valueDateTime', 'valuePeriod'],
];

test('seed: every reference leads to a resource on an earlier line', () => {
  const known = new Set<string>();
  for (const [at, line] of LINES.entries()) {
    const { resourceType, id } = RESOURCES[at];
    for (const [, target = ''] of line.matchAll(/"reference":\s*"([^"]+)"/g)) {
      assert.ok(known.has(target), `${resourceType}/${id} refers to ${target}`);
    }
    assert.ok(!known.has(`${resourceType}/${id}`), `${resourceType}/${id} stands twice`);
    known.add(`${resourceType}/${id}`);
  }
});

test('seed: twelve patients, each with observations, a prescription, a past and a future appointment', () => {
  assert.equal(PATIENTS.length, 12);
  for (const id of PATIENTS) {
    const reference = `Patient/${id}`;
    const observations = of('Observation').filter(({ subject }) => subject.reference === reference);
    assert.ok(observations.length >= 3, `${id} has ${observations.length} observations`);
    assert.ok(
      of('MedicationRequest').some(({ subject }) => subject.reference === reference),
      `${id} has a prescription`,
    );
    const starts = of('Appointment')
      .filter(({ participant }) => JSON.stringify(participant).includes(`"${reference}"`))
      .map(({ start, requestedPeriod }) => String(start ?? requestedPeriod[0].start));
    assert.ok(
      starts.some((start) => start < '2027'),
      `${id} has a past appointment`,
    );
    assert.ok(
      starts.some((start) => start >= '2030'),
      `${id} has an appointment to come`,
    );
  }
});

test('seed: a value of each type, a minor with a guardian, two of one name, a person of 93', () => {
  const used = new Set(of('Observation').flatMap((observation) => Object.keys(observation)));
  assert.deepEqual(
    VALUES.filter((value) => !used.has(value)),
    [],
  );
  const patients = of('Patient');
  const guarded = patients.filter(({ contact = [] }) => JSON.stringify(contact).includes('"GUARD"'));
  assert.ok(guarded.some(({ birthDate }) => birthDate > '2012'));
  const names = patients.map(({ name: [{ family, given }] }) => `${given[0]} ${family}`);
  assert.equal(names.filter((name) => name === 'Ann Lee').length, 2);
  assert.ok(patients.some(({ birthDate }) => birthDate.startsWith('1933')));
});

test('seed: the server takes all of it and gives the labels that its stories tell of', async () => {
  const veil = await startVeil();
  try {
    const { loaded, failed } = await loadFiles(veil.app, [FOLDER], { say: () => undefined });
    assert.deepEqual({ loaded, failed }, { loaded: LINES.length, failed: 0 });
    const labelsOf = async (path: string): Promise<readonly string[]> => {
      const { json } = await veil.call({ roles: ['system'] }, 'GET', path);
      return (json.meta.security ?? []).map(({ code }: { code: string }) => code);
    };
    for (const [path, labels] of [
      ['/MedicationRequest/lena-bergstrom-buprenorphine', ['ETH']],
      ['/Condition/lena-bergstrom-opioid-dependence', ['ETH']],
      ['/Observation/daniel-cho-therapy-session', ['PSYTHPN']],
      ['/Observation/daniel-cho-chlamydia', ['SEX']],
      ['/Observation/daniel-cho-employer-note', ['R']],
      ['/Condition/amara-diallo-sickle-cell-trait', ['GDIS']],
      ['/Observation/omar-haddad-viral-load', ['HIV']],
      ['/Observation/ann-lee-phq9', ['PSY']],
      ['/Observation/noah-bergstrom-height', []],
    ] as const) {
      assert.deepEqual(await labelsOf(path), labels, path);
    }
    const own = { roles: ['patient'], patient: 'daniel-cho', fhirUser: 'Patient/daniel-cho' };
    assert.equal((await veil.call(own, 'GET', '/Observation/daniel-cho-therapy-session')).status, 404);
    assert.equal((await veil.call(own, 'GET', '/Observation/daniel-cho-chlamydia')).status, 200);
  } finally {
    await veil.stop();
  }
});

test('seed: its README tells of each patient by id', () => {
  const story = readFileSync(join(FOLDER, 'README.md'), 'utf8');
  assert.deepEqual(
    PATIENTS.filter((id) => !story.includes(`\`${id}\``)),
    [],
  );
});
