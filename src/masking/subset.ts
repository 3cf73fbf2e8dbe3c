/** `_elements` and `_summary`: parts of a resource as the caller sees it, so that they can tell nothing more than it. */
import type { Subset } from '../core/access.ts';
import type { Masked } from '../core/brands.ts';
import { isArray, isObject, type Json, type JsonObject } from '../core/json.ts';
import { parseJson } from '../core/parse-json.ts';
import type { MaskedText } from '../core/record.ts';
import type { Definitions, ElementDef, TypeDef } from '../definitions/types.ts';
import { addSubsetted } from './labels.ts';

/** The text of a masked resource with the parts that every subset leaves, tagged SUBSETTED whether or not any is gone. */
export function subsetText(
  definitions: Definitions,
  type: string,
  { text }: MaskedText,
  subsets: readonly Subset[],
): MaskedText {
  const parsed = parseJson(text);
  const definition = definitions.type(type);
  if (!parsed.ok || !isObject(parsed.value) || !definition) throw new RangeError('a masked text is no resource');
  const { resourceType, id, meta, ...members } = parsed.value;
  const left = subsets.reduce<JsonObject>((all, subset) => partsOf(definitions, definition, all, subset), members);
  const head = { resourceType, id, meta: addSubsetted(isObject(meta) ? meta : {}) };
  return { text: JSON.stringify({ ...head, ...left }) } as Masked<{ text: string }>;
}

function partsOf(definitions: Definitions, type: TypeDef, members: JsonObject, subset: Subset): JsonObject {
  switch (subset.kind) {
    case 'elements':
      return keep(type, members, ({ name }) => subset.names.has(name));
    case 'text':
      return keep(type, members, ({ name }) => name === 'text');
    case 'data': {
      const { text: _, ...data } = members;
      return data;
    }
    case 'summary':
      return summaryOf(definitions, type, members);
    default:
      return subset satisfies never;
  }
}

// R4 search.html#elements: mandatory and modifier elements are always there, or the rest could be misread.
const isKept = (element: ElementDef): boolean => element.min > 0 || element.modifier;

function keep(type: TypeDef, members: JsonObject, wanted: (element: ElementDef) => boolean): JsonObject {
  return Object.fromEntries(
    Object.entries(members).filter(([property]) => {
      const element = type.properties.get(nameOf(property))?.element;
      return element !== undefined && (isKept(element) || wanted(element));
    }),
  );
}

const nameOf = (property: string): string => (property.startsWith('_') ? property.slice(1) : property);

// A mark that something is masked is an extension: below the top these stay.
const isElementPart = (property: string): boolean => property === 'id' || property === 'extension';

function summaryOf(definitions: Definitions, type: TypeDef, members: JsonObject): JsonObject {
  const kept = keep(type, members, ({ name, summary }) => summary || (type.kind !== 'resource' && isElementPart(name)));
  return Object.fromEntries(
    Object.entries(kept).map(([property, value]) => {
      const below = definitions.type(type.properties.get(property)?.type ?? '');
      return [property, below?.kind === 'complex' ? summaryBelow(definitions, below, value) : value];
    }),
  );
}

function summaryBelow(definitions: Definitions, type: TypeDef, value: Json | undefined): Json | undefined {
  if (type.name === 'Extension') return value;
  if (isArray(value)) return value.map((item) => summaryBelow(definitions, type, item) ?? null);
  return isObject(value) ? summaryOf(definitions, type, value) : value;
}
