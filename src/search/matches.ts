/** Whether a resource, as the caller sees it, meets a criterion: the judge where terms alone cannot tell. */
import type { ResourceJson } from '../core/json.ts';
import { parameterType } from './params/registry.ts';
import type { Criterion } from './query.ts';
import { hasValue, parameterNodes } from './values.ts';

export interface MatchContext {
  readonly baseUrl: string;
}

/** Full R4 semantics of a criterion: any of its values, or none of them under `:not`. */
export function matches(criterion: Criterion, resource: ResourceJson, { baseUrl }: MatchContext): boolean {
  const { param, modifier, values } = criterion;
  const nodes = parameterNodes(param, resource);
  const type = parameterType(param.kind);
  const context = { param, baseUrl, ...(modifier ? { modifier } : {}) };
  const found = values.some((value) =>
    value.kind === 'missing'
      ? nodes.some(hasValue) !== value.missing
      : nodes.some((node) => type.matches(value, node, context)),
  );
  return modifier === 'not' ? !found : found;
}
