/** Choice types under `put`: of `value[x]` one type stands, and a hidden one must not decide what may be sent. */
import type { JsonObject } from '../core/json.ts';
import type { ElementDef } from '../definitions/types.ts';
import { mayNotChange, mayNotWrite, type PutScope } from './put-scope.ts';
import type { Look } from './sent.ts';

/**
 * Refuses another type of a choice than the one seen, where the view by its definition may hide (parts of) what
 * stands there: it could neither stay beside the new type nor be lost. Decided without a look at what is stored.
 */
export function refuseOtherType({ seen, sent }: Look, scope: PutScope): void {
  if (scope.fresh) return;
  for (const key of Object.keys(sent)) {
    const name = key.startsWith('_') ? key.slice(1) : key;
    const element = scope.states[0]?.child(name).element;
    if (!element?.choice || has(seen, name)) continue;
    const types = propertiesOf(element, scope);
    const old = types.find((type) => has(seen, type));
    if (old === undefined ? types.every((type) => isWhole(type, scope)) : isWhole(old, scope)) continue;
    const path = `${scope.path}.${element.name}`;
    throw old === undefined ? mayNotWrite(path) : mayNotChange(path);
  }
}

const has = (members: JsonObject, name: string): boolean =>
  Object.hasOwn(members, name) || Object.hasOwn(members, `_${name}`);

const isWhole = (name: string, scope: PutScope): boolean =>
  scope.states.some((state) => state.child(name).only?.whole === true);

function propertiesOf(element: ElementDef, scope: PutScope): readonly string[] {
  const properties = scope.context.definitions.type(scope.states[0]?.type ?? '')?.properties ?? new Map();
  return [...properties].filter(([, property]) => property.element === element).map(([name]) => name);
}
