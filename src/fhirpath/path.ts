/** Paths of the rule language (DESIGN.md "Views as data"): what others import to compile and follow them. */
import type { Definitions } from '../definitions/types.ts';
import { createLanguage } from './criteria.ts';
import { FhirPathError } from './fhir-path-error.ts';
import type { CompiledPath } from './node.ts';
import { followPath, pathText, rootTrail } from './steps.ts';
import { parseExpression, parseOnce } from './syntax.ts';

export { FhirPathError } from './fhir-path-error.ts';
export { type Located, locateNodes, siblingWay } from './locate.ts';
export type { CompiledPath, FhirNode, Predicate, Property, Step, Variables } from './node.ts';
export { childNodes, selectNodes } from './node.ts';

/**
 * Compiles a path of the rule language that starts from `type` (a resource, a data type or a backbone path).
 * Throws `FhirPathError` when it is not in the language, names no element, or gives new values and no places.
 */
export function compilePath(definitions: Definitions, type: string, expression: string): CompiledPath {
  if (!definitions.type(type)) throw new FhirPathError(`'${type}' is no known type`);
  const language = createLanguage(definitions, 'rule');
  const { steps } = followPath(language, rootTrail(type), parseExpression(expression));
  if (steps[0]?.kind !== 'child') throw new FhirPathError(`'${expression}' must begin with an element of ${type}`);
  return { text: pathText(steps), type, steps };
}

/**
 * Compiles the path of one operation of a patch; nothing of it is kept. The name of the type alone is the resource
 * itself. Throws `FhirPathError`, whose message may hold what was sent.
 */
export function compileSentPath(definitions: Definitions, type: string, expression: string): CompiledPath {
  const language = createLanguage(definitions, 'rule');
  const { steps } = followPath(language, rootTrail(type), parseOnce(expression));
  return { text: pathText(steps), type, steps };
}
