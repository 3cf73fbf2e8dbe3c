/** Nodes of a resource, and what a compiled path is made of. */
import { isArray, isObject, type Json, type JsonObject, member } from '../core/json.ts';
import type { ElementDef } from '../definitions/types.ts';

/** A place in a resource. */
export interface FhirNode {
  /** Undefined where a primitive has a `_sibling` and no value. */
  readonly value: Json | undefined;
  /** The `_x` object of a primitive. */
  readonly sibling?: JsonObject;
  /** FHIR type name; a backbone element's is its path, `Observation.component`. */
  readonly type: string;
}

/** What `%patient` and `%fhirUser` stand for; an absent one is empty, as FHIRPath calls it. */
export interface Variables {
  /** `Patient/123`. */
  readonly patient?: string;
  /** `Practitioner/7`. */
  readonly fhirUser?: string;
}

/** Whether a criterion is true; FHIRPath's empty counts as not true. */
export type Predicate = (node: FhirNode, variables: Variables) => boolean;

/** A JSON property under which an element may be found, `valueQuantity`, and its type. */
export interface Property {
  readonly json: string;
  readonly type: string;
}

export type Step =
  | {
      readonly kind: 'child';
      readonly element: ElementDef;
      /** Narrowed by `ofType()`; all of the element's otherwise. */
      readonly properties: readonly Property[];
    }
  | {
      readonly kind: 'where';
      readonly predicate: Predicate;
      /** Canonical: equal for predicates that are written differently and mean the same. */
      readonly text: string;
      /** Element paths relative to the node, dotted: `type.coding.code`. */
      readonly reads: readonly string[];
    }
  /** Of all nodes that the steps before it give, in document order; the first is 0. */
  | { readonly kind: 'index'; readonly index: number };

/** A path from a type to places in its instances. */
export interface CompiledPath {
  /** Canonical, without the leading type name unless there is no step. */
  readonly text: string;
  /** Type that the path starts from. */
  readonly type: string;
  readonly steps: readonly Step[];
}

/** Primitive types, alone, have names in lower case and `_siblings`. */
export const isPrimitiveType = (type: string): boolean => type.charCodeAt(0) >= 0x61;

/**
 * The children of a node under one JSON property: one node for each position of an array, so that a node's place in
 * the answer is its place in the array.
 */
export function childNodes(node: FhirNode, property: Property): readonly FhirNode[] {
  const nodes: FhirNode[] = [];
  addChildren(nodes, node, property);
  return nodes;
}

function addChildren(nodes: FhirNode[], node: FhirNode, { json, type }: Property): void {
  const holder = isObject(node.value) ? node.value : node.sibling;
  if (!holder) return;
  const value = member(holder, json);
  const sibling = isPrimitiveType(type) ? member(holder, `_${json}`) : undefined;
  if (!isArray(value) && !isArray(sibling)) {
    if ((value ?? sibling ?? undefined) !== undefined) nodes.push(makeNode(value, sibling, type));
    return;
  }
  const values = isArray(value) ? value : [];
  const siblings = isArray(sibling) ? sibling : [];
  for (let i = 0; i < values.length || i < siblings.length; i++) nodes.push(makeNode(values[i], siblings[i], type));
}

/** The nodes of `root` that a path names, in document order. */
export function selectNodes(path: CompiledPath, root: FhirNode, variables: Variables): readonly FhirNode[] {
  return followSteps(path.steps, root, variables);
}

/** As `selectNodes`, for steps that are no whole path. */
export function followSteps(steps: readonly Step[], start: FhirNode, variables: Variables): readonly FhirNode[] {
  let nodes: readonly FhirNode[] = [start];
  for (const step of steps) {
    nodes = followStep(step, nodes, variables);
    if (nodes.length === 0) return nodes;
  }
  return nodes;
}

function followStep(step: Step, nodes: readonly FhirNode[], variables: Variables): readonly FhirNode[] {
  switch (step.kind) {
    case 'child':
      return childrenOf(nodes, step.properties);
    case 'where':
      return nodes.filter((node) => step.predicate(node, variables));
    case 'index':
      return nodes.slice(step.index, step.index + 1);
    default:
      return step satisfies never;
  }
}

function childrenOf(parents: readonly FhirNode[], properties: readonly Property[]): readonly FhirNode[] {
  const nodes: FhirNode[] = [];
  for (const parent of parents) {
    for (const property of properties) addChildren(nodes, parent, property);
  }
  return nodes;
}

function makeNode(value: Json | undefined, sibling: Json | undefined, type: string): FhirNode {
  const present = value ?? undefined;
  const actual = type === 'Resource' ? resourceTypeOf(present) : type;
  return isObject(sibling) ? { value: present, sibling, type: actual } : { value: present, type: actual };
}

function resourceTypeOf(value: Json | undefined): string {
  const name = isObject(value) ? member(value, 'resourceType') : undefined;
  return typeof name === 'string' ? name : 'Resource';
}
