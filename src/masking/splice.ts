/** A record as JSON text through a caller's views; boxes that are shown whole are never parsed (DESIGN.md idea 4). */
import { parseBox, parsePlaced } from '../core/box-text.ts';
import type { Masked } from '../core/brands.ts';
import { DamagedRecordError } from '../core/errors.ts';
import { isArray, type Json, type JsonObject } from '../core/json.ts';
import { placeItems } from '../core/place-items.ts';
import type { MaskedText, OpenRecord } from '../core/record.ts';
import type { Definitions, ResourceProfile } from '../definitions/types.ts';
import { type Seeing, seeHead, seeMembers, seeResource } from './see.ts';
import type { ViewState } from './state.ts';
import type { View } from './view.ts';

/** The only maker of a masked text (STYLE.md 22). */
const brand = (text: string): MaskedText => ({ text }) as Masked<{ text: string }>;

type BoxUse = 'none' | 'whole' | 'parse';

/** How a set of views uses each box of a type; worked out once a set. */
type BoxPlan = ReadonlyMap<string, { readonly use: BoxUse; readonly items: boolean }>;

/** Makes `maskRecord`, which gives a record's text through a caller's views, for the definitions of a server. */
export function createRecordMasker(definitions: Definitions) {
  const plans = new WeakMap<View, Map<string, BoxPlan>>();
  const planFor = (views: readonly View[]): BoxPlan => {
    const [first] = views;
    if (!first) return new Map();
    const known = plans.get(first) ?? new Map<string, BoxPlan>();
    plans.set(first, known);
    const key = views.map((view) => view.role).join(' ');
    const plan = known.get(key) ?? planBoxes(views, definitions);
    known.set(key, plan);
    return plan;
  };
  return (record: OpenRecord, seeing: Seeing): MaskedText => {
    if (seeing.views.some((view) => view.needsAge)) return maskWhole(record, seeing);
    return maskBoxes(record, seeing, planFor(seeing.views));
  };
}

// `first`: members that boxes shown whole would have put in front. Order must not tell of what else is stored.
function maskWhole(record: OpenRecord, seeing: Seeing, first: readonly string[] = []): MaskedText {
  const resource = record.resource();
  if (!resource) throw new DamagedRecordError('a deletion has no content');
  const { resourceType, id, meta, ...members } = seeResource(resource, record, seeing);
  const front = Object.fromEntries(first.map((name) => [name, members[name]]));
  return brand(JSON.stringify({ resourceType, id, meta, ...front, ...members }));
}

function maskBoxes(record: OpenRecord, seeing: Seeing, plan: BoxPlan): MaskedText {
  const spliced: string[] = [];
  const members: Record<string, Json | undefined> = {};
  const placed: JsonObject[] = [];
  let holdsContained = false;
  for (const box of record.boxNames) {
    const { use, items } = plan.get(box) ?? { use: 'parse', items: false };
    const text = use === 'none' ? undefined : record.open(box);
    if (text === undefined) continue;
    holdsContained ||= text.includes('"contained":');
    // `meta` joins the server's own.
    if (use === 'whole' && !text.includes('"meta":')) spliced.push(text);
    else if (items) placed.push(parseBox(text));
    else Object.assign(members, parseBox(text));
  }
  // Labels follow from all that is seen, and a contained resource is shown while something visible points to it.
  const whole: JsonObject = seeing.assign || holdsContained ? Object.assign({}, ...spliced.map(parseBox)) : {};
  if (holdsContained) return maskWhole(record, seeing, Object.keys(whole));
  for (const items of placed) joinItems(members, items);
  const visible = seeMembers(members, seeing);
  const head = JSON.stringify(seeHead(members['meta'], { ...whole, ...visible }, { envelope: record, seeing }));
  const inner = [head, ...spliced, JSON.stringify(visible)].map((text) => text.slice(1, -1));
  return brand(`{${inner.filter((part) => part !== '').join(',')}}`);
}

function joinItems(members: Record<string, Json | undefined>, boxed: JsonObject): void {
  for (const [element, pairs] of Object.entries(boxed)) {
    const items = members[element];
    members[element] = placeItems(isArray(items) ? items : [], parsePlaced(pairs));
  }
}

function planBoxes(views: readonly View[], definitions: Definitions): BoxPlan {
  const profile = definitions.profile(views[0]?.type ?? '');
  const plan = new Map<string, { use: BoxUse; items: boolean }>();
  for (const [box, elements] of profile.classes) {
    const uses = elements.flatMap((element) => elementUses(views, definitions, profile, element));
    plan.set(box, { use: joinUses(uses), items: false });
  }
  for (const { box, element, itemClass } of profile.itemBoxes) {
    const shown = classUse(views, element, itemClass) !== 'none';
    plan.set(box, { use: shown ? 'parse' : 'none', items: true });
    // The items belong among those of the member box, so that one must be at hand as members.
    const home = profile.boxOf(element);
    if (shown) plan.set(home, { use: 'parse', items: false });
  }
  return plan;
}

function joinUses(uses: readonly BoxUse[]): BoxUse {
  if (uses.every((use) => use === 'none')) return 'none';
  return uses.every((use) => use === 'whole') ? 'whole' : 'parse';
}

function elementUses(
  views: readonly View[],
  definitions: Definitions,
  profile: ResourceProfile,
  element: string,
): readonly BoxUse[] {
  if (element === 'contained') return ['parse'];
  const classes = profile.itemClasses.get(element);
  if (classes) {
    const boxed = profile.itemBoxes.filter((each) => each.element === element).map((each) => each.itemClass);
    const here = [...classes.map((each) => each.name), 'other'].filter((name) => !boxed.includes(name));
    return here.map((name) => classUse(views, element, name));
  }
  const properties = definitions.type(profile.type)?.properties ?? new Map();
  return [...properties]
    .filter(([, property]) => property.element.name === element)
    .map(([name]) => unionUse(views.map((view) => view.state.child(name).only)));
}

// The use of an item class is known beforehand only where nothing but classes decides.
function classUse(views: readonly View[], element: string, itemClass: string): BoxUse {
  const states = views.map((view) => {
    const transition = view.state.child(element);
    const decided = transition.filters.every((filter) => filter.kind === 'class');
    return decided ? transition.stateFor((filter) => filter.kind === 'class' && filter.name === itemClass) : undefined;
  });
  return unionUse(states);
}

function unionUse(states: readonly (ViewState | undefined)[]): BoxUse {
  if (states.some((state) => state?.whole)) return 'whole';
  return states.every((state) => state?.hidden) ? 'none' : 'parse';
}
