/** Compiles comparisons of an element with a literal or a variable: `=`, `!=`, `in`, `startsWith()`. */
import type { Json } from '../core/json.ts';
import { equalsNumber } from './decimal.ts';
import { type Evaluate, type LocalStep, type Read, reader } from './evaluate.ts';
import { FhirPathError } from './fhir-path-error.ts';
import type { Variables } from './node.ts';
import { describe, literalText } from './print.ts';
import { type Criterion, followPath, type Language, pathReads, pathText, type Trail } from './steps.ts';
import type { Expression, Literal } from './syntax.ts';

type Kind = Literal['kind'];

// Types whose equality in FHIRPath is that of their text; dates, times and quantities have another one.
const KINDS: ReadonlyMap<string, Kind> = new Map<string, Kind>([
  ...['code', 'string', 'uri', 'url', 'canonical', 'id', 'oid', 'uuid', 'markdown'].map((t) => [t, 'string'] as const),
  ['boolean', 'boolean'],
  ...['integer', 'positiveInt', 'unsignedInt', 'decimal'].map((type) => [type, 'number'] as const),
]);

/** What a path is compared with. */
type Constant =
  | { readonly kind: Kind; readonly text: string; readonly equals: (value: Json) => boolean; readonly string?: string }
  | { readonly kind: 'string'; readonly text: string; readonly variable: keyof Variables };

interface Subject {
  readonly read: Read;
  readonly text: string;
  readonly reads: readonly string[];
  readonly trail?: Trail;
}

/** `a.b = 'x'` or `a.b != %patient`, in either order. */
export function compileComparison(
  language: Language,
  start: Trail,
  { operator, left, right }: { operator: '=' | '!='; left: Expression; right: Expression },
): Criterion {
  const constant = toConstant(right);
  if (!constant) {
    if (toConstant(left)) return compileComparison(language, start, { operator, left: right, right: left });
    throw new FhirPathError(`${describe(left)} ${operator} ${describe(right)}: compare with a literal or a variable`);
  }
  const subject = toSubject(language, start, left, [constant]);
  const equal = equality(subject.read, constant);
  const [is, isNot] = [`${subject.text} = ${constant.text}`, `${subject.text} != ${constant.text}`];
  if (operator === '=') return { evaluate: equal, text: is, opposite: isNot, reads: subject.reads };
  return { evaluate: inequality(equal), text: isNot, opposite: is, reads: subject.reads };
}

/** `a.b in ('x' | 'y')`. */
export function compileMembership(
  language: Language,
  start: Trail,
  { left, right }: { left: Expression; right: Expression },
): Criterion {
  const list = literalsOf(right).map(literalConstant);
  const subject = toSubject(language, start, left, list);
  const sorted = [...new Set(list.map((constant) => constant.text))].sort();
  const text = `${subject.text} ${sorted.length === 1 ? `= ${sorted[0]}` : `in (${sorted.join(' | ')})`}`;
  const opposite = sorted.length === 1 ? `${subject.text} != ${sorted[0]}` : `(${text}).not()`;
  const evaluate: Evaluate = (value, sibling, variables) => {
    const found = subject.read(value, sibling, variables);
    return found === undefined ? undefined : list.some((constant) => constant.equals(found));
  };
  return { evaluate, text, opposite, reads: subject.reads };
}

/** `a.b.startsWith('x')`. */
export function compilePrefix(
  language: Language,
  start: Trail,
  { on, args }: { on: Expression; args: readonly Expression[] },
): Criterion {
  const [argument, ...more] = args;
  const prefix = argument && more.length === 0 ? toConstant(argument) : undefined;
  if (prefix?.kind !== 'string') throw new FhirPathError("startsWith() takes one text: startsWith('Patient/')");
  const subject = toSubject(language, start, on, [prefix]);
  const textOf = prefixReader(prefix);
  const evaluate: Evaluate = (value, sibling, variables) => {
    const found = subject.read(value, sibling, variables);
    const beginning = textOf(variables);
    return typeof found !== 'string' || beginning === undefined ? undefined : found.startsWith(beginning);
  };
  const text = `${subject.text}.startsWith(${prefix.text})`;
  return { evaluate, text, opposite: `${text}.not()`, reads: subject.reads };
}

function equality(read: Read, constant: Constant): Evaluate {
  if ('variable' in constant) {
    const name = constant.variable;
    return (value, sibling, variables) => {
      const found = read(value, sibling, variables);
      const expected = variables[name];
      return found === undefined || expected === undefined ? undefined : found === expected;
    };
  }
  const { equals } = constant;
  return (value, sibling, variables) => {
    const found = read(value, sibling, variables);
    return found === undefined ? undefined : equals(found);
  };
}

const inequality =
  (equal: Evaluate): Evaluate =>
  (value, sibling, variables) => {
    const truth = equal(value, sibling, variables);
    return truth === undefined ? undefined : !truth;
  };

function toConstant(expression: Expression): Constant | undefined {
  if (expression.kind === 'literal') return literalConstant(expression.literal);
  if (expression.kind !== 'variable') return undefined;
  return { kind: 'string', text: `%${expression.name}`, variable: variableName(expression.name) };
}

function literalConstant(literal: Literal) {
  const text = literalText(literal);
  if (literal.kind === 'number') return { kind: literal.kind, text, equals: equalsNumber(literal.text) };
  const { kind, value: expected } = literal;
  const equals = (value: Json): boolean => value === expected;
  return typeof expected === 'string' ? { kind, text, equals, string: expected } : { kind, text, equals };
}

function prefixReader(prefix: Constant): (variables: Variables) => string | undefined {
  if ('variable' in prefix) return (variables) => variables[prefix.variable];
  return () => prefix.string;
}

function literalsOf(list: Expression): readonly Literal[] {
  if (list.kind === 'literal') return [list.literal];
  if (list.kind !== 'binary' || list.operator !== '|') {
    throw new FhirPathError(`${describe(list)} is no list of literals: ('a' | 'b')`);
  }
  return [...literalsOf(list.left), ...literalsOf(list.right)];
}

function variableName(name: string): keyof Variables {
  if (name === 'patient' || name === 'fhirUser') return name;
  throw new FhirPathError(`%${name} is unknown; there are %patient and %fhirUser`);
}

function toSubject(language: Language, start: Trail, on: Expression, constants: readonly Constant[]): Subject {
  if (on.kind === 'literal') throw new FhirPathError(`${describe(on)} is compared with what is known as well`);
  if (on.kind === 'variable') {
    const name = variableName(on.name);
    for (const { kind, text } of constants) requireKind('string', kind, `%${name}`, text);
    return { read: (_value, _sibling, variables) => variables[name], text: `%${name}`, reads: [] };
  }
  const trail = followPath(language, start, on);
  if (trail.many) throw severalValues(trail.steps, describe(on));
  for (const constant of constants) checkTypes(language, trail, describe(on), constant);
  return { read: reader(trail.steps), text: pathText(trail.steps), reads: pathReads(trail.steps) };
}

function checkTypes(language: Language, trail: Trail, path: string, constant: Constant): void {
  const kinds = new Set(trail.types.map((type) => KINDS.get(type)));
  const [kind] = kinds;
  // In a search parameter (`deceased != false`) JSON's own types tell a boolean or number from the rest.
  if (language.dialect === 'search' && constant.kind !== 'string' && kinds.has(constant.kind)) return;
  if (trail.types.length > 1 && (kinds.size > 1 || kind === undefined)) {
    throw new FhirPathError(`'${path}' may be ${trail.types.join(', ')}: say which with ofType()`);
  }
  if (kind === undefined) {
    throw new FhirPathError(
      `'${path}' is a ${trail.types.join()}, which cannot be compared: its equality is not that of its text`,
    );
  }
  requireKind(kind, constant.kind, path, constant.text);
}

function requireKind(kind: Kind, other: Kind, path: string, constant: string): void {
  if (kind !== other) throw new FhirPathError(`'${path}' is a ${kind} and ${constant} is none`);
}

// FHIRPath: a comparison of two values with one is false, so a person with two codings would fall through a rule.
function severalValues(steps: readonly LocalStep[], path: string): FhirPathError {
  const at = steps.findLastIndex((step) => step.kind === 'child' && step.element.max > 1);
  const filters = steps.slice(at + 1).findIndex((step) => step.kind !== 'where');
  const end = filters < 0 ? steps.length : at + 1 + filters;
  const rest = pathText(steps.slice(end));
  const hint = rest
    ? `${pathText(steps.slice(0, end))}.where(${rest} = …).exists()`
    : `one of them by its index, ${path}[0]`;
  return new FhirPathError(`'${path}' may hold several values and would never equal one: write ${hint}`);
}
