/**
 * `put` of the lens: what a caller sent back, laid over what is stored. What the caller's views hide stays as it is;
 * what the caller may not write is refused when changed. Nothing here depends on hidden content but the result.
 */
import { conflict, forbidden } from '../core/errors.ts';
import { equalJson, isArray, isObject, type Json, type JsonObject } from '../core/json.ts';
import type { FhirNode } from '../fhirpath/path.ts';
import {
  childStates,
  childType,
  fillMarkers,
  itemNodes,
  type MaskContext,
  maskMembers,
  maskNode,
  toNode,
  writeNodes,
} from './get.ts';
import { isPrimitive } from './markers.ts';
import { putItems } from './put-items.ts';
import type { ViewState } from './state.ts';

/** What a put works with; `write` states must all permit a change. */
export interface PutScope {
  readonly states: readonly ViewState[];
  readonly write: readonly ViewState[];
  readonly context: MaskContext;
  /** FHIRPath of the place, such as `Patient.telecom[0]`. */
  readonly path: string;
}

/** Lays `edited` members over `stored` ones. Throws 403 naming the element, or 409 where it would have to guess. */
export function putMembers(stored: JsonObject, edited: JsonObject, scope: PutScope): JsonObject {
  const sent = withoutMarkers(stored, edited, scope);
  const out: Record<string, Json> = Object.create(null);
  // What was sent comes first: which refusal is met first must not depend on hidden names.
  for (const name of baseNames(sent, stored)) putProperty(out, stored, sent, { name, scope });
  refuseTwoChoices(out, stored, sent, scope);
  return out;
}

// The markers that a view adds to what R4 requires come back from a client that saves what it read.
function withoutMarkers(stored: JsonObject, edited: JsonObject, scope: PutScope): JsonObject {
  const masked = maskMembers(stored, scope.states, scope.context);
  const filled = fillMarkers(masked, scope.states, scope.context);
  const markers = Object.keys(filled).filter((name) => !equalJson(filled[name], masked[name]));
  const sent: Record<string, Json | undefined> = { ...edited };
  for (const name of markers) {
    if (!equalJson(sent[name], filled[name])) continue;
    if (masked[name] === undefined) delete sent[name];
    else sent[name] = masked[name];
  }
  return sent;
}

function baseNames(a: JsonObject, b: JsonObject): ReadonlySet<string> {
  const names = [...Object.keys(a), ...Object.keys(b)];
  return new Set(names.map((name) => (name.startsWith('_') ? name.slice(1) : name)));
}

interface Place {
  readonly name: string;
  readonly scope: PutScope;
}

const own = (object: JsonObject, name: string): Json | undefined =>
  Object.hasOwn(object, name) ? object[name] : undefined;

function putProperty(out: Record<string, Json>, stored: JsonObject, edited: JsonObject, { name, scope }: Place): void {
  const pairs = [own(stored, name), own(stored, `_${name}`), own(edited, name), own(edited, `_${name}`)] as const;
  const [value, sibling, newValue, newSibling] = pairs;
  const type = childType(scope.states, name);
  if (pairs.some(isArray)) {
    writeNodes(
      out,
      name,
      putItems(itemNodes(value, sibling, type), itemNodes(newValue, newSibling, type), { name, scope }),
    );
    return;
  }
  const before = present(toNode(value, sibling, type));
  const after = present(toNode(newValue, newSibling, type));
  const result = putNode(before, after, childScope(scope, name, before, after));
  if (result?.value !== undefined) out[name] = result.value;
  if (result?.sibling !== undefined) out[`_${name}`] = result.sibling;
}

const present = (node: FhirNode): FhirNode | undefined =>
  node.value === undefined && node.sibling === undefined ? undefined : node;

/** The scope of a property that is no list. */
function childScope(
  scope: PutScope,
  name: string,
  before: FhirNode | undefined,
  after: FhirNode | undefined,
): PutScope {
  const path = `${scope.path}.${name}`;
  return itemScope(scope, { name, index: 0, path }, before, after);
}

export interface ItemPlace {
  readonly name: string;
  readonly index: number;
  readonly path: string;
}

/**
 * The scope of one item. It is seen by the stored item's states where there is one; it is written by those of the
 * item as seen before and as sent, both.
 */
export function itemScope(
  scope: PutScope,
  place: ItemPlace,
  before: FhirNode | undefined,
  after: FhirNode | undefined,
): PutScope {
  const { context } = scope;
  const nothing: FhirNode = { value: undefined, type: '' };
  const states = childStates(scope.states, place.name, before ?? after ?? nothing, place.index, context);
  const seen = before && maskNode(before, states, context);
  const write = [seen, after]
    .filter((node) => node !== undefined)
    .flatMap((node) => childStates(scope.write, place.name, node, place.index, context));
  if (seen && after) refuseOtherSight(scope, place, seen, after);
  return { states, write, context, path: place.path };
}

// An edit may not turn an item into one that its writer could not see as it was sent.
function refuseOtherSight(scope: PutScope, place: ItemPlace, seen: FhirNode, after: FhirNode): void {
  const statesOf = (node: FhirNode) => childStates(scope.states, place.name, node, place.index, scope.context);
  const known = statesOf(seen);
  const states = statesOf(after);
  if (states.every((state, i) => state === known[i])) return;
  // What is hidden of it would come to light under the other states: by definition, never by what is there.
  if (!known.some((state) => state.whole)) throw mayNotChange(place.path);
  if (!sameNode(maskNode(after, states, scope.context), after)) throw mayNotWrite(place.path);
}

/** One node; undefined where nothing is left of it. */
export function putNode(
  stored: FhirNode | undefined,
  edited: FhirNode | undefined,
  scope: PutScope,
): FhirNode | undefined {
  const { states, context, path } = scope;
  const seen = stored && maskNode(stored, states, context);
  if (sameNode(seen, edited)) return stored;
  const visible = states.filter((state) => !state.hidden);
  if (visible.length === 0) throw mayNotWrite(path);
  const whole = visible.some((state) => state.whole);
  if (!whole && visible.every((state) => state.actions.length > 0)) throw mayNotChange(path);
  if (whole && mayWrite(scope, edited)) return edited;
  // A place with values of its own takes one of them, and nothing below it opens a way round that.
  if (scope.write.some((state) => state.values !== undefined) && !mayWrite(scope, edited)) throw mayNotChange(path);
  if (!edited && !mayWrite(scope, edited)) throw mayNotChange(path);
  const type = (edited ?? stored)?.type ?? '';
  const plain = type === '' ? !isObject((edited ?? stored)?.value) : isPrimitive(context.definitions, type);
  // As `get` does: below a place, a view that hides or alters it has no say.
  const below = { ...scope, states: visible.filter((state) => state.actions.length === 0) };
  return plain ? putPrimitive(stored, edited, below) : putComplex(stored, edited, below);
}

function putPrimitive(
  stored: FhirNode | undefined,
  edited: FhirNode | undefined,
  scope: PutScope,
): FhirNode | undefined {
  if (!equalJson(stored?.value, edited?.value) && !mayWrite(scope, edited)) throw mayNotChange(scope.path);
  if (!scope.states.some((state) => state.leaf !== undefined) && edited?.value !== undefined)
    throw mayNotWrite(scope.path);
  const sibling = putMembers(stored?.sibling ?? {}, edited?.sibling ?? {}, scope);
  return present({
    value: edited?.value,
    type: (edited ?? stored)?.type ?? '',
    ...(Object.keys(sibling).length > 0 ? { sibling } : {}),
  });
}

function putComplex(stored: FhirNode | undefined, edited: FhirNode | undefined, scope: PutScope): FhirNode | undefined {
  const members = putMembers(objectOf(stored), objectOf(edited), scope);
  return Object.keys(members).length === 0 ? undefined : { value: members, type: (edited ?? stored)?.type ?? '' };
}

const objectOf = (node: FhirNode | undefined): JsonObject => (isObject(node?.value) ? node.value : {});

/** Whether the whole of a node may be set to what was sent. */
export function mayWrite(scope: PutScope, edited: FhirNode | undefined): boolean {
  return scope.write.length > 0 && scope.write.every((state) => state.leaf === 'all' && allowsValue(state, edited));
}

function allowsValue(state: ViewState, edited: FhirNode | undefined): boolean {
  // Values below this place are judged there: a place that is whole has none.
  if (state.values === undefined) return !state.narrowed;
  return typeof edited?.value === 'string' && state.values.has(edited.value);
}

/** Whether two nodes look the same. */
export const sameNode = (a: FhirNode | undefined, b: FhirNode | undefined): boolean =>
  equalJson(a?.value, b?.value) && equalJson(a?.sibling, b?.sibling);

// One choice type only: what a view may hide of the old one would stand beside the new one.
function refuseTwoChoices(out: JsonObject, stored: JsonObject, edited: JsonObject, scope: PutScope): void {
  const types = new Map<string, string>();
  for (const name of baseNames(out, {})) {
    const element = scope.states[0]?.child(name).element;
    if (!element?.choice) continue;
    const other = types.get(element.name);
    types.set(element.name, name);
    if (other === undefined) continue;
    const gone = Object.hasOwn(edited, name) || Object.hasOwn(edited, `_${name}`) ? other : name;
    throw Object.hasOwn(stored, gone) || Object.hasOwn(stored, `_${gone}`)
      ? mustGuess(`${scope.path}.${element.name}`)
      : mayNotWrite(`${scope.path}.${element.name}`);
  }
}

/** 403: the writer does not see the element. */
export const mayNotWrite = (path: string) =>
  forbidden(`${path} is not open to this role. Leave it out: what is stored there stays as it is.`, path);

/** 403: the writer sees the element and may not change it. */
export const mayNotChange = (path: string) =>
  forbidden(`${path} may not be changed by this role. Send back the value that was read.`, path);

/** 409: which stored item an edited one is cannot be told. */
export const mustGuess = (path: string) =>
  conflict(
    `Which stored item of ${path} was meant cannot be told. Read the resource again and change one item at a time.`,
  );
