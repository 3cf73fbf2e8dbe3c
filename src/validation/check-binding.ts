/** Checks required bindings (R4 terminologies.html#required) of value sets that can be enumerated. */
import { isArray, isObject, type Json, type JsonObject, member } from '../core/json.ts';
import type { ElementDef } from '../definitions/types.ts';
import type { Place } from './findings.ts';
import type { Walk } from './walk.ts';

/** Reports a code outside the value set of a required binding. */
export function checkBinding(walk: Walk, element: ElementDef, type: string, value: Json, place: Place): void {
  if (element.binding?.strength !== 'required') return;
  const { valueSet } = element.binding;
  if (!isBound(walk, valueSet, type, value)) {
    walk.findings.add('code-invalid', place, `${element.path} must have a code of ${valueSet}`);
  }
}

function isBound(walk: Walk, valueSet: string, type: string, value: Json): boolean {
  const codes = walk.definitions.codes(valueSet);
  const systemCodes = walk.definitions.systemCodes(valueSet);
  if (!codes || !systemCodes) return true;
  if (type === 'code') return typeof value !== 'string' || codes.has(value);
  if (!isObject(value)) return true;
  if (type === 'Coding') return isCoded(value, systemCodes);
  if (type !== 'CodeableConcept') return true;
  const codings = member(value, 'coding');
  // One that says by extension why it has no code (data-absent-reason) is not wrong for having none.
  if (!isArray(codings)) return member(value, 'extension') !== undefined;
  return codings.some((coding) => isObject(coding) && isCoded(coding, systemCodes));
}

function isCoded(coding: JsonObject, systemCodes: ReadonlySet<string>): boolean {
  const system = member(coding, 'system');
  const code = member(coding, 'code');
  if (code === undefined && member(coding, 'extension') !== undefined) return true;
  return typeof system === 'string' && typeof code === 'string' && systemCodes.has(`${system}|${code}`);
}
