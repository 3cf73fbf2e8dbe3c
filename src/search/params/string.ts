/** String parameters: names, addresses and texts, by how they begin (R4 search.html#string). */
import { badRequest } from '../../core/errors.ts';
import { isArray, isObject, type Json, member } from '../../core/json.ts';
import type { FhirNode } from '../../fhirpath/node.ts';
import { type Bounds, NEVER, perhaps } from '../bounds.ts';
import { withoutEscapes } from '../escapes.ts';
import { indexedPrefix, normalise, prefixesOf } from '../normalise.ts';
import type { Modifier, ParamValue } from '../query.ts';
import type { BoundsContext, ParameterType, ParseContext } from './parameter-type.ts';

type StringValue = Extract<ParamValue, { kind: 'string' }>;

// R4 search.html#string: any of the parts of a name or an address.
const PARTS: ReadonlyMap<string, readonly string[]> = new Map([
  ['HumanName', ['family', 'given', 'prefix', 'suffix', 'text']],
  ['Address', ['line', 'city', 'district', 'state', 'postalCode', 'country', 'text']],
]);

/** The string type. */
export const string: ParameterType = {
  modifiers: new Set<Modifier>(['exact', 'contains']),
  parse: parseString,
  index: (node, { param }) => textsOf(node, param.delegated).map(stringTerms),
  bounds: (value, context) => (value.kind === 'string' ? stringBounds(value, context) : NEVER),
  matches: (value, node, { modifier }) =>
    value.kind === 'string' && comparedTexts(node, modifier).some((text) => matchesText(value, text, modifier)),
  sortValues: (node, { delegated }) => textsOf(node, delegated).map(normalise),
  parts: (type) => PARTS.get(type) ?? [],
};

function parseString(text: string, { name }: ParseContext): ParamValue {
  const plain = withoutEscapes(text);
  if (plain.trim() === '') throw badRequest(`'${name}' has an empty value.`);
  return { kind: 'string', text: plain, normal: normalise(plain) };
}

function textsOf({ value, type }: FhirNode, without: readonly string[]): readonly string[] {
  if (typeof value === 'string') return [value];
  if (!isObject(value)) return [];
  const parts = (PARTS.get(type) ?? []).filter((part) => !without.includes(part));
  return parts.flatMap((part) => textsIn(member(value, part)));
}

const textsIn = (value: Json | undefined): readonly string[] =>
  (isArray(value) ? value : [value]).filter((item) => typeof item === 'string');

const whole = (normal: string): string => `w${normal}`;

// The whole is a term only where it is too short for a prefix: a longer one would tell the disk's reader that two
// names are equal, and a search for it reads little less than one for its longest prefix (ADR 0018).
function stringTerms(text: string): readonly string[] {
  const normal = normalise(text);
  const prefixes = prefixesOf(normal).map((prefix) => `p${prefix}`);
  return prefixes.length > 0 ? prefixes : [whole(normal)];
}

function stringBounds({ normal }: StringValue, context: BoundsContext): Bounds {
  if (context.modifier === 'contains') return perhaps(context.present);
  const isExact = context.modifier === 'exact';
  const prefix = indexedPrefix(normal);
  if (prefix === undefined) return perhaps(isExact ? context.values([whole(normal)]).possible : context.present);
  const found = context.values([`p${prefix}`]);
  return prefix === normal && !isExact ? found : perhaps(found.possible);
}

// A node is compared with up to 200 values, and a resource may have thousands of names: each is normalised once.
const NORMALISED = new WeakMap<FhirNode, readonly string[]>();

function comparedTexts(node: FhirNode, modifier: Modifier | undefined): readonly string[] {
  if (modifier === 'exact') return textsOf(node, []);
  const known = NORMALISED.get(node) ?? textsOf(node, []).map(normalise);
  NORMALISED.set(node, known);
  return known;
}

function matchesText({ text: wanted, normal }: StringValue, text: string, modifier: Modifier | undefined): boolean {
  if (modifier === 'exact') return text === wanted;
  return modifier === 'contains' ? text.includes(normal) : text.startsWith(normal);
}
