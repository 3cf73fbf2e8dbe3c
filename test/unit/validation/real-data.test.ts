/** Other people's resources: the valid ones pass, the invalid ones fail where R4's own definitions say so. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isArray, isObject, type JsonObject, member } from '../../../src/core/json.ts';
import { parseJson } from '../../../src/core/parse-json.ts';
import { fixtureFiles, resourcesIn, sharedFiles, sharedText, whySkipped } from '../../support/shared-data.ts';
import { definitions, validate } from './validator.ts';

// HL7's own mistakes: each refers to a type that its element does not take.
const WRONG_IN_R4: ReadonlyMap<string, string> = new Map([
  ['medrx0301', 'MedicationRequest.dispenseRequest.performer.reference'],
  ['clinical-gender', 'Observation.performer[0].reference'],
]);

/** Validates the served resources of some files; returns how many there were. */
function assertAllValid(files: ReturnType<typeof fixtureFiles>): number {
  let count = 0;
  for (const [file, json] of files) {
    for (const resource of resourcesIn(json).filter((each) => isServed(each))) {
      count++;
      const known = WRONG_IN_R4.get(String(member(resource, 'id')));
      const faults = validate(resource, String(resource['resourceType'])).map(({ expression }) => expression);
      assert.deepEqual(faults, known === undefined ? [] : [known], file);
    }
  }
  return count;
}
const isServed = (resource: JsonObject): boolean => definitions.servedTypes.includes(String(resource['resourceType']));

test("real data: the repository's HL7 examples are valid", () => {
  assert.equal(assertAllValid(fixtureFiles('hl7-r4-examples')), 6);
});

for (const [folder, atLeast] of [
  ['hl7-r4-examples', 600],
  ['us-core-examples', 150],
] as const) {
  test(`real data: ${folder} are valid`, { skip: whySkipped(folder) }, () => {
    assert.ok(assertAllValid(sharedFiles(folder)) >= atLeast);
  });
}

test('real data: appointments of others are valid, those marked partial aside', {
  skip: whySkipped('appointments'),
}, () => {
  const files = sharedFiles('appointments').filter(([file]) => !file.startsWith('partial'));
  assert.ok(assertAllValid(files) >= 10);
});

test('real data: Synthea is valid', { skip: whySkipped('synthea/bundles') }, () => {
  assert.ok(assertAllValid(sharedFiles('synthea/bundles').slice(0, 10)) >= 300);
});

interface Instance {
  readonly name: string;
  readonly file: string;
  readonly expect: string;
}

function instances(): readonly Instance[] {
  const list: unknown = JSON.parse(sharedText('invalid/instances.json'));
  assert.ok(Array.isArray(list));
  return list;
}

// What R4's structures cannot say, with the reason.
const MISSED: ReadonlyMap<string, string> = new Map([
  ['pat-security-bad-string', 'HTML in a string: an optional check of that validator, no rule of R4'],
  ['mni-patientOverview-bundle-example1b', 'display texts, and references inside a Bundle'],
  ['bundle-enrl', 'links of a narrative that lead nowhere, extensions without a definition'],
  ['obs-decimal', "R5's bound on digits"],
]);
// Refused although the list calls it a matter of profiles.
const REFUSED: ReadonlyMap<string, string> = new Map([
  ['obs-vs-2', 'Narrative.div is missing, which R4 itself requires'],
  ['shc-bundle', 'starts with a byte order mark, which JSON text must not have (RFC 8259, 8.1)'],
]);

test('real data: invalid instances are refused, valid ones are not', { skip: whySkipped('invalid') }, () => {
  for (const { name, file, expect } of instances()) {
    const parsed = parseJson(sharedText(`invalid/${file}`));
    const resource = parsed.ok && isObject(parsed.value) ? parsed.value : undefined;
    const type = String(resource?.['resourceType']);
    if (resource && !definitions.type(type)) continue;
    const refused = !resource || validate(resource, type).length > 0;
    if (expect === 'reject-syntax') assert.equal(parsed.ok, false, name);
    else if (expect === 'reject-core') assert.equal(refused, !MISSED.has(name), name);
    else assert.equal(refused, REFUSED.has(name), name);
  }
});

test('real data: the fixtures that tests rely on are there', () => {
  const types = fixtureFiles('hl7-r4-examples').map(([, json]) =>
    isObject(json) && !isArray(json) ? json['resourceType'] : '',
  );
  assert.deepEqual(new Set(types), new Set(['Appointment', 'MedicationRequest', 'Observation', 'Patient']));
});
