/** Turns the path part of an expression into steps, with every name looked up in the definitions. */
import type { Definitions, ElementDef } from '../definitions/types.ts';
import type { Evaluate, LocalStep, WhereStep } from './evaluate.ts';
import { FhirPathError } from './fhir-path-error.ts';
import { isPrimitiveType, type Property } from './node.ts';
import { describe } from './print.ts';
import type { Expression } from './syntax.ts';

/** A compiled yes-or-no expression. */
export interface Criterion {
  readonly evaluate: Evaluate;
  /** Canonical. */
  readonly text: string;
  /** Canonical text of what not() makes of it. */
  readonly opposite: string;
  readonly reads: readonly string[];
  /** The outermost operator, where there is one that binds loosely. */
  readonly joined?: 'and' | 'or';
  /** What not() was applied to. */
  readonly negates?: Criterion;
}

/** What compiling needs to know; `search` takes the wider language of R4's search parameters. */
export interface Language {
  readonly definitions: Definitions;
  readonly dialect: 'rule' | 'search';
  /** Compiles a criterion on nodes of the given types. */
  criterion(expression: Expression, types: readonly string[]): Criterion;
}

/** Where a path has come to. */
export interface Trail {
  readonly steps: readonly LocalStep[];
  /** Types that a node may have here. */
  readonly types: readonly string[];
  /** Whether there may be several nodes. */
  readonly many: boolean;
  /** Whether the path may begin with the type's own name. */
  readonly named: boolean;
}

/** The trail of a path that starts from a type, whose name may lead it. */
export const rootTrail = (type: string): Trail => ({ steps: [], types: [type], many: false, named: true });
/** The trail of a path inside a criterion. */
export const nodeTrail = (types: readonly string[]): Trail => ({ steps: [], types, many: false, named: false });

/** Follows a path; throws `FhirPathError` where it is none, or names what the types do not have. */
export function followPath(language: Language, start: Trail, path: Expression): Trail {
  switch (path.kind) {
    case 'member':
      if (!path.on && start.named && isNameOf(language, start.types, path.name)) return { ...start, named: false };
      return childStep(language, comeTo(language, start, path.on), path.name);
    case 'call':
      return callStep(language, comeTo(language, start, path.on), path);
    case 'index':
      return indexStep(followPath(language, start, path.on), path.index);
    case 'type':
      if (path.operator !== 'as' || language.dialect !== 'search') break;
      return narrow(language, followPath(language, start, path.on), path.type);
    default:
      break;
  }
  throw new FhirPathError(`${describe(path)} gives a new value; a place in the resource is needed here`);
}

/** Whether a type is another or derives from it. */
export function isA(definitions: Definitions, type: string, ancestor: string): boolean {
  for (let name: string | undefined = type; name; name = definitions.type(name)?.base) {
    if (name === ancestor) return true;
  }
  return false;
}

/** Canonical text of steps. */
export function pathText(steps: readonly LocalStep[]): string {
  return steps.reduce((text, step) => {
    switch (step.kind) {
      case 'child':
        return `${text === '' ? '' : `${text}.`}${childText(step.element, step.properties)}`;
      case 'where':
        return `${text === '' ? '' : `${text}.`}where(${step.text})`;
      case 'index':
        return `${text}[${step.index}]`;
      default:
        return step satisfies never;
    }
  }, '');
}

/** The element paths that steps lead through, and what their criteria read, relative to where they start. */
export function pathReads(steps: readonly LocalStep[]): readonly string[] {
  const reads: string[] = [];
  let at = '';
  for (const step of steps) {
    if (step.kind === 'child') {
      at = at === '' ? step.element.name : `${at}.${step.element.name}`;
      reads.push(at);
    } else if (step.kind === 'where') {
      reads.push(...step.reads.map((read) => (at === '' ? read : `${at}.${read}`)));
    }
  }
  return [...new Set(reads)];
}

function childText(element: ElementDef, properties: readonly Property[]): string {
  const all = new Set(element.types.map((type) => type.code));
  if (!element.choice || properties.length >= all.size) return element.name;
  const types = properties.map((property) => property.type).sort();
  return `${element.name}.ofType(${types.join(' | ')})`;
}

const comeTo = (language: Language, start: Trail, on: Expression | undefined): Trail =>
  on ? followPath(language, start, on) : start;

const isNameOf = (language: Language, types: readonly string[], name: string): boolean =>
  types.length === 1 && types.every((type) => isA(language.definitions, type, name)) && /^[A-Z]/.test(name);

function childStep(language: Language, from: Trail, name: string): Trail {
  const found = from.types.flatMap((type) => findElement(language.definitions, type, name) ?? []);
  const [first] = found;
  if (!first) throw unknownElement(language, from, name);
  if (found.some((each) => each.signature !== first.signature)) {
    throw new FhirPathError(
      `'${name}' is asked of ${from.types.join(', ')}, where it differs: say which with ofType()`,
    );
  }
  const step: LocalStep = { kind: 'child', element: first.element, properties: first.properties };
  const steps = narrowLast(from.steps, new Set(found.map((each) => each.owner)));
  const types = [...new Set(first.properties.map((property) => property.type))];
  return { steps: [...steps, step], types, many: from.many || first.element.max > 1, named: false };
}

interface Found {
  readonly owner: string;
  readonly element: ElementDef;
  readonly properties: readonly Property[];
  readonly signature: string;
}

// A choice may be named whole (`value`) or as R4's JSON has it (`valueQuantity`).
function findElement(definitions: Definitions, owner: string, name: string): Found | undefined {
  const def = definitions.type(owner);
  if (!def || (def.kind === 'primitive' && name === 'value')) return undefined;
  const element = def.elements.get(name) ?? def.properties.get(name)?.element;
  if (!element) return undefined;
  const properties = [...def.properties]
    .filter(([json, property]) => property.element === element && (json === name || element.name === name))
    .map(([json, property]) => ({ json, type: property.type }));
  if (properties.length === 0 || properties.some(({ json }) => json in Object.prototype)) return undefined;
  const signature = JSON.stringify([properties, element.max > 1]);
  return { owner, element, properties, signature };
}

// `medication.coding` can only be meant of a CodeableConcept: the choice before it is narrowed to that.
function narrowLast(steps: readonly LocalStep[], owners: ReadonlySet<string>): readonly LocalStep[] {
  const last = steps.at(-1);
  if (last?.kind !== 'child') return steps;
  const properties = last.properties.filter((property) => owners.has(property.type));
  return properties.length === last.properties.length ? steps : [...steps.slice(0, -1), { ...last, properties }];
}

function unknownElement(language: Language, from: Trail, name: string): FhirPathError {
  const names = new Set(from.types.flatMap((type) => [...(language.definitions.type(type)?.elements.keys() ?? [])]));
  if (from.types.every(isPrimitiveType)) names.delete('value');
  const types = from.types.length > 4 ? 'any of its types' : from.types.join(' or ');
  return new FhirPathError(`'${name}' is no element of ${types}; there are ${[...names].slice(0, 60).join(', ')}`);
}

function callStep(language: Language, from: Trail, call: Extract<Expression, { kind: 'call' }>): Trail {
  const [argument, ...more] = call.args;
  const takesOne = argument !== undefined && more.length === 0;
  switch (call.name) {
    case 'where':
      if (!takesOne) throw new FhirPathError('where() takes one criterion');
      return { ...from, steps: [...from.steps, whereStep(language.criterion(argument, from.types))], named: false };
    case 'ofType':
      if (!takesOne) throw new FhirPathError('ofType() takes one type');
      return narrow(language, from, typeName(argument));
    case 'as':
      if (language.dialect !== 'search' || !takesOne) break;
      return narrow(language, from, typeName(argument));
    case 'extension':
      if (argument?.kind !== 'literal' || argument.literal.kind !== 'string' || !argument.literal.value || !takesOne) {
        throw new FhirPathError("extension() takes one literal url: extension('http://…')");
      }
      return extensionStep(language, from, argument);
    case 'exists':
    case 'empty':
    case 'not':
    case 'startsWith':
      throw new FhirPathError(`${describe(call)} gives a new value; a place in the resource is needed here`);
    default:
      break;
  }
  throw new FhirPathError(`${call.name}() is not in the language`);
}

/** A criterion as a step. */
export function whereStep({ evaluate, text, reads }: Criterion): WhereStep {
  const predicate: WhereStep['predicate'] = (node, variables) => evaluate(node.value, node.sibling, variables) === true;
  return { kind: 'where', predicate, text, reads, evaluate };
}

function extensionStep(language: Language, from: Trail, url: Expression): Trail {
  const on = childStep(language, from, 'extension');
  const isUrl: Expression = { kind: 'binary', operator: '=', left: { kind: 'member', name: 'url' }, right: url };
  return { ...on, steps: [...on.steps, whereStep(language.criterion(isUrl, on.types))] };
}

function indexStep(from: Trail, index: Expression): Trail {
  if (index.kind !== 'literal' || index.literal.kind !== 'number' || !/^\d{1,6}$/.test(index.literal.text)) {
    throw new FhirPathError(`the index ${describe(index)} is no whole number`);
  }
  const step: LocalStep = { kind: 'index', index: Number(index.literal.text) };
  return { ...from, steps: [...from.steps, step], many: false, named: false };
}

function narrow(language: Language, from: Trail, written: string): Trail {
  const last = from.steps.at(-1);
  if (last?.kind !== 'child') throw new FhirPathError(`ofType(${written}) must follow an element directly`);
  const name = knownType(language, written.startsWith('FHIR.') ? written.slice(5) : written);
  const properties = last.properties.filter((property) => isA(language.definitions, property.type, name));
  const types = [...new Set(properties.map((property) => property.type))];
  if (types.length === 0) {
    throw new FhirPathError(`'${last.element.name}' is never of type ${written}; it may be ${from.types.join(', ')}`);
  }
  return { ...from, steps: [...from.steps.slice(0, -1), { ...last, properties }], types };
}

// R4's `code-value-date` has `DateTime` where `dateTime` is meant.
function knownType(language: Language, name: string): string {
  if (language.dialect !== 'search' || language.definitions.type(name)) return name;
  return name.charAt(0).toLowerCase() + name.slice(1);
}

function typeName(argument: Expression): string {
  if (argument.kind !== 'member') throw new FhirPathError(`${describe(argument)} is no type name`);
  return argument.on ? `${typeName(argument.on)}.${argument.name}` : argument.name;
}
