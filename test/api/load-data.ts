/** What the load tests send: a sample of real data where it is at hand, else the seed, and a few hard resources. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ResourceJson } from '../../src/core/json.ts';
import { parseJson } from '../../src/core/parse-json.ts';
import { resourceOf } from '../support/repository.ts';
import { sharedText, whySkipped } from '../support/shared-data.ts';

const NDJSON = 'synthea/ndjson';
const FILES = ['Patient', 'Observation', 'MedicationRequest'];

/** Exact decimals, partial dates, Unicode, siblings and extensions; one JSON text a line. */
const HARD: readonly string[] = [
  '{"resourceType":"Observation","id":"hard-decimal","status":"final","code":{"text":"Größe – 身長 🏥"},"valueQuantity":{"value":1.50,"unit":"m"},"referenceRange":[{"low":{"value":0.00},"high":{"value":100.000}},{"low":{"value":-1.0E-3},"high":{"value":12345678901234567890.12345}}]}',
  '{"resourceType":"Observation","id":"hard-effective","status":"final","code":{"text":"x"},"effectiveDateTime":"2013-04","component":[{"code":{"text":"a"},"valueDateTime":"2013"},{"code":{"text":"b"},"valueTime":"08:09:10.5"}]}',
  '{"resourceType":"Observation","id":"hard-zone","status":"amended","code":{"coding":[{"system":"http://loinc.org","code":"1-8"}]},"effectiveDateTime":"2013-04-02T23:30:00.125-05:00","valueInteger":-5,"subject":{"reference":"Patient/hard-patient"}}',
  '{"resourceType":"Patient","id":"hard-patient","meta":{"profile":["http://example.org/p"],"tag":[{"system":"http://example.org","code":"t"}]},"identifier":[{"system":"http://hl7.org/fhir/sid/us-ssn","value":"999-11-2222"},{"system":"urn:x","value":"a\\"b\\\\c/é"},{"system":"http://hl7.org/fhir/sid/us-ssn","value":"999-11-2223"}],"name":[{"family":"Ólafsdóttir","given":["李","Zoë","e\\u0301"],"_given":[null,{"extension":[{"url":"http://example.org/e","valueDecimal":2.10}]},null]}],"birthDate":"1970","_birthDate":{"id":"b1","extension":[{"url":"http://hl7.org/fhir/StructureDefinition/patient-birthTime","valueDateTime":"1970-01-02T03:04:05Z"}]},"extension":[{"url":"http://example.org/outer","extension":[{"url":"inner","valueCoding":{"code":"x"}}]}]}',
  '{"resourceType":"Patient","id":"hard-absent","_birthDate":{"extension":[{"url":"http://hl7.org/fhir/StructureDefinition/data-absent-reason","valueCode":"unknown"}]},"contained":[{"resourceType":"Practitioner","id":"p","name":[{"family":"In"}]}],"generalPractitioner":[{"reference":"#p"}],"multipleBirthInteger":2}',
];

/** Lines to load: the first `most` of each file, and the hard ones. */
export function linesToLoad(most: number): readonly string[] {
  const files =
    whySkipped(NDJSON) === false
      ? FILES.map((type) => sharedText(`${NDJSON}/${type}.ndjson`))
      : [readFileSync('seed/seed.ndjson', 'utf8')];
  return [...files.flatMap((text) => text.split('\n').filter(Boolean).slice(0, most)), ...HARD];
}

export const parseLines = (lines: readonly string[]): readonly ResourceJson[] => lines.map(resourceOf);

/** Writes the lines where `load` can find them. */
export function writeLines(folder: string, lines: readonly string[]): string {
  mkdirSync(folder, { recursive: true });
  const file = join(folder, 'sample.ndjson');
  writeFileSync(file, `${lines.join('\n')}\n`);
  return file;
}

/** JSON with its decimals as text. */
export function exactJson(text: string) {
  const parsed = parseJson(text);
  if (!parsed.ok) throw new Error('no JSON');
  return parsed.value;
}
