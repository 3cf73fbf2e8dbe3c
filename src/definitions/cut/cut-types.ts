/** Cuts StructureDefinitions down to what validation, paths and the CapabilityStatement read. */
import type { CutConstraint, CutElement, CutType, CutTypes } from '../r4-format.ts';

const FHIR_TYPE = 'http://hl7.org/fhir/StructureDefinition/structuredefinition-fhir-type';
const SYSTEM_TYPE = 'http://hl7.org/fhirpath/System.';
const PROFILE_BASE = 'http://hl7.org/fhir/StructureDefinition/';

/** The named resource types and every type that they can hold, each with what it adds to its base. */
export function cutTypes(structures: readonly fhir4.StructureDefinition[], roots: readonly string[]): CutTypes {
  const byName = new Map(structures.map((structure) => [structure.name, structure]));
  const types = new Map<string, CutType>();
  const constraints = new Map<string, CutConstraint>();
  const queue = [...roots];
  for (let name = queue.pop(); name !== undefined; name = queue.pop()) {
    if (types.has(name)) continue;
    const structure = byName.get(name);
    if (!structure) throw new Error(`no StructureDefinition for ${name}`);
    const type = cutType(structure, (name) => constraintKeys(byName.get(name)?.snapshot?.element[0]));
    types.set(name, type);
    for (const element of structure.snapshot?.element ?? []) noteConstraints(constraints, element);
    queue.push(...(type.base ? [type.base] : []), ...type.elements.flatMap(typeNames));
  }
  const used = new Set(
    [...types.values()].flatMap((type) => [type, ...type.elements]).flatMap((o) => o.constraints ?? []),
  );
  const sorted = <T>(map: ReadonlyMap<string, T>): Readonly<Record<string, T>> =>
    Object.fromEntries([...map].sort(([a], [b]) => (a < b ? -1 : 1)));
  return { types: sorted(types), constraints: sorted(new Map([...constraints].filter(([key]) => used.has(key)))) };
}

function cutType(structure: fhir4.StructureDefinition, keysOf: (type: string) => readonly string[]): CutType {
  const [root, ...elements] = structure.snapshot?.element ?? [];
  const primitive = structure.kind === 'primitive-type';
  const base = structure.baseDefinition?.slice(PROFILE_BASE.length);
  const own = elements.filter((element) => element.base?.path === element.path && !(primitive && isValue(element)));
  const keys = constraintKeys(root);
  return {
    kind: primitive ? 'primitive' : structure.kind === 'resource' ? 'resource' : 'complex',
    ...(base && base !== structure.name ? { base } : {}),
    ...(keys.length > 0 ? { constraints: keys } : {}),
    elements: own.map((element) => cutElement(element, structure.kind === 'resource', keysOf)),
  };
}

// The value of a primitive stands in JSON by itself.
const isValue = (element: fhir4.ElementDefinition): boolean => element.path.endsWith('.value');

function cutElement(
  element: fhir4.ElementDefinition,
  ofResource: boolean,
  keysOf: (type: string) => readonly string[],
): CutElement {
  const types = cutElementTypes(element, ofResource);
  const inherited = new Set(['ele-1', ...(element.type ?? []).flatMap((type) => keysOf(type.code))]);
  const constraints = constraintKeys(element).filter((key) => !inherited.has(key));
  const { valueSet, strength } = element.binding ?? {};
  return {
    path: element.path.replaceAll('[x]', ''),
    ...(element.min ? { min: element.min } : {}),
    ...(element.max === '1' ? {} : { max: element.max === '*' ? -1 : Number(element.max) }),
    ...(element.path.endsWith('[x]') ? { choice: true } : {}),
    ...(types.length > 0 ? { types } : {}),
    ...(element.contentReference ? { sameAs: element.contentReference.slice(1) } : {}),
    ...(element.isModifier ? { modifier: true } : {}),
    ...(element.isSummary ? { summary: true } : {}),
    ...(valueSet && strength ? { binding: [strength, valueSet.split('|')[0] ?? ''] } : {}),
    ...(constraints.length > 0 ? { constraints } : {}),
  };
}

function cutElementTypes(element: fhir4.ElementDefinition, ofResource: boolean): readonly string[] {
  return (element.type ?? []).map((type) => {
    if (type.code.startsWith(SYSTEM_TYPE)) return systemType(element, type, ofResource);
    // The package adds targets of its own, which are not R4's.
    const targets = (type.targetProfile ?? [])
      .filter((url) => url.startsWith(PROFILE_BASE))
      .map((url) => url.slice(PROFILE_BASE.length));
    const any = targets.length === 0 || targets.includes('Resource');
    return any ? type.code : `${type.code}(${targets.join('|')})`;
  });
}

// R4 names the System type and, in an extension, the FHIR type; for Resource.id that says string where R4's text says id.
function systemType(element: fhir4.ElementDefinition, type: fhir4.ElementDefinitionType, ofResource: boolean): string {
  if (ofResource && element.path.split('.').length === 2 && element.path.endsWith('.id')) return 'id';
  return type.extension?.find((extension) => extension.url === FHIR_TYPE)?.valueUrl ?? 'string';
}

const typeNames = (element: CutElement): readonly string[] =>
  (element.types ?? []).map((type) => type.split('(')[0] ?? '');

function constraintsOf(element: fhir4.ElementDefinition | undefined): readonly fhir4.ElementDefinitionConstraint[] {
  return (element?.constraint ?? []).filter(({ expression }) => expression !== undefined);
}

const constraintKeys = (element: fhir4.ElementDefinition | undefined): readonly string[] =>
  constraintsOf(element).map(({ key }) => key);

function noteConstraints(constraints: Map<string, CutConstraint>, element: fhir4.ElementDefinition): void {
  for (const { key, severity, human, expression } of constraintsOf(element)) {
    if (!constraints.has(key)) constraints.set(key, { severity, human, expression: expression ?? '' });
  }
}
