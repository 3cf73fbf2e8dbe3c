/** What a resource is ordered by: the least and the greatest value under each parameter, and the text of a sort box. */

import { parseBox } from '../core/box-text.ts';
import { isArray, type Json, type ResourceJson } from '../core/json.ts';
import type { SearchRegistry } from './parameters.ts';
import { parameterType } from './params/registry.ts';
import type { SearchParameter } from './query.ts';
import { parameterNodes } from './values.ts';

/** Numbers by size, texts by code unit. */
export type SortValue = string | number;

/** R4 search.html#sort: of several values the one that comes first in the order asked for. */
export interface SortEnds {
  readonly least: SortValue;
  readonly greatest: SortValue;
}

/** By parameter code. */
export type SortBox = ReadonlyMap<string, SortEnds>;

// Texts that agree so far are ties.
const MAX_TEXT = 64;

/** Orders two values; numbers stand before texts. */
export function compareValues(a: SortValue, b: SortValue): number {
  if (typeof a !== typeof b) return typeof a === 'number' ? -1 : 1;
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

/** Makes the function that gives the text of a resource's sort box, with every parameter that may lie in it. */
export function createSortText(registry: SearchRegistry): (resource: ResourceJson) => string {
  return (resource) => {
    const found = registry.supported(resource.resourceType).flatMap((param): [string, Json][] => {
      if (param.sorting !== 'box' || !codesOf(param).includes(param.code)) return [];
      const ends = ownEnds(param, resource);
      return ends ? [[param.code, ends.least === ends.greatest ? ends.least : [ends.least, ends.greatest]]] : [];
    });
    return JSON.stringify(Object.fromEntries(found));
  };
}

/** What `createSortText` wrote; throws `DamagedRecordError` for what is no object. */
export function readSortText(text: string): SortBox {
  const entries = Object.entries(parseBox(text)).flatMap(([code, value]): [string, SortEnds][] => {
    const [least, greatest] = isArray(value) ? value : [value, value];
    return isSortValue(least) && isSortValue(greatest) ? [[code, { least, greatest }]] : [];
  });
  return new Map(entries);
}

const isSortValue = (value: Json | undefined): value is SortValue =>
  typeof value === 'string' || typeof value === 'number';

// As its terms, but that a part of another one, such as `email`, has values of its own.
const codesOf = ({ code, indexes, narrows }: SearchParameter): readonly string[] => (narrows ? [code] : indexes);

/** The ends of a parameter in a sort box: it lies there under the codes that index it. */
export const endsInBox = (param: SearchParameter, box: SortBox): SortEnds | undefined =>
  joinEnds(codesOf(param).map((code) => box.get(code)));

/** The same, read from the resource itself. */
export const endsInResource = (
  registry: SearchRegistry,
  param: SearchParameter,
  resource: ResourceJson,
): SortEnds | undefined =>
  joinEnds(
    codesOf(param).map((code) => {
      const part = registry.parameter(param.type, code);
      return part && ownEnds(part, resource);
    }),
  );

function ownEnds(param: SearchParameter, resource: ResourceJson): SortEnds | undefined {
  const { sortValues } = parameterType(param.kind);
  if (!sortValues) return undefined;
  const values = parameterNodes(param, resource)
    .flatMap((node) => sortValues(node, param))
    .map((value) => (typeof value === 'string' ? value.slice(0, MAX_TEXT).toWellFormed() : value));
  return joinEnds(values.map((value) => ({ least: value, greatest: value })));
}

function joinEnds(all: readonly (SortEnds | undefined)[]): SortEnds | undefined {
  return all.reduce((a, b) => {
    if (!a || !b) return a ?? b;
    return {
      least: compareValues(b.least, a.least) < 0 ? b.least : a.least,
      greatest: compareValues(b.greatest, a.greatest) > 0 ? b.greatest : a.greatest,
    };
  }, undefined);
}
