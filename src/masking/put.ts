/**
 * `put` of the lens: what a caller sent back, laid over what is stored. What the caller's views hide stays as it is;
 * what the caller may not write is refused when changed. Nothing here depends on hidden content but the result.
 */
import { equalJson, isArray, isObject, type Json, type JsonObject } from '../core/json.ts';
import type { FhirNode } from '../fhirpath/path.ts';
import { childStates, childType, itemNodes, maskNode, toNode, writeNodes } from './get.ts';
import { isOwnMark, isPrimitive } from './markers.ts';
import { refuseOtherType } from './put-choice.ts';
import { putItems } from './put-items.ts';
import { holdsMark, itemScope, mayNotChange, mayNotWrite, mayWrite, type PutScope, sameNode } from './put-scope.ts';
import { lookAt } from './sent.ts';

/** Lays `edited` members over `stored` ones. Throws 403 naming the element, or 409 where it would have to guess. */
export function putMembers(stored: JsonObject, edited: JsonObject, scope: PutScope): JsonObject {
  const look = lookAt(stored, edited, scope);
  refuseOtherType(look, scope);
  const out: Record<string, Json> = Object.create(null);
  // What was sent comes first: which refusal is met first must not depend on hidden names.
  for (const name of baseNames(look.sent, look.seen, stored)) putProperty(out, stored, look.sent, { name, scope });
  return out;
}

function baseNames(...objects: readonly JsonObject[]): ReadonlySet<string> {
  const names = objects.flatMap((object) => Object.keys(object));
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
    const before = itemNodes(value, sibling, type);
    writeNodes(out, name, putItems(before, itemNodes(newValue, newSibling, type), { name, scope, putAt }));
    return;
  }
  const before = present(toNode(value, sibling, type));
  const after = present(toNode(newValue, newSibling, type));
  const result = putSingle(before, after, { name, scope });
  if (result?.value !== undefined) out[name] = result.value;
  if (result?.sibling !== undefined) out[`_${name}`] = result.sibling;
}

const present = (node: FhirNode): FhirNode | undefined =>
  node.value === undefined && node.sibling === undefined ? undefined : node;

function putSingle(
  before: FhirNode | undefined,
  after: FhirNode | undefined,
  { name, scope }: Place,
): FhirNode | undefined {
  const path = `${scope.path}.${name}`;
  const states = before && childStates(scope.states, name, before, 0, scope.context);
  const seen = before && maskNode(before, states ?? [], scope.context);
  // Where a predicate may hide what stands here, one who sees nothing cannot tell whether something does.
  if (after && !seen && !scope.fresh && mayBeHidden(name, scope)) throw mayNotWrite(path);
  return putAt(before, after, { scope, name, index: 0, path });
}

const mayBeHidden = (name: string, scope: PutScope): boolean =>
  scope.states.every((state) => {
    const least = state.child(name).least();
    return least.hidden || least.actions.length > 0;
  });

/** Where a node is put: one of the items of a property. */
export interface PutPlace {
  readonly scope: PutScope;
  readonly name: string;
  readonly index: number;
  readonly path: string;
}

function putAt(before: FhirNode | undefined, after: FhirNode | undefined, place: PutPlace): FhirNode | undefined {
  const result = putNode(before, after, itemScope(place.scope, place, before, after));
  if (before && after && result) refuseOtherSight(before, after, result, place);
  return result;
}

// An edit may not turn an item into one that its writer sees otherwise than as it was sent.
function refuseOtherSight(before: FhirNode, after: FhirNode, result: FhirNode, place: PutPlace): void {
  const { scope, name, index, path } = place;
  const statesOf = (node: FhirNode) => childStates(scope.states, name, node, index, scope.context);
  const known = statesOf(before);
  const states = statesOf(result);
  if (states.every((state, i) => state === known[i])) return;
  // What is hidden of it would come to light under the other states: by definition, never by what is there.
  if (!known.some((state) => state.whole)) throw mayNotChange(path);
  if (!sameNode(maskNode(result, states, scope.context), after)) throw mayNotWrite(path);
}

/** One node; undefined where nothing is left of it. */
function putNode(stored: FhirNode | undefined, edited: FhirNode | undefined, scope: PutScope): FhirNode | undefined {
  const { states, context, path } = scope;
  const seen = stored && maskNode(stored, states, context);
  if (sameNode(seen, edited)) return stored;
  const visible = states.filter((state) => !state.hidden);
  if (visible.length === 0) throw mayNotWrite(path);
  const whole = visible.some((state) => state.whole);
  if (!whole && visible.every((state) => state.actions.length > 0)) throw mayNotChange(path);
  // What a mark stands for is hidden: the mark comes back as it was read, or with nothing changed around it.
  if (isOwnMark(stored?.sibling)) throw mayNotChange(path);
  if (whole && mayWrite(scope, edited) && !holdsMark(stored)) return edited;
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
