/** Checks an object against its type: names, cardinality, choices, then each value. */
import { isArray, isObject, type Json, type JsonObject, member } from '../core/json.ts';
import { MAX_DEPTH } from '../core/parse-json.ts';
import type { ElementDef, PropertyDef, TypeDef } from '../definitions/types.ts';
import { checkBinding } from './check-binding.ts';
import { checkExtension, checkReference } from './check-datatypes.ts';
import { checkPrimitive } from './check-primitive.ts';
import { childPlace, itemPlace, type Place } from './findings.ts';
import { checkConstraints } from './invariants.ts';
import type { Slot, Walk } from './walk.ts';

// An unknown name is told back only when it looks like one: it may be anything that a client mistook for a key.
const NAME = /^[A-Za-z][A-Za-z0-9]{0,63}$/;

/** Checks what an object of a type has; `known` names members that are no elements (`resourceType`). */
export function checkObject(walk: Walk, json: JsonObject, type: TypeDef, place: Place, known?: string): void {
  const names = Object.keys(json).filter((name) => json[name] !== undefined && name !== known);
  if (names.length === 0 && known === undefined) walk.findings.add('structure', place, 'must not be empty');
  if (place.depth > 2 * MAX_DEPTH) {
    walk.findings.add('structure', place, 'lies too deep');
    return;
  }
  const before = walk.findings.issues.length;
  const present = new Map<ElementDef, string>();
  for (const name of names) {
    if (walk.findings.full()) return;
    const base = name.startsWith('_') ? name.slice(1) : name;
    const property = propertyOf(walk, type, name, base);
    if (property === undefined) reportUnknown(walk, type, base, place);
    else if (base === name || member(json, base) === undefined) {
      notePresent(walk, present, property.element, base, place);
      checkProperty(walk, property, member(json, base), member(json, `_${base}`), place);
    }
  }
  for (const element of type.elements.values()) {
    if (element.min === 0 || present.has(element)) continue;
    walk.findings.add('required', childPlace(place, element.name), `${element.path} is required`);
  }
  // An invariant judges what is sound: a fault below would only be told twice.
  if (walk.findings.issues.length === before) {
    checkConstraints(walk, walk.invariants.ofType(type), { value: json, type: type.name }, place);
  }
}

function propertyOf(walk: Walk, type: TypeDef, name: string, base: string): PropertyDef | undefined {
  const property = type.properties.get(base);
  // Only primitives have a `_name` beside them.
  const fits = base === name || (property && walk.definitions.type(property.type)?.kind === 'primitive');
  return fits ? property : undefined;
}

function reportUnknown(walk: Walk, type: TypeDef, name: string, place: Place): void {
  if (NAME.test(name)) walk.findings.add('structure', childPlace(place, name), `${name} is no element of ${type.name}`);
  else walk.findings.add('structure', place, `has a member whose name is no element of ${type.name}`);
}

function notePresent(
  walk: Walk,
  present: Map<ElementDef, string>,
  element: ElementDef,
  property: string,
  place: Place,
): void {
  const other = present.get(element);
  if (other !== undefined && other !== property) {
    walk.findings.add('structure', childPlace(place, element.name), `${element.path} may have one type only`);
  }
  present.set(element, property);
}

function checkProperty(
  walk: Walk,
  property: PropertyDef,
  value: Json | undefined,
  sibling: Json | undefined,
  parent: Place,
): void {
  const { element } = property;
  const place = childPlace(parent, element.name);
  const type = walk.definitions.type(property.type);
  if (!type) {
    walk.findings.add('structure', place, `${element.path} has a type that this server does not know`);
    return;
  }
  if (element.max > 1) checkList(walk, { element, type, value, sibling }, place);
  else if (isArray(value) || isArray(sibling)) {
    walk.findings.add('structure', place, `${element.path} takes one value, no list`);
  } else checkValue(walk, { element, type, value, sibling }, place);
}

function checkList(walk: Walk, slot: Slot, place: Place): void {
  const { element, value, sibling } = slot;
  const values = listOf(walk, element, value, place);
  const siblings = listOf(walk, element, sibling, place);
  if (!values || !siblings) return;
  const length = Math.max(values.length, siblings.length);
  if (value !== undefined && sibling !== undefined && values.length !== siblings.length) {
    walk.findings.add('structure', place, `${element.path} and its _${element.name} must be lists of one length`);
  }
  if (length > element.max) walk.findings.add('structure', place, `${element.path} has too many items`);
  for (let i = 0; i < length && !walk.findings.full(); i++) {
    const item = { ...slot, value: values[i] ?? undefined, sibling: siblings[i] ?? undefined };
    if (item.value === undefined && item.sibling === undefined) {
      walk.findings.add('structure', itemPlace(place, i), `${element.path} has an empty item`);
    } else checkValue(walk, item, itemPlace(place, i));
  }
}

function listOf(walk: Walk, element: ElementDef, json: Json | undefined, place: Place): readonly Json[] | undefined {
  if (json === undefined) return [];
  if (isArray(json) && json.length > 0) return json;
  walk.findings.add('structure', place, `${element.path} must be a list with something in it`);
  return undefined;
}

function checkValue(walk: Walk, slot: Slot, place: Place): void {
  const { element, type, value, sibling } = slot;
  checkTyped(walk, slot, place);
  const constraints = walk.invariants.ofElement(element);
  if (constraints.length === 0) return;
  const subject = { value, type: type.name, ...(isObject(sibling) ? { sibling } : {}) };
  checkConstraints(walk, constraints, subject, place);
}

function checkTyped(walk: Walk, slot: Slot, place: Place): void {
  const { element, type, value } = slot;
  if (type.kind === 'primitive') {
    if (slot.sibling !== undefined) checkSibling(walk, slot.sibling, element, place);
    if (value !== undefined && checkPrimitive(walk, element, type.name, value, place)) {
      checkBinding(walk, element, type.name, value, place);
    }
  } else if (value === undefined || !isObject(value)) {
    walk.findings.add('structure', place, `${element.path} must be an object`);
  } else if (type.kind === 'resource') {
    walk.checkResource(walk, value, place, element.name === 'contained' ? 'contained' : 'whole');
  } else checkComplex(walk, element, type, value, place);
}

function checkSibling(walk: Walk, sibling: Json, element: ElementDef, place: Place): void {
  const type = walk.definitions.type('Element');
  if (type && isObject(sibling)) checkObject(walk, sibling, type, place);
  else walk.findings.add('structure', place, `_${element.name} must be an object with id or extension`);
}

function checkComplex(walk: Walk, element: ElementDef, type: TypeDef, json: JsonObject, place: Place): void {
  checkObject(walk, json, type, place);
  checkBinding(walk, element, type.name, json, place);
  if (type.name === 'Reference') checkReference(walk, element, json, place);
  if (type.name === 'Extension') checkExtension(walk, json, place);
}
