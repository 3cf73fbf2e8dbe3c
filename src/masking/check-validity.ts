/**
 * Refuses a view whose answers could not be valid R4: small instances that keep an invariant are put through the view,
 * and what comes out must keep it too.
 */
import type { JsonObject } from '../core/json.ts';
import type { Faults } from '../definitions/faults.ts';
import type { Constraint, Definitions, TypeDef } from '../definitions/types.ts';
import type { Invariant } from '../fhirpath/invariant.ts';
import { fillMarkers, type MaskContext, maskMembers } from './get.ts';
import type { ViewState } from './state.ts';
import type { View } from './view.ts';

interface Check {
  readonly definitions: Definitions;
  readonly faults: Faults;
  readonly view: View;
  compileInvariant(type: string, expression: string): Invariant;
}

/** Instances tried for one invariant at most: every choice of eight elements being there or not. */
const MAX_MENTIONED = 8;
// These look beyond the element itself; the lens keeps them by its own rules (contained resources, references).
const BEYOND = /%|resolve\(|contained|descendants|trace\(|htmlChecks/;

/** Adds a fault for every invariant that a view would break. */
export function checkValidity(check: Check): void {
  visit(check, check.view.state, new Set());
}

function visit(check: Check, state: ViewState, seen: Set<string>): void {
  const type = check.definitions.type(state.type);
  if (!type || state.hidden || state.whole || (state.leaf === 'listed' && !state.ruled) || seen.has(type.name)) return;
  seen.add(type.name);
  for (const constraint of type.constraints) checkInvariant(check, state, { type, constraint });
  for (const property of type.properties.keys()) {
    const transition = state.child(property);
    visit(check, transition.only ?? transition.stateFor(() => true), seen);
  }
}

interface Subject {
  readonly type: TypeDef;
  readonly constraint: Constraint;
}

function checkInvariant(check: Check, state: ViewState, { type, constraint }: Subject): void {
  if (constraint.severity !== 'error' || BEYOND.test(constraint.expression)) return;
  const words = new Set(constraint.expression.match(/[A-Za-z]+/g));
  const mentioned = [...type.properties].filter(([, property]) => words.has(property.element.name));
  const touched = mentioned.some(([name]) => !isKept(state, name));
  if (!touched || mentioned.length > MAX_MENTIONED) return;
  const keeps = check.compileInvariant(type.name, constraint.expression);
  const literals = [...constraint.expression.matchAll(/'([a-z-]+)'/g)].map(([, text]) => text ?? '');
  for (const instance of instances(
    check.definitions,
    mentioned.map(([name, property]) => [name, property.type]),
    literals,
  )) {
    if (keeps(instance) !== true) continue;
    const masked = fillMarkers(maskMembers(instance, [state], contextOf(check)), [state], contextOf(check));
    if (keeps(masked) !== false) continue;
    const { spec } = check.view;
    check.faults.add(
      spec.file,
      spec.pointer,
      `answers could break ${constraint.key} of ${type.name} (${constraint.human}): show or hide its elements together`,
    );
    return;
  }
}

function isKept(state: ViewState, name: string): boolean {
  const { only } = state.child(name);
  return only !== undefined && !only.hidden && !only.ruled && only.leaf !== undefined;
}

function* instances(
  definitions: Definitions,
  properties: readonly (readonly [name: string, type: string])[],
  literals: readonly string[],
): Generator<JsonObject> {
  for (let bits = 0; bits < 2 ** properties.length; bits++) {
    const present = properties.filter((_, i) => (bits >> i) % 2 === 1);
    for (const literal of [...literals, 'x']) {
      yield Object.fromEntries(present.map(([name, type]) => [name, sample(definitions, type, literal)]));
    }
  }
}

function sample(definitions: Definitions, type: string, literal: string) {
  if (type === 'boolean') return true;
  if (/^(?:integer|decimal|positiveInt|unsignedInt)$/.test(type)) return 1;
  if (/^(?:date|dateTime|instant)$/.test(type)) return '2020-01-01';
  return definitions.type(type)?.kind === 'primitive' ? literal : { id: 'x' };
}

const contextOf = (check: Check): MaskContext => ({
  definitions: check.definitions,
  baseUrl: '',
  variables: {},
  classify: () => 'other',
  pseudonymOf: () => 'x',
  over89: () => false,
});
