/** Validates a resource against R4's own definitions: structure, cardinality, formats, required bindings, references. */
import type { Issue } from '../core/errors.ts';
import { isObject, type Json, type JsonObject, member } from '../core/json.ts';
import type { Definitions, TypeDef } from '../definitions/types.ts';
import { checkContained } from './check-contained.ts';
import { checkContainedIds } from './check-contained-ids.ts';
import { checkObject } from './check-element.ts';
import { checkShape } from './check-shape.ts';
import { childPlace, createFindings, type Place, rootPlace, type Warnings } from './findings.ts';
import { createInvariants } from './invariants.ts';
import type { Nesting, Walk } from './walk.ts';

export type Validator = (resource: Json, expectedType: string, warnings?: Warnings) => readonly Issue[];

const NOTHING = { value: undefined, type: '' };

/**
 * Makes a validator that tells all faults at once (at most 100), each with its FHIRPath; none for a valid resource.
 * Never throws. Diagnostics name elements, never values.
 */
export function createValidator(definitions: Definitions): Validator {
  const invariants = createInvariants(definitions);
  return (resource, expectedType, warnings = 'dropped') => {
    const findings = createFindings(warnings);
    const context = { resource: NOTHING, rootResource: NOTHING };
    const walk: Walk = { definitions, findings, invariants, context, checkResource };
    const place = rootPlace(expectedType);
    if (!isObject(resource)) findings.add('structure', place, 'A resource must be a JSON object');
    else if (member(resource, 'resourceType') !== expectedType) {
      findings.add('structure', place, `resourceType must be ${expectedType}`);
    } else checkResource(walk, resource, place, 'whole');
    return findings.issues;
  };
}

function checkResource(walk: Walk, json: Json, place: Place, nesting: Nesting): void {
  if (!isObject(json)) {
    walk.findings.add('structure', place, 'must be a resource');
    return;
  }
  const name = member(json, 'resourceType');
  if (typeof name !== 'string' || !walk.definitions.resourceTypes.has(name)) {
    walk.findings.add('structure', place, 'must have a resourceType that R4 knows');
    return;
  }
  if (nesting === 'contained' && member(json, 'contained') !== undefined) {
    walk.findings.add(
      'structure',
      childPlace(place, 'contained'),
      'A contained resource must not contain others (dom-2)',
    );
  }
  checkContainedIds(walk.findings, json, place);
  const type = walk.definitions.type(name);
  const node = { value: json, type: name };
  const rootResource = nesting === 'contained' ? walk.context.rootResource : node;
  const within: Walk = { ...walk, context: { resource: node, rootResource } };
  if (type) checkObject(within, json, type, place, 'resourceType');
  else checkUnknownType(within, json, place);
  if (nesting === 'whole' && walk.findings.issues.length === 0) checkContained(within, json, place);
}

// A type without definitions: what every resource has is checked (a narrative above all), the rest by shape.
function checkUnknownType(walk: Walk, json: JsonObject, place: Place): void {
  const common = walk.definitions.type('DomainResource');
  if (!common) return;
  const [known, other] = splitMembers(json, common);
  checkObject(walk, known, common, place, 'resourceType');
  for (const value of Object.values(other)) if (value !== undefined) checkShape(walk, value, place);
}

function splitMembers(json: JsonObject, type: TypeDef): readonly [JsonObject, JsonObject] {
  const isKnown = (name: string): boolean =>
    name === 'resourceType' || type.properties.has(name.startsWith('_') ? name.slice(1) : name);
  const entries = Object.entries(json);
  return [
    Object.fromEntries(entries.filter(([name]) => isKnown(name))),
    Object.fromEntries(entries.filter(([name]) => !isKnown(name))),
  ];
}
