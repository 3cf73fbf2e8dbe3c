/** Builds the type definitions from `r4/types.json`: inheritance, backbones, content references, JSON property names. */
import type { CutConstraint, CutElement, CutType, CutTypes } from './r4-format.ts';
import type { Binding, Constraint, ElementDef, ElementType, PropertyDef, TypeDef } from './types.ts';

const BACKBONES = ['BackboneElement', 'Element'];
const TYPE_WITH_TARGETS = /^(\w+)\(([\w|]+)\)$/;

interface Owner {
  readonly name: string;
  readonly kind: TypeDef['kind'];
  readonly base?: string;
  readonly constraints: readonly string[];
  readonly elements: CutElement[];
}

/** All types by name; a backbone's name is its path. */
export function buildTypes(cut: CutTypes): ReadonlyMap<string, TypeDef> {
  const constraints = new Map(
    Object.entries(cut.constraints).map(([key, value]) => [key, constraint(key, value)] as const),
  );
  const owners = new Map(Object.entries(cut.types).flatMap(([name, type]) => ownersIn(name, type)));
  const built = new Map<string, TypeDef>();
  const build = (name: string): TypeDef => {
    const known = built.get(name);
    if (known) return known;
    const owner = owners.get(name);
    if (!owner) throw new Error(`r4/types.json has no ${name}`);
    const base = owner.base === undefined ? undefined : build(owner.base);
    const type = buildType(owner, base, constraints);
    built.set(name, type);
    return type;
  };
  for (const name of owners.keys()) build(name);
  return built;
}

function constraint(key: string, { severity, human, expression }: CutConstraint): Constraint {
  return Object.freeze({ key, severity, human, expression });
}

// A type and the backbones inside it, each with the elements right below it.
function ownersIn(name: string, type: CutType): readonly (readonly [string, Owner])[] {
  const base = type.base === undefined ? {} : { base: type.base };
  const owners = new Map<string, Owner>([
    [name, { name, kind: type.kind, ...base, constraints: type.constraints ?? [], elements: [] }],
  ]);
  for (const element of type.elements) {
    owners.get(element.path.slice(0, element.path.lastIndexOf('.')))?.elements.push(element);
    const backbone = backboneOf(element);
    if (backbone === undefined) continue;
    owners.set(element.path, { name: element.path, kind: 'complex', base: backbone, constraints: [], elements: [] });
  }
  return [...owners];
}

function backboneOf(element: CutElement): string | undefined {
  const only = element.types?.length === 1 ? element.types[0] : undefined;
  return only !== undefined && BACKBONES.includes(only) ? only : undefined;
}

function buildType(owner: Owner, base: TypeDef | undefined, constraints: ReadonlyMap<string, Constraint>): TypeDef {
  const own = owner.elements.map((element) => buildElement(element, constraints));
  const elements = new Map([...(base?.elements ?? []), ...own.map((element) => [element.name, element] as const)]);
  const keys = new Map((base?.constraints ?? []).map((inherited) => [inherited.key, inherited] as const));
  for (const found of pick(owner.constraints, constraints)) keys.set(found.key, found);
  return Object.freeze({
    name: owner.name,
    kind: owner.kind,
    ...(base ? { base: base.name } : {}),
    elements,
    properties: new Map([...elements.values()].flatMap(propertiesOf)),
    constraints: Object.freeze([...keys.values()]),
  });
}

function buildElement(cut: CutElement, constraints: ReadonlyMap<string, Constraint>): ElementDef {
  const [strength, valueSet] = cut.binding ?? [];
  const binding =
    strength && valueSet ? { binding: Object.freeze({ strength: strength as Binding['strength'], valueSet }) } : {};
  return Object.freeze({
    name: cut.path.slice(cut.path.lastIndexOf('.') + 1),
    path: cut.path,
    min: cut.min ?? 0,
    max: cut.max === -1 ? Number.POSITIVE_INFINITY : (cut.max ?? 1),
    choice: cut.choice ?? false,
    types: Object.freeze(elementTypes(cut)),
    modifier: cut.modifier ?? false,
    summary: cut.summary ?? false,
    ...binding,
    constraints: Object.freeze(pick(cut.constraints ?? [], constraints)),
  });
}

function elementTypes(cut: CutElement): readonly ElementType[] {
  if (cut.sameAs !== undefined) return [{ code: cut.sameAs, targets: [] }];
  if (backboneOf(cut) !== undefined) return [{ code: cut.path, targets: [] }];
  return (cut.types ?? []).map((type) => {
    const [, code, targets] = TYPE_WITH_TARGETS.exec(type) ?? [];
    return Object.freeze({ code: code ?? type, targets: Object.freeze(targets?.split('|') ?? []) });
  });
}

function propertiesOf(element: ElementDef): readonly (readonly [string, PropertyDef])[] {
  return element.types.map(({ code }) => {
    const name = element.choice ? `${element.name}${code.charAt(0).toUpperCase()}${code.slice(1)}` : element.name;
    return [name, Object.freeze({ element, type: code })];
  });
}

function pick(keys: readonly string[], constraints: ReadonlyMap<string, Constraint>): readonly Constraint[] {
  return keys.flatMap((key) => constraints.get(key) ?? []);
}
