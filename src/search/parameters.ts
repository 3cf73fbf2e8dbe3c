/** The search parameters that this server offers, compiled once at start from R4's definitions. */
import type { Definitions, SearchParam } from '../definitions/types.ts';
import type { CompiledPath, Step } from '../fhirpath/node.ts';
import { isPrimitiveType } from '../fhirpath/node.ts';
import { compileSearchExpression, resultTypes, type SearchExpression } from '../fhirpath/search-expression.ts';
import { foldCode } from './normalise.ts';
import { offeredType } from './params/registry.ts';
import type { CompositePart, ParameterKind, SearchParameter } from './query.ts';

export interface SearchRegistry {
  readonly resourceTypes: ReadonlySet<string>;
  /** Undefined for what is unknown or not offered. */
  parameter(type: string, code: string): SearchParameter | undefined;
  /** Names of the elements at the top of a type. */
  elements(type: string): ReadonlySet<string>;
  /** All of a type, by code. */
  supported(type: string): readonly SearchParameter[];
}

/** Compiles the parameters of all served types; throws `FhirPathError` for an expression that does not compile. */
export function createSearchParameters(definitions: Definitions): SearchRegistry {
  const types = new Map(definitions.servedTypes.map((type) => [type, parametersOf(definitions, type)]));
  return {
    resourceTypes: definitions.resourceTypes,
    parameter: (type, code) => types.get(type)?.get(code),
    elements: (type) => new Set(definitions.type(type)?.elements.keys()),
    supported: (type) => [...(types.get(type)?.values() ?? [])],
  };
}

type Draft = Omit<SearchParameter, 'indexes' | 'delegated' | 'narrows' | 'components'>;

function parametersOf(definitions: Definitions, type: string): ReadonlyMap<string, SearchParameter> {
  const offered = [...definitions.searchParams(type).values()]
    .filter(
      (param) => (param.expression !== '' || kindOf(param) === 'text') && offeredType(kindOf(param)) !== undefined,
    )
    .sort((a, b) => (a.code < b.code ? -1 : 1));
  const drafts = offered.map((param) => draft(definitions, type, param));
  const simple = drafts
    .filter(({ kind }) => !UNINDEXED.has(kind))
    .map((one) => ({ ...one, ...indexing(one, drafts), components: [] }));
  const others = drafts
    .filter(({ kind }) => UNINDEXED.has(kind))
    .map((one) => ({
      ...one,
      indexes: [],
      delegated: [],
      narrows: true,
      components: partsOf(definitions, one, simple),
    }));
  const all = [...simple, ...others].sort((a, b) => (a.code < b.code ? -1 : 1));
  return new Map(all.map((one) => [one.code, one]));
}

function partsOf(definitions: Definitions, own: Draft, all: readonly SearchParameter[]): readonly CompositePart[] {
  const { expression, definition } = own;
  const places = expression.kind === 'paths' ? [...new Set(expression.paths.flatMap(resultTypes))] : [];
  return (definition.components ?? []).map((component) => {
    const param = all.find((one) => one.definition.url === component.definition);
    if (!param) throw new Error(`${own.type}.${own.code}: its part ${component.definition} is not offered`);
    const compile = (place: string) =>
      [place, compileSearchExpression(definitions, place, component.expression)] as const;
    return { param, expressions: new Map(places.map(compile)) };
  });
}

function indexing(own: Draft, all: readonly Draft[]): Pick<SearchParameter, 'indexes' | 'delegated' | 'narrows'> {
  const wider = widerOf(own, all);
  const indexes = indexesOf(wider ?? own, all);
  const parts = (code: string): ReadonlyMap<string, string> =>
    delegates(
      all.find((one) => one.code === code),
      all,
    );
  return {
    indexes: [...new Set(indexes.flatMap((code) => [code, ...parts(code).values()]))],
    delegated: [...parts(own.code).keys()],
    narrows: wider !== undefined,
  };
}

// `phone` is `telecom.where(system = 'phone')`, `patient` is `subject.where(resolve() is Patient)`: the terms of the
// one hold those of the other. References name the type, so that a target of another type is never asked for.
function widerOf(own: Draft, all: readonly Draft[]): Draft | undefined {
  const path = onlyPath(own);
  const filters = path?.steps.filter(({ kind }) => kind === 'where').length ?? 0;
  if (!path || filters !== 1) return undefined;
  return all.find((other) => {
    const wide = other.kind === own.kind ? onlyPath(other)?.text : undefined;
    if (wide === undefined || !path.text.startsWith(`${wide}.where(`)) return false;
    const filter = path.text.slice(wide.length + 1);
    return own.kind === 'token' || (own.targets.length === 1 && filter === `where(resolve() is ${own.targets[0]})`);
  });
}

function onlyPath({ expression }: Draft): CompiledPath | undefined {
  return expression.kind === 'paths' && expression.paths.length === 1 ? expression.paths[0] : undefined;
}

// `name` need not index what `family` and `given` do: a query for it asks them too.
function delegates(own: Draft | undefined, all: readonly Draft[]): ReadonlyMap<string, string> {
  const [path] = own ? pathTexts(own) : [];
  if (own?.kind !== 'string' || path === undefined || pathTexts(own).size !== 1) return new Map();
  const below = all.filter((one) => one.kind === 'string' && isBelow(pathTexts(one), path));
  return new Map(below.map((one) => [[...pathTexts(one)].join('').slice(path.length + 1), one.code]));
}

function isBelow(paths: ReadonlySet<string>, path: string): boolean {
  const [own = ''] = paths;
  return paths.size === 1 && own.startsWith(`${path}.`) && /^\w+$/.test(own.slice(path.length + 1));
}

function kindOf({ code, type }: SearchParam): ParameterKind {
  if (code === '_id') return 'id';
  return code === '_text' || code === '_content' ? 'text' : type;
}

// Composites are answered by the terms of their parts, texts by a look.
const UNINDEXED: ReadonlySet<ParameterKind> = new Set(['composite', 'text']);

function draft(definitions: Definitions, type: string, definition: SearchParam): Draft {
  const expression = compileSearchExpression(definitions, type, definition.expression || type);
  const itemElement = itemElementOf(definitions, type, expression);
  const implied = impliedSystems(definitions, expression);
  return {
    type,
    code: definition.code,
    kind: kindOf(definition),
    definition,
    expression,
    targets: definition.targets,
    single: isSingle(expression),
    itemClasses: itemElement === undefined ? [''] : classNames(definitions, type, itemElement),
    ...(itemElement === undefined ? {} : { itemElement }),
    ...sortingOf(definitions, type, definition, expression),
    ...(implied ? { implied } : {}),
  };
}

// The sort box is opened for whoever may order by anything: what has a box of its own stays out of it.
function sortingOf(
  definitions: Definitions,
  type: string,
  definition: SearchParam,
  expression: SearchExpression,
): Pick<SearchParameter, 'sorting'> {
  const kind = kindOf(definition);
  if (kind === 'id') return { sorting: 'resource' };
  // What a caller sees of it follows from what it sees of the rest (ADR 0014): an order by what is stored would tell more.
  if (definition.code === '_security') return {};
  if (offeredType(kind)?.sortValues === undefined) return {};
  const profile = definitions.profile(type);
  const elements =
    expression.kind === 'paths' ? expression.paths.map((path) => elementPath(path).split('.')[0] ?? '') : [];
  const isApart = (element: string): boolean =>
    profile.itemClasses.has(element) || (element !== 'id' && profile.boxOf(element) === 'restricted');
  return { sorting: definition.code.startsWith('_') || elements.some(isApart) ? 'resource' : 'box' };
}

const classNames = (definitions: Definitions, type: string, element: string): readonly string[] => [
  ...(definitions.profile(type).itemClasses.get(element) ?? []).map(({ name }) => name),
  'other',
];

type ChildStep = Extract<Step, { kind: 'child' }>;

const childSteps = (path: CompiledPath): readonly ChildStep[] => path.steps.filter((step) => step.kind === 'child');

/** Dotted path by base names from the type's root. */
export const elementPath = (path: CompiledPath): string =>
  childSteps(path)
    .map(({ element }) => element.name)
    .join('.');

// Only an expression that is the element itself and nothing else is answered over classes of its items.
function itemElementOf(definitions: Definitions, type: string, expression: SearchExpression): string | undefined {
  if (expression.kind !== 'paths' || expression.paths.length !== 1) return undefined;
  const [path] = expression.paths;
  const name = path ? elementPath(path) : '';
  return definitions.profile(type).itemClasses.has(name) ? name : undefined;
}

const MANY_VALUED = new Set(['CodeableConcept', 'HumanName', 'Address']);

function isSingle(expression: SearchExpression): boolean {
  if (expression.kind === 'boolean') return true;
  const [first] = expression.paths;
  if (!first) return false;
  // Parts of a union are one place when they are types of one choice element.
  const properties = expression.paths.flatMap((path) => childSteps(path).at(-1)?.properties ?? []);
  const isOnePlace = expression.paths.every((path) => elementPath(path) === elementPath(first));
  const isOneEach = new Set(properties.map(({ json }) => json)).size === properties.length;
  return isOnePlace && isOneEach && expression.paths.every(isSinglePath);
}

function isSinglePath(path: CompiledPath): boolean {
  let isOne = true;
  for (const step of path.steps) {
    if (step.kind === 'child' && step.element.max > 1) isOne = false;
    if (step.kind === 'index') isOne = true;
  }
  return isOne && !resultTypes(path).some((type) => MANY_VALUED.has(type));
}

function impliedSystems(definitions: Definitions, expression: SearchExpression): SearchParameter['implied'] {
  if (expression.kind === 'boolean') return implied([]);
  if (!expression.paths.every((path) => resultTypes(path).every(isPrimitiveType))) return undefined;
  const valueSets = expression.paths.flatMap((path) => childSteps(path).at(-1)?.element.binding?.valueSet ?? []);
  return implied(valueSets.flatMap((valueSet) => [...(definitions.systemCodes(valueSet) ?? [])]));
}

function implied(systemCodes: readonly string[]): NonNullable<SearchParameter['implied']> {
  const folded = new Set(systemCodes.map((one) => foldCode(undefined, one)));
  return {
    systems: new Set(systemCodes.map((one) => one.slice(0, one.lastIndexOf('|')))),
    has: (system, code) => folded.has(foldCode(undefined, `${system}|${code}`)),
  };
}

/**
 * The parameters under whose terms one is found. Where others of its kind together have just its paths, theirs will
 * do: `combo-code` is found under `code` and `component-code`, `phonetic` under `name`.
 */
function indexesOf(own: Draft, all: readonly Draft[]): readonly string[] {
  const paths = pathTexts(own);
  const rank = all.indexOf(own);
  const parts = all.filter((other, i) => {
    if (other === own || other.kind !== own.kind || (other.implied === undefined) !== (own.implied === undefined))
      return false;
    const theirs = pathTexts(other);
    const isSmaller = theirs.size < paths.size || (theirs.size === paths.size && i < rank);
    return theirs.size > 0 && isSmaller && theirs.isSubsetOf(paths);
  });
  const covered = new Set(parts.flatMap((part) => [...pathTexts(part)]));
  if (paths.size === 0 || !paths.isSubsetOf(covered)) return [own.code];
  // A part may itself be found under others.
  return [...new Set(parts.flatMap((part) => indexesOf(part, all)))];
}

const pathTexts = ({ expression }: Draft): Set<string> =>
  new Set(expression.kind === 'paths' ? expression.paths.map((path) => path.text) : []);
