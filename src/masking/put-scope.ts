/** What a put knows at one place of a resource: who sees it, who may write it, and how a refusal there reads. */
import { conflict, forbidden } from '../core/errors.ts';
import { equalJson, isArray, isObject, type Json } from '../core/json.ts';
import type { FhirNode } from '../fhirpath/path.ts';
import { childStates, type MaskContext, maskNode } from './get.ts';
import { isOwnMark } from './markers.ts';
import type { ViewState } from './state.ts';

/** What a put works with; `write` states must all permit a change. */
export interface PutScope {
  readonly states: readonly ViewState[];
  readonly write: readonly ViewState[];
  readonly context: MaskContext;
  /** FHIRPath of the place, such as `Patient.telecom[0]`. */
  readonly path: string;
  /** The place is new by what was seen and sent: nothing hidden can stand here. */
  readonly fresh: boolean;
}

/** The place of one item of a property; a property that is no list has index 0. */
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
  const { context, fresh } = scope;
  const nothing: FhirNode = { value: undefined, type: '' };
  const states = childStates(scope.states, place.name, before ?? after ?? nothing, place.index, context);
  const seen = before && maskNode(before, states, context);
  const write = [seen, after]
    .filter((node) => node !== undefined)
    .flatMap((node) => childStates(scope.write, place.name, node, place.index, context));
  return { states, write, context, path: place.path, fresh };
}

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

/** Whether a reference somewhere in a node stands under a mark of this put: then it is no whole that can be replaced. */
export const holdsMark = (node: FhirNode | undefined): boolean => isOwnMark(node?.sibling) || markIn(node?.value);

function markIn(value: Json | undefined): boolean {
  if (isArray(value)) return value.some(markIn);
  if (!isObject(value)) return false;
  const mark = value['_reference'];
  return (isObject(mark) && isOwnMark(mark)) || Object.values(value).some(markIn);
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
    path,
  );
