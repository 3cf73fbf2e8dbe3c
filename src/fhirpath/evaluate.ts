/** The closures that criteria become: three-valued, on a value and its sibling, without making nodes. */
import { isArray, isObject, type Json, type JsonObject } from '../core/json.ts';
import { followSteps, isPrimitiveType, type Property, type Step, type Variables } from './node.ts';

/** FHIRPath's three values; undefined is empty. */
export type Truth = boolean | undefined;
export type Evaluate = (value: Json | undefined, sibling: JsonObject | undefined, variables: Variables) => Truth;

/** A step with its criterion as a closure; the public `Step` is the same object. */
export type LocalStep = Exclude<Step, { kind: 'where' }> | WhereStep;
export type WhereStep = Extract<Step, { kind: 'where' }> & { readonly evaluate: Evaluate };

/** What a path of one value gives: undefined without a node, null for a node without a value. */
export type Read = (value: Json | undefined, sibling: JsonObject | undefined, variables: Variables) => Json | undefined;

/** FHIRPath 6.5.1. */
export function allOf(parts: readonly Evaluate[]): Evaluate {
  return (value, sibling, variables) => {
    let truth: Truth = true;
    for (const part of parts) {
      const each = part(value, sibling, variables);
      if (each === false) return false;
      if (each === undefined) truth = undefined;
    }
    return truth;
  };
}

/** FHIRPath 6.5.2. */
export function anyOf(parts: readonly Evaluate[]): Evaluate {
  return (value, sibling, variables) => {
    let truth: Truth = false;
    for (const part of parts) {
      const each = part(value, sibling, variables);
      if (each === true) return true;
      if (each === undefined) truth = undefined;
    }
    return truth;
  };
}

/** FHIRPath 6.5.3. */
export const negated =
  (part: Evaluate): Evaluate =>
  (value, sibling, variables) => {
    const truth = part(value, sibling, variables);
    return truth === undefined ? undefined : !truth;
  };

/** Whether a path gives any node. */
export function existence(steps: readonly LocalStep[]): Evaluate {
  if (steps.some((step) => step.kind === 'index')) {
    return (value, sibling, variables) => followSteps(steps, nodeOf(value, sibling), variables).length > 0;
  }
  return steps.reduceRight<Evaluate>(
    (next, step) => existenceFrom(step, next),
    () => true,
  );
}

function existenceFrom(step: LocalStep, next: Evaluate): Evaluate {
  switch (step.kind) {
    case 'child': {
      const parts = step.properties.map((property) => anyChild(property, next));
      return parts.length === 1 && parts[0] ? parts[0] : anyOf(parts);
    }
    case 'where':
      return (value, sibling, variables) =>
        step.evaluate(value, sibling, variables) === true && next(value, sibling, variables) === true;
    default:
      return () => false;
  }
}

function anyChild({ json, type }: Property, next: Evaluate): Evaluate {
  if (isPrimitiveType(type)) return anyPrimitive(json, next);
  return (value, sibling, variables) => {
    const found = holderOf(value, sibling)?.[json] ?? undefined;
    if (found === undefined) return false;
    return isArray(found)
      ? found.some((item) => next(item, undefined, variables) === true)
      : next(found, undefined, variables) === true;
  };
}

function anyPrimitive(json: string, next: Evaluate): Evaluate {
  const underscored = `_${json}`;
  return (value, sibling, variables) => {
    const holder = holderOf(value, sibling);
    if (!holder) return false;
    const found = holder[json];
    const extra = holder[underscored];
    if (!isArray(found) && !isArray(extra)) {
      if ((found ?? extra ?? undefined) === undefined) return false;
      return next(found ?? undefined, isObject(extra) ? extra : undefined, variables) === true;
    }
    const values = isArray(found) ? found : [];
    const siblings = isArray(extra) ? extra : [];
    for (let i = 0; i < values.length || i < siblings.length; i++) {
      const item = siblings[i];
      if (next(values[i] ?? undefined, isObject(item) ? item : undefined, variables) === true) return true;
    }
    return false;
  };
}

/** Reads the one value that a path can give. */
export function reader(steps: readonly LocalStep[]): Read {
  const properties = plainProperties(steps);
  const last = properties?.at(-1);
  if (!properties || !last) return readAny(steps);
  const first = properties.slice(0, -1).map((property) => property.json);
  const [json, underscored] = [last.json, `_${last.json}`];
  return (value, sibling) => {
    let holder = holderOf(value, sibling);
    for (const name of first) holder = objectOf(holder?.[name]);
    if (holder === undefined) return undefined;
    const found = holder[json];
    if (found !== undefined && found !== null) return found;
    return (holder[underscored] ?? undefined) === undefined ? undefined : null;
  };
}

// Single elements of one type each, complex but for the last: the way of nearly all comparisons.
function plainProperties(steps: readonly LocalStep[]): readonly Property[] | undefined {
  const properties = steps.map((step) =>
    step.kind === 'child' && step.element.max === 1 && step.properties.length === 1 ? step.properties[0] : undefined,
  );
  const plain = properties.filter((property) => property !== undefined);
  const primitive = plain.findIndex((property) => isPrimitiveType(property.type));
  return plain.length === steps.length && primitive === plain.length - 1 ? plain : undefined;
}

function readAny(steps: readonly LocalStep[]): Read {
  return (value, sibling, variables) => {
    const [node] = followSteps(steps, nodeOf(value, sibling), variables);
    return node ? (node.value ?? null) : undefined;
  };
}

// The names read here come from definitions and are none of Object.prototype's (steps.ts sees to that).
const holderOf = (value: Json | undefined, sibling: JsonObject | undefined): JsonObject | undefined =>
  objectOf(value) ?? sibling;

const objectOf = (value: Json | undefined): JsonObject | undefined => (isHolder(value) ? value : undefined);

// A number kept as text passes too, and has no member of an element's name: twice as fast as asking for it.
const isHolder = (value: Json | undefined): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const nodeOf = (value: Json | undefined, sibling: JsonObject | undefined) =>
  sibling ? { value, sibling, type: '' } : { value, type: '' };
