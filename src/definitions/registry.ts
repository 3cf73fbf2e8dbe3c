/** The one door to R4's definitions and to `profiles/resources/`: read once at start, then frozen. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isObject } from '../core/json.ts';
import { parseJson } from '../core/parse-json.ts';
import { buildTypes } from './build-types.ts';
import { createFaults, type Faults } from './faults.ts';
import type { CutNames, CutSearchParam, CutSearchParams, CutTypes, CutValueSets } from './r4-format.ts';
import { parseResourceProfile } from './resource-profile.ts';
import type { Definitions, ResourceProfile, SearchParam, SearchParamType, Sensitivity, TypeDef } from './types.ts';

const NO_PARAMS: ReadonlyMap<string, SearchParam> = new Map();

/** Loads everything; throws `ConfigurationError` with all faults of `profiles/resources/`, file and JSON pointer. */
export function loadDefinitions(profilesDir: string): Definitions {
  const names = readR4('names.json') as CutNames;
  const types = buildTypes(readR4('types.json') as CutTypes);
  const params = buildSearchParams(readR4('search-parameters.json') as CutSearchParams);
  const valueSets = buildValueSets(readR4('value-sets.json') as CutValueSets);
  const profiles = loadProfiles(join(profilesDir, 'resources'), names.servedTypes, types);
  return Object.freeze({
    servedTypes: Object.freeze(names.servedTypes),
    resourceTypes: new Set(names.resourceTypes),
    type: (name: string) => types.get(name),
    searchParams: (type: string) => params.get(type) ?? NO_PARAMS,
    compartment: new Map(Object.entries(names.patientCompartment)),
    codes: (valueSet: string) => valueSets.get(valueSet)?.codes,
    systemCodes: (valueSet: string) => valueSets.get(valueSet)?.systemCodes,
    profile: (type: string) => {
      const profile = profiles.get(type);
      if (!profile) throw new Error(`${type} is no served type`);
      return profile;
    },
    sensitivity: buildSensitivity(names),
  });
}

// The cut wrote these files and a test compares them with their source, so their shape is known.
function readR4(file: string): unknown {
  return JSON.parse(readFileSync(join(import.meta.dirname, 'r4', file), 'utf8'));
}

function buildSearchParams(cut: CutSearchParams): ReadonlyMap<string, ReadonlyMap<string, SearchParam>> {
  return new Map(
    Object.entries(cut).map(([base, params]) => [
      base,
      new Map(Object.entries(params).map(([code, param]) => [code, searchParam(base, code, param)])),
    ]),
  );
}

function searchParam(base: string, code: string, cut: CutSearchParam): SearchParam {
  const components = cut.components?.map(([definition, expression]) => Object.freeze({ definition, expression }));
  return Object.freeze({
    code,
    type: cut.type as SearchParamType,
    base,
    expression: cut.expression ?? '',
    targets: Object.freeze(cut.targets ?? []),
    url: cut.url,
    documentation: cut.documentation,
    ...(components ? { components: Object.freeze(components) } : {}),
  });
}

interface ValueSetCodes {
  readonly codes: ReadonlySet<string>;
  readonly systemCodes: ReadonlySet<string>;
}

function buildValueSets(cut: CutValueSets): ReadonlyMap<string, ValueSetCodes> {
  return new Map(
    Object.entries(cut).map(([url, systems]) => [
      url,
      {
        codes: new Set(Object.values(systems).flat()),
        systemCodes: new Set(Object.entries(systems).flatMap(([system, codes]) => codes.map((c) => `${system}|${c}`))),
      },
    ]),
  );
}

function buildSensitivity({ actCodes }: CutNames): Sensitivity {
  const sensitive = new Set(actCodes.sensitive);
  const other = new Set(actCodes.other);
  return Object.freeze({
    isActCode: (code: string) => sensitive.has(code) || other.has(code),
    isSensitive: (code: string) => sensitive.has(code),
  });
}

function loadProfiles(
  folder: string,
  servedTypes: readonly string[],
  types: ReadonlyMap<string, TypeDef>,
): ReadonlyMap<string, ResourceProfile> {
  const faults = createFaults();
  for (const name of listFiles(folder, faults)) {
    if (!servedTypes.includes(name.slice(0, -'.json'.length)))
      faults.add(join(folder, name), '', 'names no served type');
  }
  const profiles = new Map<string, ResourceProfile>();
  for (const name of servedTypes) {
    const type = types.get(name);
    const file = join(folder, `${name}.json`);
    const json = readJsonObject(file, faults);
    if (!type || !json) continue;
    profiles.set(name, parseResourceProfile(json, { file, type, typeOf: (other) => types.get(other), faults }));
  }
  faults.throwIfAny();
  return profiles;
}

function listFiles(folder: string, faults: Faults): readonly string[] {
  try {
    return readdirSync(folder).filter((name) => name.endsWith('.json'));
  } catch {
    faults.add(folder, '', 'cannot be read');
    return [];
  }
}

function readJsonObject(file: string, faults: Faults) {
  const text = readText(file);
  const parsed = text === undefined ? undefined : parseJson(text);
  if (parsed?.ok && isObject(parsed.value)) return parsed.value;
  if (!parsed) faults.add(file, '', 'is required and cannot be read');
  else faults.add(file, '', parsed.ok ? 'must be a JSON object' : `is no JSON that can be used (${parsed.fault.kind})`);
  return undefined;
}

function readText(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}
