/** Under which JSON property a patch's value comes to lie, and what parts make of a backbone element. */
import type { Json, JsonObject } from '../core/json.ts';
import type { Definitions, ElementDef } from '../definitions/types.ts';
import type { PatchValue } from './fhirpath-operations.ts';

/** A property of a type that takes a value. */
export interface Target {
  readonly json: string;
  readonly type: string;
  readonly many: boolean;
  /** All JSON names under which the element may lie; one choice excludes the others. */
  readonly siblings: readonly string[];
}

/** The property that `name` means for a value of this type; undefined where the owner has none such. */
export function propertyFor(
  definitions: Definitions,
  owner: string,
  { name, value }: { readonly name: string; readonly value: PatchValue },
): Target | undefined {
  const type = definitions.type(owner);
  const element = type?.elements.get(name) ?? type?.properties.get(name)?.element;
  if (!type || !element || (type.kind === 'primitive' && name === 'value')) return undefined;
  const json = element.choice && name === element.name ? choiceName(element, value) : name;
  const property = json === undefined ? undefined : type.properties.get(json);
  if (json === undefined || !property) return undefined;
  const names = [...type.properties].flatMap(([each, { element: other }]) => (other === element ? [each] : []));
  return {
    json,
    type: property.type,
    many: element.max > 1,
    siblings: names.flatMap((each) => [each, `_${each}`]),
  };
}

/** `valueQuantity` for a Quantity; undefined where the choice has no such type. */
export function choiceName({ name, types }: ElementDef, value: PatchValue): string | undefined {
  const type = types.find(({ code }) => code.toLowerCase() === value.type?.toLowerCase())?.code;
  return type === undefined ? undefined : `${name}${type.charAt(0).toUpperCase()}${type.slice(1)}`;
}

export interface PlainValue {
  readonly value?: Json;
  readonly sibling?: JsonObject;
}

/** The JSON of a value for a place of this type; undefined where parts name what the type does not have. */
export function plainValue(definitions: Definitions, type: string, sent: PatchValue): PlainValue | undefined {
  if (!sent.parts) return sent;
  const members: Record<string, Json> = Object.create(null);
  for (const { name, value } of sent.parts) {
    const target = propertyFor(definitions, type, { name, value });
    const plain = target && plainValue(definitions, target.type, value);
    if (!target || !plain || !addMember(members, target, plain)) return undefined;
  }
  return { value: { ...members } };
}

function addMember(members: Record<string, Json>, { json, many }: Target, { value, sibling }: PlainValue): boolean {
  if (value === undefined || sibling !== undefined) return false;
  const before = members[json];
  if (before !== undefined && !many) return false;
  members[json] = many ? [...(Array.isArray(before) ? before : []), value] : value;
  return true;
}
