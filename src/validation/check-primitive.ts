/** Checks one value of a primitive type, and a narrative's div. */
import { isArray, isObject, type Json } from '../core/json.ts';
import type { ElementDef } from '../definitions/types.ts';
import type { Place } from './findings.ts';
import { narrativeFault } from './narrative.ts';
import { PRIMITIVES } from './primitives.ts';
import type { Walk } from './walk.ts';

/** Whether the value has the format of its type; reports it when not. */
export function checkPrimitive(walk: Walk, element: ElementDef, type: string, value: Json, place: Place): boolean {
  if (value === null || isObject(value) || isArray(value)) {
    walk.findings.add('structure', place, `${element.path} must be a ${type}`);
    return false;
  }
  const fault = type === 'xhtml' ? xhtmlFault(value) : formatFault(type, value);
  if (fault === undefined) return true;
  walk.findings.add('value', place, `${element.path} ${fault}`);
  return false;
}

function formatFault(type: string, value: Json): string | undefined {
  return PRIMITIVES.get(type)?.(value) ? undefined : `does not have the format of a ${type}`;
}

function xhtmlFault(value: Json): string | undefined {
  if (typeof value !== 'string' || !PRIMITIVES.get('string')?.(value)) return 'must be XHTML';
  return narrativeFault(value);
}
