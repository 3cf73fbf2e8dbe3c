/** Profiles become definitions, search parameters and a compiled policy; nothing is opened for it but their files. */
import { createHash } from 'node:crypto';
import { createFaults } from './definitions/faults.ts';
import { loadLabelFiles } from './definitions/label-file.ts';
import { createLabeller } from './definitions/labeller.ts';
import { loadDefinitions } from './definitions/registry.ts';
import { loadRoleFiles } from './definitions/role-file.ts';
import type { Definitions } from './definitions/types.ts';
import { classPredicates } from './fhirpath/classify.ts';
import { compileInvariant, type Invariant } from './fhirpath/invariant.ts';
import { checkPseudonyms } from './masking/check-pseudonyms.ts';
import { checkValidity } from './masking/check-validity.ts';
import { checkView } from './masking/check-view.ts';
import { compileView } from './masking/view.ts';
import { loadPolicy } from './policy/load-policy.ts';
import { whereCriteria } from './policy/where.ts';
import { createSearchParameters } from './search/parameters.ts';

/** SHA-256 as base64url. */
export const sha256 = (text: string): string => createHash('sha256').update(text).digest('base64url');

/** What the profiles say. */
export type Rules = ReturnType<typeof loadRules>;

/** Definitions and policy alone: what `policy check` needs. Throws `ConfigurationError`. */
export function loadRules(profilesDir: string, { enforceDemands }: { readonly enforceDemands: boolean }) {
  const definitions = loadDefinitions(profilesDir);
  const registry = createSearchParameters(definitions);
  const faults = createFaults();
  const classes = createClasses(definitions);
  const invariants = createInvariants();
  const labelFiles = loadLabelFiles(profilesDir, faults);
  const policy = loadPolicy({
    roleFiles: loadRoleFiles(profilesDir, definitions.servedTypes, faults),
    faults,
    enforceDemands,
    digest: sha256,
    checkPseudonyms: (view) => checkPseudonyms(definitions, faults, view),
    compileView: (spec) => {
      const view = compileView({ definitions, faults, spec, classes });
      checkView({ definitions, faults, view });
      checkValidity({ definitions, faults, view, compileInvariant: invariants });
      if (spec.where !== undefined) whereCriteria(registry, spec, faults);
      return view;
    },
  });
  return {
    definitions,
    registry,
    policy,
    assign: createLabeller(labelFiles),
    labelsDigest: sha256(JSON.stringify(labelFiles)),
  };
}

// Many views are judged by the same invariants.
function createInvariants(): typeof compileInvariant {
  const known = new Map<string, Invariant>();
  return (type, expression) => {
    const key = `${type} ${expression}`;
    const found = known.get(key) ?? compileInvariant(type, expression);
    known.set(key, found);
    return found;
  };
}

// Item classes stand at the top level of a type; a rule deeper down has none.
function createClasses(definitions: Definitions) {
  const known = new Map<string, ReadonlyMap<string, string>>();
  return (type: string, element: string): ReadonlyMap<string, string> => {
    const key = `${type}.${element}`;
    const found = known.get(key) ?? (element === '' ? new Map() : classPredicates(definitions, type, element));
    known.set(key, found);
    return found;
  };
}
