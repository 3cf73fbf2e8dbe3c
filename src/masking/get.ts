/** `get` of the lens: a resource as a caller's views show it. */
import { isArray, isObject, type Json, type JsonObject } from '../core/json.ts';
import type { Definitions } from '../definitions/types.ts';
import type { FhirNode } from '../fhirpath/path.ts';
import type { ActionContext } from './actions/action.ts';
import { isOwnMark, isPrimitive, markerMembers } from './markers.ts';
import type { FilterContext, ViewState } from './state.ts';

export interface MaskContext extends FilterContext, ActionContext {
  readonly definitions: Definitions;
}

/** A node as the union of the states shows it; undefined when none does. */
export function maskNode(node: FhirNode, states: readonly ViewState[], context: MaskContext): FhirNode | undefined {
  const visible = states.filter((state) => !state.hidden);
  if (visible.length === 0) return undefined;
  if (visible.some((state) => state.whole)) return node;
  // A rule that alters yields to a view that shows (CONTRACT.md "Tokens").
  const unaltered = visible.filter((state) => state.actions.length === 0);
  if (unaltered.length === 0) return alter(node, visible[0], context);
  return isPlain(node, context) ? maskPrimitive(node, unaltered, context) : maskComplex(node, unaltered, context);
}

function alter(node: FhirNode, state: ViewState | undefined, context: MaskContext): FhirNode | undefined {
  let altered: FhirNode | undefined = node;
  for (const action of state?.actions ?? []) {
    altered = altered && action.apply(altered, context);
  }
  return altered;
}

const isPlain = (node: FhirNode, context: MaskContext): boolean =>
  node.type === '' ? !isObject(node.value) : isPrimitive(context.definitions, node.type);

function maskPrimitive(node: FhirNode, states: readonly ViewState[], context: MaskContext): FhirNode | undefined {
  const shown = states.some((state) => state.leaf !== undefined);
  // `put` marks references to what is hidden before it compares: that mark is seen, also where extensions are not.
  if (shown && isOwnMark(node.sibling)) return node;
  const sibling = node.sibling && maskMembers(node.sibling, states, context);
  const kept = sibling && Object.keys(sibling).length > 0 ? { sibling } : {};
  const value = shown ? node.value : undefined;
  return value === undefined && !('sibling' in kept) ? undefined : { value, type: node.type, ...kept };
}

function maskComplex(node: FhirNode, states: readonly ViewState[], context: MaskContext): FhirNode | undefined {
  if (!isObject(node.value)) return undefined;
  const members = maskMembers(node.value, states, context);
  return isEmpty(members) ? undefined : { value: fillMarkers(members, states, context), type: node.type };
}

// An item of which only its element id is left tells nothing.
const isEmpty = (members: JsonObject): boolean => Object.keys(members).length === 0;

/** The members of an object that the states show, without markers. */
export function maskMembers(object: JsonObject, states: readonly ViewState[], context: MaskContext): JsonObject {
  const out: Record<string, Json> = Object.create(null);
  for (const key of Object.keys(object)) {
    const name = key.startsWith('_') ? key.slice(1) : key;
    // A primitive's sibling is masked with its value, or here when it has none.
    if (name !== key && Object.hasOwn(object, name)) continue;
    maskProperty(object, name, states, { out, context });
  }
  return out;
}

interface Target {
  readonly out: Record<string, Json>;
  readonly context: MaskContext;
}

function maskProperty(object: JsonObject, name: string, states: readonly ViewState[], target: Target): void {
  const value = Object.hasOwn(object, name) ? object[name] : undefined;
  const sibling = Object.hasOwn(object, `_${name}`) ? object[`_${name}`] : undefined;
  if (isArray(value) || isArray(sibling)) {
    writeNodes(target.out, name, maskItems(itemNodes(value, sibling, childType(states, name)), name, states, target));
    return;
  }
  const node = toNode(value, sibling, childType(states, name));
  const masked = maskNode(node, childStates(states, name, node, 0, target.context), target.context);
  if (masked?.value !== undefined) target.out[name] = masked.value;
  if (masked?.sibling !== undefined) target.out[`_${name}`] = masked.sibling;
}

function maskItems(nodes: readonly FhirNode[], name: string, states: readonly ViewState[], target: Target) {
  return nodes
    .map((node, index) => maskNode(node, childStates(states, name, node, index, target.context), target.context))
    .filter((node) => node !== undefined);
}

/** The items of an array property with their siblings, by position. */
export function itemNodes(value: Json | undefined, sibling: Json | undefined, type: string): readonly FhirNode[] {
  const values = isArray(value) ? value : [];
  const siblings = isArray(sibling) ? sibling : [];
  const length = Math.max(values.length, siblings.length);
  return Array.from({ length }, (_, i) => toNode(values[i] ?? undefined, siblings[i] ?? undefined, type));
}

/** A node of a value and its sibling. */
export const toNode = (value: Json | undefined, sibling: Json | undefined, type: string): FhirNode => ({
  value: value === null ? undefined : value,
  type,
  ...(isObject(sibling) ? { sibling } : {}),
});

/** Writes items back as an array and, where any has a sibling, the array of siblings. */
export function writeNodes(out: Record<string, Json>, name: string, nodes: readonly FhirNode[]): void {
  if (nodes.length === 0) return;
  if (nodes.some((node) => node.value !== undefined)) out[name] = nodes.map((node) => node.value ?? null);
  if (nodes.some((node) => node.sibling !== undefined)) out[`_${name}`] = nodes.map((node) => node.sibling ?? null);
}

/** FHIR type of a property, as any of the states knows it. */
export const childType = (states: readonly ViewState[], name: string): string => states[0]?.child(name).type ?? '';

/** The states of one item of a property. */
export function childStates(
  states: readonly ViewState[],
  name: string,
  item: FhirNode,
  index: number,
  context: FilterContext,
): readonly ViewState[] {
  return states.map((state) => state.child(name).stateOf(item, index, context, state.type));
}

/**
 * Adds the markers that a view's definition asks for: `mask` rules always, elements that R4 requires where nothing is
 * left of them.
 */
export function fillMarkers(members: JsonObject, states: readonly ViewState[], context: MaskContext): JsonObject {
  let filled = members;
  const everywhere = states[0]?.masked.filter((element) => states.every((state) => state.masked.includes(element)));
  for (const element of everywhere ?? []) {
    filled = addMarker(filled, markerMembers(context.definitions, element));
  }
  for (const element of states[0]?.required ?? []) {
    if (states.some((state) => state.whole || !state.required.includes(element))) continue;
    if (!hasElement(filled, states[0], element.name, element.choice)) {
      filled = { ...filled, ...markerMembers(context.definitions, element) };
    }
  }
  return filled;
}

// A masked list keeps the items that other rules leave, with one marker behind them.
function addMarker(members: JsonObject, marker: JsonObject): JsonObject {
  const out: Record<string, Json> = Object.create(null);
  for (const [name, value] of Object.entries(members)) if (value !== undefined) out[name] = value;
  for (const [key, value] of Object.entries(marker)) {
    const name = key.startsWith('_') ? key.slice(1) : key;
    if (isArray(value)) writeNodes(out, name, [...nodesOf(out, name), ...nodesOf(marker, name)]);
    else if (value !== undefined) out[key] = value;
  }
  return out;
}

const nodesOf = (members: JsonObject, name: string): readonly FhirNode[] =>
  itemNodes(members[name], members[`_${name}`], '');

function hasElement(members: JsonObject, state: ViewState | undefined, name: string, choice: boolean): boolean {
  if (!choice) return Object.hasOwn(members, name) || Object.hasOwn(members, `_${name}`);
  return Object.keys(members).some((key) => {
    const property = key.startsWith('_') ? key.slice(1) : key;
    return state?.child(property).element?.name === name;
  });
}
