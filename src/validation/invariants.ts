/** R4's invariants, compiled when a type is first met: what the structure alone cannot say (conformance-rules.html#constraints). */
import { isObject, type Json, type JsonObject } from '../core/json.ts';
import type { Constraint, Definitions, ElementDef, TypeDef } from '../definitions/types.ts';
import { type Check, createCheckCompiler } from '../fhirpath/compile-check.ts';
import { FhirPathError } from '../fhirpath/fhir-path-error.ts';
import { compileInvariant } from '../fhirpath/invariant.ts';
import type { Place } from './findings.ts';
import type { Walk } from './walk.ts';

interface CompiledConstraint {
  readonly constraint: Constraint;
  readonly check: Check;
}

/** The invariants of a definition set, by the type or the element that states them. */
export interface Invariants {
  ofType(type: TypeDef): readonly CompiledConstraint[];
  ofElement(element: ElementDef): readonly CompiledConstraint[];
}

// What the walk itself sees to: emptiness, extensions, the narrative, nested containment, and who refers to what.
const ELSEWHERE: ReadonlySet<string> = new Set(['ele-1', 'ext-1', 'txt-1', 'txt-2', 'dom-2', 'dom-3']);

/** Compiles lazily and once: few types are met by most requests. */
export function createInvariants(definitions: Definitions): Invariants {
  const compile = createCheckCompiler(definitions);
  const compiled = (type: string, constraints: readonly Constraint[]): readonly CompiledConstraint[] =>
    constraints
      .filter(({ key }) => !ELSEWHERE.has(key))
      .map((constraint) => ({ constraint, check: compileAny(compile, type, constraint.expression) }));
  const types = new Map<TypeDef, readonly CompiledConstraint[]>();
  const elements = new Map<ElementDef, readonly CompiledConstraint[]>();
  return {
    ofType: (type) => types.get(type) ?? keep(types, type, compiled(type.name, type.constraints)),
    ofElement: (element) =>
      elements.get(element) ?? keep(elements, element, compiled(typeOf(element), element.constraints)),
  };
}

const typeOf = ({ types: [only] }: ElementDef): string => only?.code ?? 'Element';

// What the closures do not know is left to fhirpath.js, which is slower and knows all.
function compileAny(compile: (expression: string) => Check, type: string, expression: string): Check {
  try {
    return compile(expression);
  } catch (error) {
    if (!(error instanceof FhirPathError)) throw error;
    const evaluate = compileInvariant(type, expression);
    return ({ value }) => (isObject(value) ? evaluate(value) : undefined);
  }
}

function keep<K, V>(map: Map<K, V>, key: K, value: V): V {
  map.set(key, value);
  return value;
}

interface Subject {
  readonly value: Json | undefined;
  readonly sibling?: JsonObject | undefined;
  readonly type: string;
}

/** Adds a finding for every constraint that a sound value breaks; what is empty is held against nobody. */
export function checkConstraints(
  walk: Walk,
  constraints: readonly CompiledConstraint[],
  { value, sibling, type }: Subject,
  place: Place,
): void {
  const node = sibling === undefined ? { value, type } : { value, sibling, type };
  for (const { constraint, check } of constraints) {
    if (check(node, walk.context) !== false) continue;
    const text = `${constraint.human.replace(/\.$/, '')} (${constraint.key})`;
    if (constraint.severity === 'error') walk.findings.add('invariant', place, text);
    else walk.findings.warn('invariant', place, text);
  }
}
