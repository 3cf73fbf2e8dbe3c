/** `_sort`: which keys, and the order that they make (R4 search.html#sort). */
import { badRequest, notSupported } from '../core/errors.ts';
import type { SearchRegistry } from './parameters.ts';
import type { SortKey } from './query.ts';
import { compareValues, type SortValue } from './sort-values.ts';

/** A row's place in an order: the value of each key, and what orders rows that are equal in all of them. */
export interface Place {
  readonly values: readonly (SortValue | undefined)[];
  readonly tie: SortValue;
}

const MAX_KEYS = 8;

/** Reads the keys; throws 400 for an unknown one under either handling, for it would be another order (CONTRACT.md). */
export function parseSort(registry: SearchRegistry, type: string, text: string): readonly SortKey[] {
  const keys = text.split(',').map((key) => key.trim());
  if (keys.length > MAX_KEYS) throw badRequest(`'_sort' takes ${MAX_KEYS} keys at most.`);
  return keys.map((key) => {
    const code = key.startsWith('-') ? key.slice(1) : key;
    if (code === '') throw badRequest(`'_sort' has an empty key.`);
    const param = registry.parameter(type, code);
    if (!param) throw badRequest(`'_sort' names '${code.slice(0, 64)}', which is no search parameter of ${type}.`);
    if (param.sorting === undefined) {
      throw notSupported(`'_sort' by '${code}' is not supported: name a date, number, string or token parameter.`);
    }
    return { param, direction: code === key ? 'ascending' : 'descending' };
  });
}

/** Orders two places: key by key, rows without a value last in either direction, then by the tie. */
export function comparePlaces(keys: readonly SortKey[]): (a: Place, b: Place) => number {
  return (a, b) => {
    for (const [i, { direction }] of keys.entries()) {
      const order = compareOptional(a.values[i], b.values[i], direction);
      if (order !== 0) return order;
    }
    return compareValues(a.tie, b.tie);
  };
}

function compareOptional(a: SortValue | undefined, b: SortValue | undefined, direction: SortKey['direction']): number {
  if (a === undefined || b === undefined) return Number(a === undefined) - Number(b === undefined);
  return direction === 'ascending' ? compareValues(a, b) : compareValues(b, a);
}
