/** Bounds what a small patch can make: copies double, moves deepen, and each is paid for as the patch goes. */
import { isArray, isNumber, isObject, type Json } from '../core/json.ts';
import { MAX_DEPTH } from '../core/parse-json.ts';
import { cannotApply } from './refusals.ts';

/** Characters, roughly, that the copies and moves of a patch may carry together. */
export const MAX_CARRIED = 1024 * 1024;

export interface Budget {
  /** Pays for a value that comes to lie `depth` levels down. Throws 422 naming the operation. */
  place(index: number, value: Json, depth: number): void;
  /** Pays for a value that is copied or moved. Throws 422 naming the operation. */
  carry(index: number, value: Json): void;
}

/** A budget for one patch. */
export function createBudget(): Budget {
  let left = MAX_CARRIED;
  return {
    place: (index, value, depth) => {
      if (!fits(value, MAX_DEPTH - depth))
        throw cannotApply(index, `the resource would be deeper than ${MAX_DEPTH} levels.`);
    },
    carry: (index, value) => {
      left = pay(value, left);
      if (left < 0) throw cannotApply(index, 'the patch copies or moves too much.');
    },
  };
}

// Stops as soon as the answer is known: a value is as large as what made it.
function fits(value: Json, levels: number): boolean {
  if (!isArray(value) && !isObject(value)) return levels >= 0;
  if (levels <= 0) return false;
  const parts = isArray(value) ? value : Object.values(value);
  return parts.every((part) => part === undefined || fits(part, levels - 1));
}

const NODE = 8;

function pay(value: Json, left: number): number {
  let rest = left - NODE;
  if (typeof value === 'string') return rest - value.length;
  if (isNumber(value) || value === null || typeof value === 'boolean') return rest;
  const parts = isArray(value) ? value.map((part) => ['', part] as const) : Object.entries(value);
  for (const [name, part] of parts) {
    if (rest < 0) return rest;
    if (part !== undefined) rest = pay(part, rest - name.length);
  }
  return rest;
}
