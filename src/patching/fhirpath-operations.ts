/** Reads the operations of a FHIRPath Patch out of its Parameters (R4 fhirpatch.html). */
import { isArray, isObject, type Json, type JsonObject, member } from '../core/json.ts';
import { badOperation, noPatch, tooLarge } from './refusals.ts';

/** Operations of one patch: each costs the reading of an expression. */
export const MAX_FHIRPATH_OPERATIONS = 200;
/** Characters of all paths of a patch together. */
export const MAX_PATH_TEXT = 10_000;
const MAX_INDEX = 1_000_000;
const MAX_PARTS = 30;

/** A value that an operation brings, and beside a primitive one what `_value` holds. */
export interface PatchValue {
  readonly value?: Json;
  readonly sibling?: JsonObject;
  /** The `Quantity` of `valueQuantity`. */
  readonly type?: string;
  /** The members of a backbone element, which has no `value[x]`. */
  readonly parts?: readonly { readonly name: string; readonly value: PatchValue }[];
}

export type PatchOperation = { readonly path: string } & (
  | { readonly kind: 'add'; readonly name: string; readonly value: PatchValue }
  | { readonly kind: 'insert'; readonly index: number; readonly value: PatchValue }
  | { readonly kind: 'delete' }
  | { readonly kind: 'replace'; readonly value: PatchValue }
  | { readonly kind: 'move'; readonly source: number; readonly destination: number }
);

/** The operations in their order; throws 422 for what is none. */
export function readOperations(parameters: JsonObject): readonly PatchOperation[] {
  if (member(parameters, 'resourceType') !== 'Parameters') {
    throw noPatch(
      'A FHIRPath Patch is a Parameters resource; a JSON Patch has the content type application/json-patch+json.',
    );
  }
  const list = member(parameters, 'parameter');
  if (!isArray(list) || list.length === 0) throw noPatch('The Parameters must have parameters named operation.');
  if (list.length > MAX_FHIRPATH_OPERATIONS) {
    throw tooLarge(`A FHIRPath Patch may have ${MAX_FHIRPATH_OPERATIONS} operations at most.`);
  }
  const operations = list.map(readOperation);
  const text = operations.reduce((sum, { path }) => sum + path.length, 0);
  if (text > MAX_PATH_TEXT) throw tooLarge(`The paths of a patch may have ${MAX_PATH_TEXT} characters together.`);
  return operations;
}

function readOperation(json: Json, index: number): PatchOperation {
  if (!isObject(json) || member(json, 'name') !== 'operation') {
    throw badOperation(index, 'each parameter of a patch is named operation.');
  }
  const parts = partsOf(json, index);
  const path = textPart(parts, 'path', index);
  const kind = textPart(parts, 'type', index);
  switch (kind) {
    case 'add':
      return { kind, path, name: textPart(parts, 'name', index), value: valuePart(parts, index) };
    case 'insert':
      return { kind, path, index: numberPart(parts, 'index', index), value: valuePart(parts, index) };
    case 'delete':
      return { kind, path };
    case 'replace':
      return { kind, path, value: valuePart(parts, index) };
    case 'move': {
      const source = numberPart(parts, 'source', index);
      return { kind, path, source, destination: numberPart(parts, 'destination', index) };
    }
    default:
      throw badOperation(index, 'type is one of add, insert, delete, replace and move.');
  }
}

type Parts = ReadonlyMap<string, JsonObject>;

function partsOf(json: JsonObject, index: number): Parts {
  const list = member(json, 'part');
  const parts = new Map<string, JsonObject>();
  for (const part of isArray(list) ? list.slice(0, MAX_PARTS) : []) {
    const name = isObject(part) ? member(part, 'name') : undefined;
    if (!isObject(part) || typeof name !== 'string') throw badOperation(index, 'each part has a name.');
    if (parts.has(name)) throw badOperation(index, 'a part is there twice.');
    parts.set(name, part);
  }
  return parts;
}

type PartName = 'type' | 'path' | 'name' | 'index' | 'source' | 'destination';

function textPart(parts: Parts, name: PartName, index: number): string {
  const part = parts.get(name) ?? {};
  const value = member(part, 'valueString') ?? member(part, 'valueCode');
  if (typeof value !== 'string' || value === '') throw badOperation(index, `it needs a part ${name} with a text.`);
  return value;
}

function numberPart(parts: Parts, name: PartName, index: number): number {
  const value = member(parts.get(name) ?? {}, 'valueInteger');
  if (typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= MAX_INDEX) return value;
  throw badOperation(index, `it needs a part ${name} with a whole number.`);
}

function valuePart(parts: Parts, index: number): PatchValue {
  const part = parts.get('value');
  const value = part && readValue(part);
  if (!value) throw badOperation(index, 'it needs a part value with one value[x], or with parts of its own.');
  return value;
}

// `valueHumanName`, or parts with the members of a backbone element.
function readValue(part: JsonObject): PatchValue | undefined {
  const names = Object.keys(part).filter((name) => /^_?value./.test(name));
  const bases = new Set(names.map((name) => (name.startsWith('_') ? name.slice(1) : name)));
  const [base, ...more] = bases;
  if (more.length > 0) return undefined;
  if (base === undefined) return readParts(member(part, 'part'));
  const value = member(part, base);
  const sibling = member(part, `_${base}`);
  if (value === null || (sibling !== undefined && !isObject(sibling))) return undefined;
  return {
    type: base.slice('value'.length),
    ...(value === undefined ? {} : { value }),
    ...(sibling === undefined ? {} : { sibling }),
  };
}

function readParts(list: Json | undefined): PatchValue | undefined {
  if (!isArray(list) || list.length === 0 || list.length > MAX_PARTS) return undefined;
  const parts = list.flatMap((part) => {
    const name = isObject(part) ? member(part, 'name') : undefined;
    const value = isObject(part) ? readValue(part) : undefined;
    return typeof name === 'string' && value ? [{ name, value }] : [];
  });
  return parts.length === list.length ? { parts } : undefined;
}
