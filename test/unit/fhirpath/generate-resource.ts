/** Random resources made from the definitions: JSON with siblings, choices, extensions and holes in arrays. */
import type { GeneratorValue } from 'fast-check';
import fc from 'fast-check';
import type { Json, JsonObject } from '../../../src/core/json.ts';
import type { Definitions, ElementDef } from '../../../src/definitions/types.ts';

const TEXTS = ['a', 'b', 'Patient/1', 'Patient/2', 'Practitioner/7', 'MR'];
const URLS = ['u', 'v'];

export interface Source {
  readonly gen: GeneratorValue;
  readonly definitions: Definitions;
}

/** A resource of a type, a few levels deep. */
export function randomResource(source: Source, type: string): JsonObject {
  return { resourceType: type, ...randomObject(source, type, 4) };
}

/** A value of a primitive type out of a small vocabulary, so that comparisons come true. */
export function randomPrimitive({ gen }: Source, type: string): Json {
  switch (type) {
    case 'boolean':
      return gen(fc.boolean);
    case 'integer':
    case 'positiveInt':
    case 'unsignedInt':
      return gen(fc.constantFrom, 1, 2, 3);
    case 'decimal':
      return gen(fc.constantFrom, 1, 1.5, 0.1);
    case 'date':
    case 'dateTime':
      return gen(fc.constantFrom, '2020', '2020-01', '2020-01-01');
    case 'instant':
      return '2020-01-01T00:00:00Z';
    case 'time':
      return '10:00:00';
    default:
      return gen(fc.constantFrom, ...TEXTS);
  }
}

function randomObject(source: Source, type: string, depth: number): JsonObject {
  const elements = [...(source.definitions.type(type)?.elements.values() ?? [])].filter(isGenerated);
  const chosen = source.gen(fc.subarray, elements, {
    minLength: Math.min(1, elements.length),
    maxLength: Math.min(5, elements.length),
  });
  return Object.assign({}, ...chosen.map((element) => randomElement(source, { owner: type, element, depth })));
}

const isGenerated = (element: ElementDef): boolean => !['contained', 'text', 'id', 'extension'].includes(element.name);

interface Slot {
  readonly owner: string;
  readonly element: ElementDef;
  readonly depth: number;
}

function randomElement(source: Source, { owner, element, depth }: Slot): JsonObject {
  const def = source.definitions.type(owner);
  const properties = [...(def?.properties ?? [])].filter(([, property]) => property.element === element);
  if (properties.length === 0) return {};
  const [json, { type }] = source.gen(fc.constantFrom, ...properties);
  const count = element.max > 1 ? source.gen(fc.integer, { min: 1, max: 3 }) : 1;
  const isPrimitive = source.definitions.type(type)?.kind === 'primitive';
  const items = Array.from({ length: count }, () =>
    isPrimitive ? randomPair(source, type, depth) : { value: randomComplex(source, type, depth), sibling: null },
  );
  const values = items.map((item) => item.value);
  const siblings = items.map((item) => item.sibling);
  return {
    ...(values.some((value) => value !== null) ? { [json]: element.max > 1 ? values : (values[0] ?? null) } : {}),
    ...(siblings.some((value) => value !== null)
      ? { [`_${json}`]: element.max > 1 ? siblings : (siblings[0] ?? null) }
      : {}),
  };
}

function randomPair(source: Source, type: string, depth: number): { value: Json; sibling: Json } {
  const shape = source.gen(fc.constantFrom, 'value', 'value', 'value', 'both', 'sibling');
  const value = shape === 'sibling' ? null : randomPrimitive(source, type);
  return { value, sibling: shape === 'value' ? null : { extension: [randomExtension(source, depth)] } };
}

function randomComplex(source: Source, type: string, depth: number): Json {
  const object = depth > 0 ? randomObject(source, type, depth - 1) : {};
  const extended = source.gen(fc.constantFrom, false, false, false, true);
  return { ...object, ...(extended ? { extension: [randomExtension(source, depth)] } : {}) };
}

function randomExtension(source: Source, depth: number): JsonObject {
  const kinds = ['valueString', 'valueCode', 'valueBoolean', '_valueString', 'valueCoding'];
  const property = source.gen(fc.constantFrom, ...kinds, ...(depth > 2 ? ['extension'] : []));
  return { url: source.gen(fc.constantFrom, ...URLS), [property]: extensionValue(source, property, depth) };
}

function extensionValue(source: Source, property: string, depth: number): Json {
  switch (property) {
    case 'extension':
      return [randomExtension(source, depth - 1)];
    case 'valueBoolean':
      return source.gen(fc.boolean);
    case '_valueString':
      return { extension: [randomExtension(source, 0)] };
    case 'valueCoding':
      return { system: 'a', code: source.gen(fc.constantFrom, ...TEXTS) };
    default:
      return source.gen(fc.constantFrom, ...TEXTS);
  }
}
