/** Changes one place in a JSON value; what is given stays as it is, what comes back shares all that did not change. */
import { isArray, isObject, type Json, type JsonObject, member } from '../core/json.ts';

/** Names and indices from the top, as text: `['name', '0', 'given']`. */
export type Way = readonly string[];

/** What holds a place: an object or a list. */
export type Holder = JsonObject | readonly Json[];

const INDEX = /^(?:0|[1-9]\d{0,8})$/;

/** The index that a step means in a list of `length` items; undefined for none. RFC 6901 4: no leading zeros. */
export function indexOf(step: string, length: number): number | undefined {
  const index = INDEX.test(step) ? Number(step) : undefined;
  return index !== undefined && index < length ? index : undefined;
}

/** The value at a place; undefined where there is none. An inherited name leads nowhere. */
export function valueAt(json: Json, way: Way): Json | undefined {
  let at: Json | undefined = json;
  for (const step of way) at = at === undefined ? undefined : stepInto(at, step);
  return at;
}

function stepInto(json: Json, step: string): Json | undefined {
  if (isArray(json)) {
    const index = indexOf(step, json.length);
    return index === undefined ? undefined : json[index];
  }
  return isObject(json) ? member(json, step) : undefined;
}

/**
 * The JSON with the holder of a place edited; undefined where the way leads to no holder, or the edit finds no place.
 * The way must have a step.
 */
export function editHolder(
  json: Json,
  way: Way,
  edit: (holder: Holder, last: string) => Holder | undefined,
): Json | undefined {
  const [step = '', ...rest] = way;
  if (!isArray(json) && !isObject(json)) return undefined;
  if (rest.length === 0) return edit(json, step);
  const below = stepInto(json, step);
  const edited = below === undefined ? undefined : editHolder(below, rest, edit);
  return edited === undefined ? undefined : withMember(json, step, edited);
}

/** The holder with a member that is there already, or in an object a new one, set. */
export function withMember(holder: Holder, step: string, value: Json): Holder | undefined {
  if (!isList(holder)) return { ...holder, [step]: value };
  const index = indexOf(step, holder.length);
  return index === undefined ? undefined : holder.with(index, value);
}

/** The holder without a member; undefined where it has none of that name. */
export function withoutMember(holder: Holder, step: string): Holder | undefined {
  if (isList(holder)) {
    const index = indexOf(step, holder.length);
    return index === undefined ? undefined : holder.toSpliced(index, 1);
  }
  if (!Object.hasOwn(holder, step)) return undefined;
  return Object.fromEntries(Object.entries(holder).filter(([name]) => name !== step));
}

/** Whether a holder is a list. */
export const isList = (holder: Holder): holder is readonly Json[] => Array.isArray(holder);

/** Without members that an edit left empty: R4 json.html knows no empty list and no empty object. */
export function withoutEmpty(json: Json): Json {
  if (isArray(json)) return json.map(withoutEmpty);
  if (!isObject(json)) return json;
  const members = Object.entries(json).flatMap(([name, value]): [string, Json][] => {
    const kept = value === undefined ? undefined : withoutEmpty(value);
    return kept === undefined || isEmpty(kept) ? [] : [[name, kept]];
  });
  return Object.fromEntries(members);
}

const isEmpty = (json: Json): boolean =>
  isArray(json) ? json.length === 0 : isObject(json) && Object.keys(json).length === 0;
