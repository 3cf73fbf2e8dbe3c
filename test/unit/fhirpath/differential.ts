/** The law that a compiled path selects the places that fhirpath.js selects; for the unit test and longer runs. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { compile } from 'fhirpath';
import r4 from 'fhirpath/fhir-context/r4';
import type { JsonObject } from '../../../src/core/json.ts';
import type { Definitions } from '../../../src/definitions/types.ts';
import {
  type CompiledPath,
  childNodes,
  compilePath,
  type FhirNode,
  FhirPathError,
  type Step,
  selectNodes,
  type Variables,
} from '../../../src/fhirpath/path.ts';
import { randomPath } from './generate-expression.ts';
import { randomResource } from './generate-resource.ts';

const TYPES = ['Patient', 'Observation', 'Appointment', 'MedicationRequest', 'Encounter'];
const SETTINGS: readonly Variables[] = [
  {},
  { patient: 'Patient/1' },
  { patient: 'Patient/1', fhirUser: 'Practitioner/7' },
];

export interface Tally {
  /** Cases in which both found something, both nothing, and expressions that the language refuses. */
  found: number;
  nothing: number;
  refused: number;
}

/** Runs the property; throws with the smallest counterexample. */
export function checkAgainstReference(definitions: Definitions, options: { runs: number; seed?: number }): Tally {
  const tally: Tally = { found: 0, nothing: 0, refused: 0 };
  const property = fc.property(fc.gen(), (gen) => {
    const source = { gen, definitions };
    const type = gen(fc.constantFrom, ...TYPES);
    const resource = randomResource(source, type);
    for (let i = 0; i < 5; i++) {
      const written = randomPath(source, { value: resource, type });
      const path = compiled(definitions, type, written.veil);
      if (!path) tally.refused++;
      else {
        const variables = gen(fc.constantFrom, ...SETTINGS);
        const places = placesOf(path, { value: resource, type }, variables);
        assert.deepEqual(places, referencePlaces(resource, written.reference, variables), written.veil);
        tally[places.length > 0 ? 'found' : 'nothing']++;
      }
    }
  });
  fc.assert(property, { numRuns: options.runs, ...(options.seed === undefined ? {} : { seed: options.seed }) });
  return tally;
}

function compiled(definitions: Definitions, type: string, expression: string): CompiledPath | undefined {
  try {
    return compilePath(definitions, type, expression);
  } catch (error) {
    if (error instanceof FhirPathError) return undefined;
    throw error;
  }
}

interface Located {
  readonly node: FhirNode;
  readonly place: string;
}

/** `name[1].given[0]` for each node of a path; checks on the way that `selectNodes` gives these nodes. */
export function placesOf(path: CompiledPath, root: FhirNode, variables: Variables): readonly string[] {
  const located = path.steps.reduce<readonly Located[]>(
    (all, step) => follow(all, step, variables),
    [{ node: root, place: '' }],
  );
  assert.deepEqual(
    selectNodes(path, root, variables),
    located.map(({ node }) => node),
  );
  return located.map(({ place }) => place);
}

function follow(located: readonly Located[], step: Step, variables: Variables): readonly Located[] {
  switch (step.kind) {
    case 'child':
      return located.flatMap(({ node, place }) =>
        step.properties.flatMap((property) =>
          childNodes(node, property).map((child, i) => ({ node: child, place: `${place}.${step.element.name}[${i}]` })),
        ),
      );
    case 'where':
      return located.filter(({ node }) => step.predicate(node, variables));
    default:
      return located.slice(step.index, step.index + 1);
  }
}

interface ReferenceNode {
  readonly parentResNode: ReferenceNode | null;
  readonly propName: string | null;
  readonly index: number | null;
}

/** The places that fhirpath.js gives for an expression. */
export function referencePlaces(resource: JsonObject, expression: string, variables: Variables): readonly string[] {
  const evaluate = compile(expression, r4, { resolveInternalTypes: false });
  const nodes: readonly ReferenceNode[] = evaluate(resource, { patient: undefined, fhirUser: undefined, ...variables });
  return nodes.map(placeOf);
}

function placeOf(node: ReferenceNode): string {
  return node.parentResNode ? `${placeOf(node.parentResNode)}.${node.propName}[${node.index ?? 0}]` : '';
}
