/** FHIRPath Patch (R4 fhirpatch.html): the operations of a Parameters resource, applied to what the caller sees. */
import { isArray, isObject, type Json, type JsonObject, type ResourceJson } from '../core/json.ts';
import type { Definitions } from '../definitions/types.ts';
import { compileSentPath, FhirPathError, type Located, locateNodes, type Step, siblingWay } from '../fhirpath/path.ts';
import { type Budget, createBudget } from './budget.ts';
import { editHolder, isList, valueAt, type Way, withMember, withoutMember } from './edit.ts';
import { type PatchOperation, type PatchValue, readOperations } from './fhirpath-operations.ts';
import { choiceName, type PlainValue, plainValue, propertyFor, type Target } from './fhirpath-values.ts';
import { badOperation, cannotApply } from './refusals.ts';

/** Applies all operations in their order, or throws 422 naming the first that fails. */
export function applyFhirPathPatch(definitions: Definitions, resource: ResourceJson, patch: JsonObject): Json {
  const budget = createBudget();
  return readOperations(patch).reduce<Json>(
    (json, operation, index) => applyOne(json, operation, { definitions, budget, index, type: resource.resourceType }),
    resource,
  );
}

interface At {
  readonly definitions: Definitions;
  readonly budget: Budget;
  readonly index: number;
  readonly type: string;
}

function applyOne(json: Json, operation: PatchOperation, at: At): Json {
  const steps = stepsOf(operation.path, at);
  switch (operation.kind) {
    case 'add':
      return add(json, steps, operation, at);
    case 'insert':
      return insert(json, listAt(json, steps, at), operation, at);
    case 'delete':
      return remove(json, steps, at);
    case 'replace':
      return replace(json, steps, operation.value, at);
    case 'move':
      return move(json, listAt(json, steps, at), operation, at);
    default:
      return operation satisfies never;
  }
}

function stepsOf(path: string, { definitions, type, index }: At): readonly Step[] {
  try {
    return compileSentPath(definitions, type, path).steps;
  } catch (error) {
    // Its message may hold what was sent.
    if (!(error instanceof FhirPathError)) throw error;
    throw badOperation(
      index,
      'the path is not one that can be followed: elements of the type, [index], where(), ofType() and extension().',
    );
  }
}

function locate(json: Json, steps: readonly Step[], { type }: At): readonly Located[] {
  return locateNodes(steps, { value: json, type }, {});
}

function single(json: Json, steps: readonly Step[], at: At): Located {
  const [first, ...more] = locate(json, steps, at);
  if (!first) throw cannotApply(at.index, 'its path leads to nothing in the resource as you see it.');
  if (more.length > 0) throw cannotApply(at.index, 'its path must lead to one element, and leads to several.');
  return first;
}

function edited(json: Json | undefined, { index }: At): Json {
  if (json === undefined) throw cannotApply(index, 'its path leads to nothing in the resource as you see it.');
  return json;
}

function add(json: Json, steps: readonly Step[], operation: { name: string; value: PatchValue }, at: At): Json {
  const parent = single(json, steps, at);
  const target = propertyFor(at.definitions, parent.node.type, operation);
  if (!target) throw badOperation(at.index, 'the element has no such child, or not with a value of this type.');
  const value = plain(target.type, operation.value, at);
  // What a primitive has besides its value lies in its sibling.
  const holder = isObject(parent.node.value) ? parent.way : siblingWay(parent.way);
  if (target.many) {
    const list = { way: [...holder, target.json], length: lengthAt(json, [...holder, target.json]), type: target.type };
    return insertAt(json, list, { index: list.length, value }, at);
  }
  const way = [...holder, target.json];
  if (isPresent(json, holder, target)) throw cannotApply(at.index, 'the element is there already: replace it.');
  return put(json, way, value, at);
}

function isPresent(json: Json, holder: Way, target: Target): boolean {
  return target.siblings.some((name) => valueAt(json, [...holder, name]) !== undefined);
}

function plain(type: string, value: PatchValue, at: At): PlainValue {
  const found = plainValue(at.definitions, type, value);
  if (!found) throw badOperation(at.index, 'a part of the value is no child of the element, or is there too often.');
  return found;
}

/** Sets value and sibling at a place that is no item of a list, or an item that is there. */
function put(json: Json, way: Way, { value, sibling }: PlainValue, at: At): Json {
  let out = json;
  for (const [place, part] of [[way, value] as const, [siblingWay(way), sibling] as const]) {
    out = setOrRemove(out, place, part, at);
  }
  return out;
}

function setOrRemove(json: Json, way: Way, part: Json | undefined, at: At): Json {
  if (part === undefined) return valueAt(json, way) === undefined ? json : clear(json, way, at);
  at.budget.place(at.index, part, way.length);
  return edited(
    editHolder(withHolder(json, way), way, (holder, last) => withMember(holder, last, part)),
    at,
  );
}

// An item of a list keeps its place: its sibling is set to null, which is what R4 json.html#primitive asks.
function clear(json: Json, way: Way, at: At): Json {
  return edited(
    editHolder(json, way, (holder, last) =>
      isList(holder) ? withMember(holder, last, null) : withoutMember(holder, last),
    ),
    at,
  );
}

// The list or the sibling that a place lies in may not be there yet; nulls keep the items beside it in step.
function withHolder(json: Json, way: Way): Json {
  const parent = way.slice(0, -1);
  const last = way.at(-1) ?? '';
  if (parent.length === 0) return json;
  const holder = valueAt(json, parent);
  const isItem = /^\d+$/.test(last);
  if (holder !== undefined && !(isItem && isArray(holder) && Number(last) >= holder.length)) return json;
  const filled: Json = isItem
    ? [
        ...(isArray(holder) ? holder : []),
        ...Array<null>(Number(last) + 1 - (isArray(holder) ? holder.length : 0)).fill(null),
      ]
    : {};
  return editHolder(withHolder(json, parent), parent, (above, name) => withMember(above, name, filled)) ?? json;
}

function remove(json: Json, steps: readonly Step[], at: At): Json {
  const [first, ...more] = locate(json, steps, at);
  // R4 fhirpatch.html: "Path of the element to delete (if found)".
  if (!first) return json;
  if (more.length > 0) throw cannotApply(at.index, 'its path must lead to one element, and leads to several.');
  if (first.way.length === 0) throw cannotApply(at.index, 'the whole resource cannot be removed by a patch.');
  return [first.way, siblingWay(first.way)].reduce<Json>(
    (out, way) => (valueAt(out, way) === undefined ? out : edited(editHolder(out, way, withoutMember), at)),
    json,
  );
}

function replace(json: Json, steps: readonly Step[], sent: PatchValue, at: At): Json {
  const { way, node } = single(json, steps, at);
  const element = steps.findLast((step) => step.kind === 'child')?.element;
  if (!element) throw cannotApply(at.index, 'the whole resource cannot be replaced by a patch.');
  const value = plain(node.type, sent, at);
  if (!element.choice) return put(json, way, value, at);
  // Another type of a choice lies under another name.
  const name = choiceName(element, sent);
  if (name === undefined) throw badOperation(at.index, 'the value is not of a type that the element may have.');
  return put(remove(json, steps, at), [...way.slice(0, -1), name], value, at);
}

interface ListPlace {
  readonly way: Way;
  readonly length: number;
  readonly type: string;
}

// `insert` and `move` name a list by its path, without an index.
function listAt(json: Json, steps: readonly Step[], at: At): ListPlace {
  const last = steps.at(-1);
  const [property] = last?.kind === 'child' && last.element.max > 1 ? last.properties : [];
  if (!property) throw badOperation(at.index, 'the path must name a list, such as Patient.telecom.');
  const parent = single(json, steps.slice(0, -1), at);
  const holder = isObject(parent.node.value) ? parent.way : siblingWay(parent.way);
  const way = [...holder, property.json];
  return { way, length: lengthAt(json, way), type: property.type };
}

function lengthAt(json: Json, way: Way): number {
  const lists = [valueAt(json, way), valueAt(json, siblingWay(way))];
  return Math.max(...lists.map((list) => (isArray(list) ? list.length : 0)));
}

function insert(json: Json, list: ListPlace, operation: { index: number; value: PatchValue }, at: At): Json {
  if (operation.index > list.length) throw cannotApply(at.index, 'the index lies beyond the end of the list.');
  return insertAt(json, list, { index: operation.index, value: plain(list.type, operation.value, at) }, at);
}

function insertAt(json: Json, list: ListPlace, { index, value }: { index: number; value: PlainValue }, at: At): Json {
  const parts = [[list.way, value.value] as const, [siblingWay(list.way), value.sibling] as const];
  return parts.reduce<Json>((out, [way, part]) => {
    const before = valueAt(out, way);
    if (part === undefined && before === undefined) return out;
    if (part !== undefined) at.budget.place(at.index, part, way.length + 1);
    const items = inStep(before, list.length).toSpliced(index, 0, part ?? null);
    return edited(
      editHolder(withHolder(out, way), way, (holder, last) => withMember(holder, last, items)),
      at,
    );
  }, json);
}

const inStep = (list: Json | undefined, length: number): readonly Json[] => {
  const items = isArray(list) ? list : [];
  return [...items, ...Array<null>(Math.max(0, length - items.length)).fill(null)];
};

function move(
  json: Json,
  list: ListPlace,
  { source, destination }: { source: number; destination: number },
  at: At,
): Json {
  if (source >= list.length || destination >= list.length) {
    throw cannotApply(at.index, 'source and destination must lie in the list.');
  }
  return [list.way, siblingWay(list.way)].reduce<Json>((out, way) => {
    const before = valueAt(out, way);
    if (!isArray(before)) return out;
    at.budget.carry(at.index, before);
    const items = inStep(before, list.length);
    const moved = items.toSpliced(source, 1).toSpliced(destination, 0, items[source] ?? null);
    return edited(
      editHolder(out, way, (holder, last) => withMember(holder, last, moved)),
      at,
    );
  }, json);
}
