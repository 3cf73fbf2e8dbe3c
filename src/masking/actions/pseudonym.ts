/** `pseudonym`: an id or reference stands under a name that the server alone can turn back. */
import { isObject } from '../../core/json.ts';
import { parseReference } from '../../core/reference.ts';
import type { FhirNode } from '../../fhirpath/path.ts';
import type { ActionContext, ActionKind } from './action.ts';

export const pseudonym: ActionKind = {
  suits: ['Reference', 'id'],
  label: 'PSEUDED',
  make: () => onReference,
};

// Whatever is no literal reference to a resource of this server could name a person: it goes.
function onReference(node: FhirNode, context: ActionContext): FhirNode | undefined {
  if (!isObject(node.value)) return undefined;
  const text = node.value['reference'];
  const target = typeof text === 'string' ? parseReference(text, context.baseUrl) : undefined;
  if (!target) return undefined;
  return { value: { reference: `${target.type}/${context.pseudonymOf(target.type, target.id)}` }, type: node.type };
}
