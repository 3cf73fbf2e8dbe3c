/** Compiles the expressions of R4's search parameters: unions of paths, or one yes-or-no expression. */
import type { Definitions } from '../definitions/types.ts';
import { compileCriterion, createLanguage, isCriterion } from './criteria.ts';
import { FhirPathError } from './fhir-path-error.ts';
import type { CompiledPath, FhirNode } from './node.ts';
import { followPath, isA, pathText, rootTrail } from './steps.ts';
import { type Expression, parseExpression } from './syntax.ts';

// R4's own unions over all types: `clinical-patient` has 1,500 characters.
const MAX_LENGTH = 10_000;

export type SearchExpression =
  | { readonly kind: 'paths'; readonly paths: readonly CompiledPath[] }
  /** What is not true counts as false: also when an element is absent (CONTRACT.md). */
  | { readonly kind: 'boolean'; readonly evaluate: (root: FhirNode) => boolean; readonly reads: readonly string[] };

/**
 * Compiles a search parameter's expression for one type (for a composite's component: the type that its root path
 * ends in). Parts of a union that start from another resource type are left out. Throws `FhirPathError`.
 */
export function compileSearchExpression(definitions: Definitions, type: string, expression: string): SearchExpression {
  if (!definitions.type(type)) throw new FhirPathError(`'${type}' is no known type`);
  const language = createLanguage(definitions, 'search');
  const parsed = parseExpression(expression, MAX_LENGTH);
  if (isCriterion(parsed)) {
    const { evaluate, reads } = compileCriterion(language, rootTrail(type), parsed);
    return { kind: 'boolean', evaluate: (root) => evaluate(root.value, root.sibling, {}) === true, reads };
  }
  const parts = unionParts(parsed).filter((part) => !startsElsewhere(definitions, type, part));
  if (parts.length === 0) throw new FhirPathError(`'${expression}' has no part for ${type}`);
  const trails = parts.map((part) => followPath(language, rootTrail(type), part));
  return { kind: 'paths', paths: trails.map(({ steps }) => ({ text: pathText(steps) || type, type, steps })) };
}

/** Types of what a path gives: those of its last element, or the type that it starts from. */
export function resultTypes(path: CompiledPath): readonly string[] {
  const last = path.steps.findLast((step) => step.kind === 'child');
  return last?.kind === 'child' ? [...new Set(last.properties.map((property) => property.type))] : [path.type];
}

function unionParts(expression: Expression): readonly Expression[] {
  if (expression.kind !== 'binary' || expression.operator !== '|') return [expression];
  return [...unionParts(expression.left), ...unionParts(expression.right)];
}

function startsElsewhere(definitions: Definitions, type: string, part: Expression): boolean {
  const name = leadingName(part);
  return name !== undefined && definitions.resourceTypes.has(name) && !isA(definitions, type, name);
}

function leadingName(expression: Expression): string | undefined {
  if (!('on' in expression) || !expression.on) return expression.kind === 'member' ? expression.name : undefined;
  return leadingName(expression.on);
}
