/** Expands the value sets of required bindings; one that cannot be enumerated here is left out. */
import type { CutTypes, CutValueSets } from '../r4-format.ts';
import type { Source } from './source.ts';

/** A system's codes, in its order, and what each stands below. */
type Hierarchy = ReadonlyMap<string, ReadonlySet<string>>;
type Codes = Map<string, Set<string>>;

/** All enumerable value sets with a required binding in `types`. */
export function cutValueSets(source: Source, types: CutTypes): CutValueSets {
  const bound = Object.values(types.types)
    .flatMap((type) => type.elements)
    .flatMap(({ binding }) => (binding?.[0] === 'required' ? [binding[1]] : []));
  const expand = createExpander(source);
  return Object.fromEntries(
    [...new Set(bound)].sort().flatMap((url) => {
      const codes = expand(url);
      return codes ? [[url, Object.fromEntries([...codes].map(([system, set]) => [system, [...set]]))]] : [];
    }),
  );
}

function createExpander(source: Source): (url: string) => Codes | undefined {
  const valueSets = new Map(source.valueSets.map((set) => [set.url, set]));
  const systems = new Map(source.codeSystems.map((system) => [system.url, system]));
  const expand = (url: string): Codes | undefined => {
    const compose = valueSets.get(url.split('|')[0])?.compose;
    if (!compose) return undefined;
    const included = compose.include.map(expandPart);
    const excluded = (compose.exclude ?? []).map(expandPart);
    if (included.includes(undefined) || excluded.includes(undefined)) return undefined;
    const all: Codes = new Map();
    for (const part of included) for (const [system, codes] of part ?? []) addCodes(all, system, codes);
    for (const part of excluded)
      for (const [system, codes] of part ?? []) for (const c of codes) all.get(system)?.delete(c);
    return all;
  };
  const expandPart = (part: fhir4.ValueSetComposeInclude): Codes | undefined => {
    const sets = (part.valueSet ?? []).map(expand);
    if (sets.includes(undefined)) return undefined;
    if (part.system === undefined) return sets[0];
    if (part.concept) return new Map([[part.system, new Set(part.concept.map(({ code }) => code))]]);
    const system = systems.get(part.system);
    if (system?.content !== 'complete') return undefined;
    const codes = filterCodes(hierarchyOf(system), part.filter ?? []);
    return codes && new Map([[part.system, codes]]);
  };
  return expand;
}

function addCodes(all: Codes, system: string, codes: ReadonlySet<string>): void {
  const known = all.get(system) ?? new Set();
  for (const code of codes) known.add(code);
  all.set(system, known);
}

function filterCodes(all: Hierarchy, filters: readonly fhir4.ValueSetComposeIncludeFilter[]): Set<string> | undefined {
  let codes = [...all.keys()];
  for (const { op, property, value } of filters) {
    if (property !== 'concept') return undefined;
    if (op === 'is-a') codes = codes.filter((code) => code === value || all.get(code)?.has(value));
    else if (op === 'descendent-of') codes = codes.filter((code) => all.get(code)?.has(value));
    else if (op === 'is-not-a') codes = codes.filter((code) => code !== value && !all.get(code)?.has(value));
    else return undefined;
  }
  return new Set(codes);
}

/** Each code of a system with all codes above it, by nesting and by `subsumedBy` (a code may have several parents). */
export function hierarchyOf(system: fhir4.CodeSystem): Hierarchy {
  const parents = new Map<string, Set<string>>();
  const visit = (concepts: readonly fhir4.CodeSystemConcept[], parent: string | undefined): void => {
    for (const concept of concepts) {
      const above = parents.get(concept.code) ?? new Set();
      if (parent !== undefined) above.add(parent);
      for (const { code, valueCode } of concept.property ?? [])
        if (code === 'subsumedBy' && valueCode) above.add(valueCode);
      parents.set(concept.code, above);
      visit(concept.concept ?? [], concept.code);
    }
  };
  visit(system.concept ?? [], undefined);
  const ancestors = (code: string, found: Set<string>): Set<string> => {
    for (const parent of parents.get(code) ?? []) if (!found.has(parent)) ancestors(parent, found.add(parent));
    return found;
  };
  return new Map([...parents.keys()].map((code) => [code, ancestors(code, new Set())]));
}
