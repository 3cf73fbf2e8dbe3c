/** FHIRPath's operators on collections of nodes, as R4's invariants use them. */
import { equalJson, isNumber, isObject, type Json, numberText } from '../core/json.ts';
import { canonicalDecimal } from './decimal.ts';
import type { FhirNode } from './node.ts';

export type Collection = readonly FhirNode[];
/** FHIRPath's three values; undefined is empty. */
export type Truth = boolean | undefined;

export const EMPTY: Collection = [];
const YES: Collection = [{ value: true, type: 'boolean' }];
const NO: Collection = [{ value: false, type: 'boolean' }];

/** A collection of one boolean, or none. */
export const collectionOf = (truth: Truth): Collection => (truth === undefined ? EMPTY : truth ? YES : NO);

/** What a collection is as a truth: a boolean says its value, any other single item is true (FHIRPath 4.5). */
export function truthOf(items: Collection): Truth {
  const [first] = items;
  if (!first) return undefined;
  return first.value === false ? false : items.length === 1 ? true : undefined;
}

/** FHIRPath 6.1.1: empty where either side is. */
export function equals(left: Collection, right: Collection): Truth {
  if (left.length === 0 || right.length === 0) return undefined;
  return left.length === right.length && left.every((item, i) => sameItem(item, right[i]));
}

/** Whether two items are equal; numbers as decimals. */
export function sameItem(left: FhirNode, right: FhirNode | undefined): boolean {
  const [a, b] = [left.value, right?.value];
  if (a === undefined || b === undefined) return false;
  if (isNumber(a) && isNumber(b)) return canonicalDecimal(numberText(a)) === canonicalDecimal(numberText(b));
  return equalJson(a, b);
}

/** FHIRPath 6.2: -1, 0 or 1; undefined where two single items cannot be compared, by precision, unit or type. */
export function compare(left: Collection, right: Collection): -1 | 0 | 1 | undefined {
  const [a, b] = [left[0], right[0]];
  if (!a || !b || left.length > 1 || right.length > 1 || a.value === undefined || b.value === undefined)
    return undefined;
  return compareValues(a.value, b.value);
}

function compareValues(a: Json, b: Json): -1 | 0 | 1 | undefined {
  if (isNumber(a) && isNumber(b)) return sign(Number(numberText(a)) - Number(numberText(b)));
  if (typeof a === 'string' && typeof b === 'string') return compareTimes(a, b);
  return compareQuantities(a, b);
}

const sign = (difference: number): -1 | 0 | 1 => (difference < 0 ? -1 : difference > 0 ? 1 : 0);

// Quantities of one unit; others are not for this server to convert.
function compareQuantities(a: Json, b: Json): -1 | 0 | 1 | undefined {
  if (!isObject(a) || !isObject(b)) return undefined;
  const [p, q] = [a['value'], b['value']];
  if (p === undefined || q === undefined) return undefined;
  const oneUnit = ['system', 'code', 'unit'].every((name) => a[name] === b[name]);
  return oneUnit ? compareValues(p, q) : undefined;
}

const TIME = /^(\d{4})(?:-(\d\d)(?:-(\d\d)(?:T(\d\d):(\d\d)(?::(\d\d)(\.\d+)?)?(Z|[+-]\d\d:\d\d)?)?)?)?$/;

// Up to the precision that both have; where they agree so far and one says more, nobody knows.
function compareTimes(a: string, b: string): -1 | 0 | 1 | undefined {
  const [x, y] = [TIME.exec(a), TIME.exec(b)];
  if (!x || !y) return undefined;
  if (x[8] !== undefined && y[8] !== undefined && x[6] !== undefined && y[6] !== undefined) {
    return sign(Date.parse(a) - Date.parse(b));
  }
  for (let part = 1; part <= 6; part++) {
    const [p, q] = [x[part], y[part]];
    if (p === undefined && q === undefined) return 0;
    if (p === undefined || q === undefined) return undefined;
    if (p !== q) return p < q ? -1 : 1;
  }
  return 0;
}
