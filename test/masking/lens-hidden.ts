/** Hidden places of a resource: guesses of what stands there, and twins that differ there alone. */
import { equalJson, isArray, isObject, type Json, type JsonObject, type ResourceJson } from '../../src/core/json.ts';
import { type Choices, enrichOnce } from './lens-resources.ts';
import { validate } from './lens-world.ts';

type Path = readonly (string | number)[];

interface Hidden {
  /** Where it stands in what is stored. */
  readonly stored: Path;
  /** Where a guess of it would be sent. */
  readonly seen: Path;
  readonly value: Json;
}

/** The members and items of a stored value that its reader is not shown as they are. */
function hiddenPlaces(stored: Json, seen: Json | undefined, at: Omit<Hidden, 'value'>): readonly Hidden[] {
  if (seen === undefined || stored === null) return [{ ...at, value: stored }];
  if (isArray(stored) && isArray(seen)) return hiddenItems(stored, seen, at);
  if (!isObject(stored) || !isObject(seen)) return equalJson(stored, seen) ? [] : [{ ...at, value: stored }];
  return Object.entries(stored).flatMap(([name, value]) =>
    value === undefined
      ? []
      : hiddenPlaces(value, seen[name], { stored: [...at.stored, name], seen: [...at.seen, name] }),
  );
}

function hiddenItems(stored: readonly Json[], seen: readonly Json[], at: Omit<Hidden, 'value'>): readonly Hidden[] {
  return stored.flatMap((item, i) => {
    if (seen.some((shown) => equalJson(shown, item))) return [];
    if (stored.length === seen.length)
      return hiddenPlaces(item, seen[i], { stored: [...at.stored, i], seen: [...at.seen, i] });
    return [{ stored: [...at.stored, i], seen: [...at.seen, seen.length], value: item }];
  });
}

const EXEMPT = new Set(['meta', 'text', 'id', 'resourceType']);

function placesOf(stored: ResourceJson, seen: ResourceJson): readonly Hidden[] {
  return hiddenPlaces(stored, seen, { stored: [], seen: [] }).filter(
    ({ stored: [first] }) => !EXEMPT.has(String(first)),
  );
}

/** What a caller may send to test what it does not see, and a world in which that guess is wrong. */
export interface Guess {
  readonly sent: ResourceJson;
  readonly elsewhere: ResourceJson;
}

/** A guess of one hidden value that is right in `stored`; undefined where nothing is hidden. */
export function guessOf(
  stored: ResourceJson,
  get: (stored: ResourceJson) => ResourceJson,
  choices: Choices,
): Guess | undefined {
  const seen = get(stored);
  const place = choices.of(placesOf(stored, seen));
  if (!place) return undefined;
  const sent = asResource(setAt(seen, place.seen, place.value), seen);
  const elsewhere = asResource(setAt(stored, place.stored, otherThan(place.value)), stored);
  return equalJson(get(elsewhere), seen) ? { sent, elsewhere } : undefined;
}

/** A resource that looks the same to the caller and differs in what is hidden; undefined where none was found. */
export function twinOf(
  stored: ResourceJson,
  get: (stored: ResourceJson) => ResourceJson,
  choices: Choices,
): ResourceJson | undefined {
  const seen = get(stored);
  const places = placesOf(stored, seen);
  for (let left = 3; left > 0; left--) {
    const place = choices.of(places);
    const twin = place && choices.below(3) > 0 ? changed(stored, place, choices) : enrichOnce(stored, choices);
    const differs = !equalJson(twin, stored) && equalJson(get(twin), seen);
    if (differs && validate(twin, stored.resourceType).length === 0) return twin;
  }
  return undefined;
}

function changed(stored: ResourceJson, place: Hidden, choices: Choices): ResourceJson {
  const value = choices.below(2) === 0 ? undefined : otherThan(place.value);
  return asResource(setAt(stored, place.stored, value), stored);
}

const asResource = (value: Json | undefined, like: ResourceJson): ResourceJson =>
  isObject(value)
    ? { ...value, resourceType: like.resourceType, ...(like.id === undefined ? {} : { id: like.id }) }
    : like;

// Every text, number and truth value in it becomes another; names and shapes stay.
function otherThan(value: Json): Json {
  if (typeof value === 'string') return /^\d{4}/.test(value) ? '1888' : `${value}x`;
  if (typeof value === 'number') return value + 1;
  if (typeof value === 'boolean') return !value;
  if (isArray(value)) return value.map(otherThan);
  if (!isObject(value)) return value;
  const KEEP = new Set(['resourceType', 'system', 'url', 'reference']);
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [
      name,
      member === undefined || (KEEP.has(name) && Object.keys(value).length > 1) ? member : otherThan(member),
    ]),
  );
}

/** A value with one place set; taken away where it is set to nothing. */
function setAt(value: Json | undefined, [step, ...rest]: Path, to: Json | undefined): Json | undefined {
  if (step === undefined) return to;
  if (typeof step === 'number') {
    const list = isArray(value) ? value : [];
    const item = setAt(list[step], rest, to);
    const items =
      item === undefined ? list.toSpliced(step, 1) : [...list.slice(0, step), item, ...list.slice(step + 1)];
    return items.length > 0 ? items : undefined;
  }
  const holder: JsonObject = isObject(value) ? value : {};
  const member = setAt(holder[step], rest, to);
  const { [step]: _old, ...others } = holder;
  const members = member === undefined ? others : { ...others, [step]: member };
  return Object.keys(members).length > 0 ? members : undefined;
}
