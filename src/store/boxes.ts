/** A resource as the JSON texts of its class boxes, and back without a loss. */

import { parseBox, parsePlaced } from '../core/box-text.ts';
import { isArray, isObject, type Json, type JsonObject, type ResourceJson } from '../core/json.ts';
import { type PlacedItem, placeItems } from '../core/place-items.ts';
import type { ResourceProfile, TypeDef } from '../definitions/types.ts';

/** The class of an item of a classed list such as `identifier`; the caller binds the type. */
export type ClassifyItem = (element: string, item: Json) => string;

/** What `splitBoxes` needs to know of a type. */
export interface BoxPlan {
  readonly profile: ResourceProfile;
  readonly definition: TypeDef;
  readonly classify: ClassifyItem;
}

// The server's own: they stand in clear, beside the boxes.
const META_OF_SERVER = new Set(['versionId', '_versionId', 'lastUpdated', '_lastUpdated']);

/** Box name → JSON text of an object with the members of that class, in the order of the profile's classes. */
export function splitBoxes(plan: BoxPlan, resource: ResourceJson): ReadonlyMap<string, string> {
  const members = new Map<string, string[]>();
  for (const [property, value] of membersOf(resource)) {
    const element = elementOf(plan.definition, property);
    const { rest, boxed } = takeItems(plan, element, value);
    if (rest !== undefined) add(members, plan.profile.boxOf(element), property, rest);
    for (const [box, items] of boxed) add(members, box, property, items);
  }
  return new Map(
    boxOrder(plan.profile).flatMap((box) => {
      const found = members.get(box);
      return found ? [[box, `{${found.join(',')}}`]] : [];
    }),
  );
}

/** The resource that these boxes hold, with what stands in clear of it. */
export function joinBoxes(
  profile: ResourceProfile,
  clear: { readonly type: string; readonly id: string; readonly version: number; readonly lastUpdated: number },
  boxes: ReadonlyMap<string, string>,
): ResourceJson {
  const itemBoxes = new Set(profile.itemBoxes.map(({ box }) => box));
  const members = new Map<string, Json>();
  const placed = new Map<string, PlacedItem[]>();
  for (const [box, text] of boxes) {
    for (const [property, value] of Object.entries(parseBox(text))) {
      if (value === undefined) continue;
      if (itemBoxes.has(box)) placed.set(property, [...(placed.get(property) ?? []), ...parsePlaced(value)]);
      else members.set(property, value);
    }
  }
  for (const [property, items] of placed) {
    const rest = members.get(property);
    members.set(property, placeItems(isArray(rest) ? rest : [], items));
  }
  const stored = members.get('meta');
  members.delete('meta');
  return {
    resourceType: clear.type,
    id: clear.id,
    meta: serverMeta(clear, isObject(stored) ? stored : {}),
    ...Object.fromEntries(members),
  };
}

/** `meta` with the version in front of what the box holds of it. */
export const serverMeta = (
  { version, lastUpdated }: { readonly version: number; readonly lastUpdated: number },
  rest: JsonObject,
): JsonObject => ({ versionId: String(version), lastUpdated: new Date(lastUpdated).toISOString(), ...rest });

function membersOf(resource: ResourceJson): readonly (readonly [string, Json])[] {
  return Object.entries(resource).flatMap(([property, value]): (readonly [string, Json])[] => {
    if (value === undefined || property === 'resourceType' || property === 'id') return [];
    if (property !== 'meta' || !isObject(value)) return [[property, value]];
    const kept = Object.entries(value).filter(([name]) => !META_OF_SERVER.has(name));
    return kept.length > 0 ? [['meta', Object.fromEntries(kept)]] : [];
  });
}

// `valueQuantity` is of `value`, `_birthDate` of `birthDate`; `_id` lies with `meta`, since `id` stands in clear.
function elementOf(definition: TypeDef, property: string): string {
  const name = property.startsWith('_') ? property.slice(1) : property;
  if (name === 'id') return 'meta';
  const element = definition.properties.get(name)?.element.name;
  if (element === undefined) throw new RangeError(`${definition.name} has no such element`);
  return element;
}

interface Taken {
  /** JSON text of what stays in the member's own box; undefined when nothing does. */
  readonly rest: string | undefined;
  readonly boxed: ReadonlyMap<string, string>;
}

function takeItems({ profile, classify }: BoxPlan, element: string, value: Json): Taken {
  const boxes = profile.itemBoxes.filter((one) => one.element === element);
  if (boxes.length === 0 || !isArray(value)) return { rest: JSON.stringify(value), boxed: new Map() };
  const classes = value.map((item) => classify(element, item));
  const boxed = boxes.flatMap(({ box, itemClass }): [string, string][] => {
    const items = value.flatMap((item, at) => (classes[at] === itemClass ? [[at, item] as const] : []));
    return items.length > 0 ? [[box, JSON.stringify(items)]] : [];
  });
  const away = new Set(boxes.map(({ itemClass }) => itemClass));
  const rest = value.filter((_, at) => !away.has(classes[at] ?? ''));
  return { rest: rest.length > 0 || value.length === 0 ? JSON.stringify(rest) : undefined, boxed: new Map(boxed) };
}

function add(members: Map<string, string[]>, box: string, property: string, text: string): void {
  const list = members.get(box) ?? [];
  list.push(`${JSON.stringify(property)}:${text}`);
  members.set(box, list);
}

const boxOrder = (profile: ResourceProfile): readonly string[] => [
  ...profile.classes.keys(),
  ...profile.itemBoxes.map(({ box }) => box),
];
