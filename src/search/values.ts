/** The nodes of a resource that a parameter's expression gives. */
import { isArray, isObject, type Json, type ResourceJson } from '../core/json.ts';
import { type CompiledPath, type FhirNode, selectNodes } from '../fhirpath/node.ts';
import type { SearchExpression } from '../fhirpath/search-expression.ts';
import type { SearchParameter } from './query.ts';

const NO_VARIABLES = {};

/** What a path gives, for a resource. */
export const nodesAt = (path: CompiledPath, resource: ResourceJson): readonly FhirNode[] =>
  selectNodes(path, { value: resource, type: resource.resourceType }, NO_VARIABLES);

/** All that a parameter gives; a boolean expression gives its outcome. */
export const parameterNodes = ({ expression }: SearchParameter, resource: ResourceJson): readonly FhirNode[] =>
  expressionNodes(expression, { value: resource, type: resource.resourceType });

/** All that an expression gives below a node. */
export function expressionNodes(expression: SearchExpression, root: FhirNode): readonly FhirNode[] {
  if (expression.kind === 'paths') return expression.paths.flatMap((path) => selectNodes(path, root, NO_VARIABLES));
  return [{ value: expression.evaluate(root), type: 'boolean' }];
}

/**
 * Whether a node is a value to `:missing`. An element with nothing but extensions, such as a data-absent-reason, has
 * none (R4 search.html#modifiers).
 */
export function hasValue({ value }: FhirNode): boolean {
  if (value === undefined || value === null) return false;
  if (!isObject(value)) return true;
  return Object.keys(value).some((name) => name !== 'extension' && name !== 'id' && isContent(value[name]));
}

const isContent = (value: Json | undefined): boolean =>
  value !== undefined && value !== null && !(isArray(value) && value.length === 0);
