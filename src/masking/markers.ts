/** data-absent-reason `masked`: what stands where R4 requires an element that a view leaves empty. */
import { isArray, type Json, type JsonObject } from '../core/json.ts';
import type { Definitions, ElementDef } from '../definitions/types.ts';
import type { FhirNode } from '../fhirpath/path.ts';

/** http://hl7.org/fhir/StructureDefinition/data-absent-reason with code `masked`. */
export const MASKED_EXTENSION: JsonObject = {
  url: 'http://hl7.org/fhir/StructureDefinition/data-absent-reason',
  valueCode: 'masked',
};

const markerObject: JsonObject = { extension: [MASKED_EXTENSION] };

/** A primitive without a value that says it is masked. */
export const maskedPrimitive = (type: string): FhirNode => ({ value: undefined, sibling: markerObject, type });

/** Whether a primitive's sibling is a mark that the server itself set in this request: told by identity, not by text. */
export const isOwnMark = (sibling: JsonObject | undefined): boolean => {
  const extensions = sibling?.['extension'];
  return isArray(extensions) && extensions.length === 1 && extensions[0] === MASKED_EXTENSION;
};

/** The members that stand for a masked element: a choice is marked on its first type. */
export function markerMembers(definitions: Definitions, element: ElementDef): JsonObject {
  const type = element.types[0]?.code ?? 'Element';
  const name = element.choice ? element.name + type.charAt(0).toUpperCase() + type.slice(1) : element.name;
  const many = element.max > 1;
  if (isPrimitive(definitions, type)) return { [`_${name}`]: many ? [markerObject] : markerObject };
  const marker = markerOf(definitions, type);
  return { [name]: many ? [marker] : marker };
}

/** A marker of a complex type, with markers for what R4 requires inside it. */
function markerOf(definitions: Definitions, type: string): Json {
  let members: JsonObject = markerObject;
  for (const element of definitions.type(type)?.elements.values() ?? []) {
    if (element.min > 0) members = { ...members, ...markerMembers(definitions, element) };
  }
  return members;
}

/** Whether a FHIR type is a primitive, so that its extensions stand in a `_sibling`. */
export const isPrimitive = (definitions: Definitions, type: string): boolean =>
  definitions.type(type)?.kind === 'primitive';
