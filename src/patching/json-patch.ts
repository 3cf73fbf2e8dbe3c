/** JSON Patch (RFC 6902) on a value that keeps the text of its numbers. */
import { isArray, isNumber, isObject, type Json, type JsonObject, member, numberText } from '../core/json.ts';
import { type Budget, createBudget } from './budget.ts';
import { editHolder, type Holder, indexOf, isList, valueAt, type Way, withMember, withoutMember } from './edit.ts';
import { badOperation, cannotApply, noPatch, tooLarge } from './refusals.ts';

/** Operations of one patch. */
export const MAX_OPERATIONS = 1000;
const MAX_STEPS = 64;
const MAX_POINTER = 2048;

type Operation =
  | { readonly op: 'add' | 'replace' | 'test'; readonly path: Way; readonly value: Json }
  | { readonly op: 'remove'; readonly path: Way }
  | { readonly op: 'move' | 'copy'; readonly path: Way; readonly from: Way };

/** Applies all operations in their order, or throws 422 naming the first that fails. */
export function applyJsonPatch(document: Json, patch: Json): Json {
  if (!isArray(patch)) throw noPatch('A JSON Patch is a JSON array of operations (RFC 6902).');
  if (patch.length > MAX_OPERATIONS) throw tooLarge(`A patch may have ${MAX_OPERATIONS} operations at most.`);
  const budget = createBudget();
  return patch
    .map(readOperation)
    .reduce((json, operation, index) => applyOne(json, operation, { index, budget }), document);
}

function readOperation(json: Json, index: number): Operation {
  if (!isObject(json)) throw badOperation(index, 'an operation is a JSON object.');
  const op = member(json, 'op');
  const path = readPointer(json, 'path', index);
  switch (op) {
    case 'add':
    case 'replace':
    case 'test': {
      const value = member(json, 'value');
      if (value === undefined) throw badOperation(index, `${op} needs a value.`);
      return { op, path, value };
    }
    case 'remove':
      return { op, path };
    case 'move':
    case 'copy':
      return { op, path, from: readPointer(json, 'from', index) };
    default:
      throw badOperation(index, 'op is one of add, remove, replace, move, copy and test.');
  }
}

// RFC 6901 3 and 4.
function readPointer(operation: JsonObject, name: 'path' | 'from', index: number): Way {
  const text = member(operation, name);
  if (typeof text !== 'string') throw badOperation(index, `${name} is a JSON Pointer, such as /name/0/family.`);
  if (text === '') return [];
  if (text.length > MAX_POINTER) throw badOperation(index, `${name} is longer than ${MAX_POINTER} characters.`);
  const [first, ...steps] = text.split('/', MAX_STEPS + 2);
  if (steps.length > MAX_STEPS) throw badOperation(index, `${name} has more than ${MAX_STEPS} steps.`);
  if (first !== '' || /~(?![01])/.test(text)) {
    throw badOperation(index, `${name} is no JSON Pointer: it begins with "/", and "~" is written "~0".`);
  }
  return steps.map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'));
}

interface At {
  readonly index: number;
  readonly budget: Budget;
}

function applyOne(json: Json, operation: Operation, at: At): Json {
  const { path } = operation;
  switch (operation.op) {
    case 'add':
      return add(json, path, operation.value, at);
    case 'remove':
      return remove(json, path, at);
    case 'replace':
      at.budget.place(at.index, operation.value, path.length);
      return found(path.length === 0 ? operation.value : editHolder(json, path, replacing(operation.value)), at);
    case 'test':
      if (equalValues(found(valueAt(json, path), at), operation.value)) return json;
      throw cannotApply(at.index, 'the value that test asks for is not there.');
    case 'copy':
    case 'move':
      return carry(json, operation, at);
    default:
      return operation satisfies never;
  }
}

function carry(json: Json, operation: Operation & { readonly from: Way }, at: At): Json {
  const { op, from, path } = operation;
  const value = found(valueAt(json, from), at);
  at.budget.carry(at.index, value);
  if (op === 'copy') return add(json, path, value, at);
  const isSame = from.length === path.length;
  // RFC 6902 4.4: a location cannot be moved into one of its children.
  if (from.every((step, i) => step === path[i])) {
    if (isSame) return json;
    throw cannotApply(at.index, 'a value cannot be moved into itself.');
  }
  return add(remove(json, from, at), path, value, at);
}

function found(json: Json | undefined, { index }: At): Json {
  if (json === undefined) throw cannotApply(index, 'its path leads to nothing in the resource as you see it.');
  return json;
}

function add(json: Json, path: Way, value: Json, at: At): Json {
  at.budget.place(at.index, value, path.length);
  if (path.length === 0) return value;
  return found(editHolder(json, path, adding(value)) ?? newList(json, path, value), at);
}

// CONTRACT.md: adding to the end of a list that is absent makes it; one whose items are all hidden looks absent.
function newList(json: Json, path: Way, value: Json): Json | undefined {
  const list = path.slice(0, -1);
  if (path.at(-1) !== '-' || list.length === 0 || valueAt(json, list) !== undefined) return undefined;
  return editHolder(json, list, (holder, last) => (isList(holder) ? undefined : withMember(holder, last, [value])));
}

const adding =
  (value: Json) =>
  (holder: Holder, last: string): Holder | undefined => {
    if (!isList(holder)) return withMember(holder, last, value);
    const index = last === '-' ? holder.length : indexOf(last, holder.length + 1);
    return index === undefined ? undefined : holder.toSpliced(index, 0, value);
  };

const replacing =
  (value: Json) =>
  (holder: Holder, last: string): Holder | undefined =>
    isList(holder) || Object.hasOwn(holder, last) ? withMember(holder, last, value) : undefined;

function remove(json: Json, path: Way, at: At): Json {
  if (path.length === 0) throw cannotApply(at.index, 'the whole resource cannot be removed by a patch.');
  return found(editHolder(json, path, withoutMember), at);
}

/** RFC 6902 4.6: numbers are equal by their value, `1.50` and `1.5`; all else by what they are. */
function equalValues(a: Json | undefined, b: Json | undefined): boolean {
  if (isNumber(a) && isNumber(b)) return sameNumber(numberText(a), numberText(b));
  if (isArray(a)) return isArray(b) && a.length === b.length && a.every((item, i) => equalValues(item, b[i]));
  if (!isObject(a) || !isObject(b)) return a === b;
  const names = Object.keys(a);
  return names.length === Object.keys(b).length && names.every((n) => Object.hasOwn(b, n) && equalValues(a[n], b[n]));
}

const NUMBER = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/;

function sameNumber(a: string, b: string): boolean {
  return a === b || canonicalNumber(a) === canonicalNumber(b);
}

// Digits without zeros at either end, and the power of ten of the last one; doubles would lose digits.
function canonicalNumber(text: string): string {
  const [, sign = '', whole = '', part = '', exponent = '0'] = NUMBER.exec(text) ?? [];
  const digits = `${whole}${part}`;
  const end = lastNonZero(digits);
  if (end < 0) return '0';
  const power = BigInt(exponent.slice(0, 20)) - BigInt(part.length) + BigInt(digits.length - 1 - end);
  let start = 0;
  while (digits.charCodeAt(start) === 0x30) start++;
  return `${sign}${digits.slice(start, end + 1)}e${power}`;
}

function lastNonZero(digits: string): number {
  let end = digits.length - 1;
  while (end >= 0 && digits.charCodeAt(end) === 0x30) end--;
  return end;
}
