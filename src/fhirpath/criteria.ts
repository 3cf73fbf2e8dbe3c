/** Compiles yes-or-no expressions: what stands in where() and exists(). */
import type { Definitions } from '../definitions/types.ts';
import { compileComparison, compileMembership, compilePrefix } from './comparison.ts';
import { allOf, anyOf, type Evaluate, existence, negated } from './evaluate.ts';
import { FhirPathError } from './fhir-path-error.ts';
import { describe } from './print.ts';
import { isReferenceTo } from './reference-type.ts';
import {
  type Criterion,
  followPath,
  type Language,
  nodeTrail,
  pathReads,
  pathText,
  type Trail,
  whereStep,
} from './steps.ts';
import type { Expression } from './syntax.ts';

type Call = Extract<Expression, { kind: 'call' }>;

/** The language of rules, or the wider one of search parameters. */
export function createLanguage(definitions: Definitions, dialect: Language['dialect']): Language {
  const language: Language = {
    definitions,
    dialect,
    criterion: (expression, types) => compileCriterion(language, nodeTrail(types), expression),
  };
  return language;
}

/** Compiles a yes-or-no expression on the nodes where `start` stands; throws `FhirPathError` for any other. */
export function compileCriterion(language: Language, start: Trail, expression: Expression): Criterion {
  switch (expression.kind) {
    case 'binary':
      return compileBinary(language, start, expression);
    case 'call':
      return compileCall(language, start, expression);
    case 'type':
      return compileResolve(language, start, expression);
    case 'literal':
      if (expression.literal.kind === 'boolean') return constant(expression.literal.value);
      break;
    default:
      break;
  }
  throw notCriterion(expression);
}

/** Whether an expression is yes-or-no by its form. */
export function isCriterion(expression: Expression): boolean {
  switch (expression.kind) {
    case 'binary':
      return expression.operator !== '|';
    case 'call':
      return ['exists', 'empty', 'not', 'startsWith'].includes(expression.name);
    case 'type':
      return expression.operator === 'is';
    default:
      return false;
  }
}

function compileBinary(
  language: Language,
  start: Trail,
  expression: Extract<Expression, { kind: 'binary' }>,
): Criterion {
  const { operator, left, right } = expression;
  switch (operator) {
    case 'and':
    case 'or':
      return join(
        operator,
        operands(operator, expression).map((part) => compileCriterion(language, start, part)),
      );
    case '=':
    case '!=':
      return compileComparison(language, start, { operator, left, right });
    case 'in':
      return compileMembership(language, start, { left, right });
    case '|':
      throw new FhirPathError("'|' is allowed in the list of 'in' alone: code in ('a' | 'b')");
    default:
      throw new FhirPathError(`'${operator}' is not in the language`);
  }
}

function operands(operator: string, expression: Expression): readonly Expression[] {
  if (expression.kind !== 'binary' || expression.operator !== operator) return [expression];
  return [...operands(operator, expression.left), ...operands(operator, expression.right)];
}

// Both operators are commutative and idempotent in three values, so order and repetition are no part of the text.
function join(operator: 'and' | 'or', parts: readonly Criterion[]): Criterion {
  const distinct = new Map(parts.map((part) => [part.text, part]));
  const sorted = [...distinct.keys()].sort();
  const [only, ...others] = sorted.flatMap((text) => distinct.get(text) ?? []);
  if (only && others.length === 0) return only;
  const text = sorted
    .map((part) => (needsBrackets(operator, part, distinct) ? `(${part})` : part))
    .join(` ${operator} `);
  const evaluates: readonly Evaluate[] = parts.map((part) => part.evaluate);
  return {
    evaluate: operator === 'and' ? allOf(evaluates) : anyOf(evaluates),
    text,
    opposite: `(${text}).not()`,
    reads: union(parts),
    joined: operator,
  };
}

const needsBrackets = (operator: string, text: string, parts: ReadonlyMap<string, Criterion>): boolean =>
  (parts.get(text)?.joined ?? operator) !== operator;

const union = (parts: readonly Criterion[]): readonly string[] => [...new Set(parts.flatMap((part) => part.reads))];

function compileCall(language: Language, start: Trail, call: Call): Criterion {
  switch (call.name) {
    case 'exists':
      return compileExists(language, start, call);
    case 'empty':
      return negate(compileExists(language, start, takesNone(call)));
    case 'not':
      return negate(compileCriterion(language, start, subject(takesNone(call))));
    case 'startsWith':
      return compilePrefix(language, start, { on: subject(call), args: call.args });
    case 'where':
    case 'ofType':
    case 'extension':
      throw notCriterion(call);
    default:
      throw new FhirPathError(`${call.name}() is not in the language`);
  }
}

function compileExists(language: Language, start: Trail, call: Call): Criterion {
  const [argument, ...more] = call.args;
  if (more.length > 0) throw new FhirPathError('exists() takes one criterion at most');
  const trail = followPath(language, start, subject(call));
  const filter = argument ? [whereStep(language.criterion(argument, trail.types))] : [];
  const steps = [...trail.steps, ...filter];
  if (steps.length === 0) throw new FhirPathError(`${describe(call)} is always true`);
  const path = pathText(steps);
  return { evaluate: existence(steps), text: `${path}.exists()`, opposite: `${path}.empty()`, reads: pathReads(steps) };
}

function negate(criterion: Criterion): Criterion {
  if (criterion.negates) return criterion.negates;
  const { evaluate, text, opposite, reads } = criterion;
  return { evaluate: negated(evaluate), text: opposite, opposite: text, reads, negates: criterion };
}

const constant = (value: boolean): Criterion => ({
  evaluate: () => value,
  text: String(value),
  opposite: String(!value),
  reads: [],
});

// R4 search parameters say `where(resolve() is Patient)`: decided by the reference itself, nothing is resolved.
function compileResolve(
  language: Language,
  start: Trail,
  expression: Extract<Expression, { kind: 'type' }>,
): Criterion {
  const { on, operator, type } = expression;
  const resolves = on.kind === 'call' && on.name === 'resolve' && on.args.length === 0;
  if (language.dialect !== 'search' || operator !== 'is' || !resolves) {
    throw new FhirPathError(`${describe(expression)} is not in the language`);
  }
  const trail = on.on ? followPath(language, start, on.on) : start;
  if (trail !== start || !trail.types.includes('Reference')) {
    throw new FhirPathError(`${describe(expression)} must stand in where() on a reference`);
  }
  if (!language.definitions.resourceTypes.has(type)) throw new FhirPathError(`'${type}' is no resource type`);
  const text = `resolve() is ${type}`;
  return { evaluate: isReferenceTo(type), text, opposite: `(${text}).not()`, reads: ['reference', 'type'] };
}

function subject(call: Call): Expression {
  if (!call.on) throw new FhirPathError(`${describe(call)} needs a path before it`);
  return call.on;
}

function takesNone(call: Call): Call {
  if (call.args.length > 0) throw new FhirPathError(`${call.name}() takes no argument`);
  return call;
}

const notCriterion = (expression: Expression): FhirPathError => {
  const text = describe(expression);
  return new FhirPathError(
    `${text} is neither true nor false: write ${text}.exists(), or ${text} = true for a boolean`,
  );
};
