/** Token parameters: codes, identifiers, contact points, yes and no (R4 search.html#token). */
import { badRequest } from '../../core/errors.ts';
import { isArray, isObject, type Json, type JsonObject, member } from '../../core/json.ts';
import type { FhirNode } from '../../fhirpath/node.ts';
import { type Bounds, NEVER, perhaps } from '../bounds.ts';
import { splitUnescaped, withoutEscapes } from '../escapes.ts';
import { foldCode, normalise } from '../normalise.ts';
import type { Modifier, ParamValue, SearchParameter } from '../query.ts';
import type { BoundsContext, ParameterType, ParseContext } from './parameter-type.ts';
import { string } from './string.ts';

/** A code with its system, as R4's token table reads it from each type. */
interface Coded {
  /** Undefined where there is none. */
  readonly system?: string;
  readonly code?: string;
}

const PARTS: ReadonlyMap<string, readonly string[]> = new Map([
  ['Coding', ['system', 'code']],
  ['CodeableConcept', ['coding.system', 'coding.code']],
  ['Identifier', ['system', 'value']],
  ['ContactPoint', ['system', 'value']],
]);

// R4 search.html#token: what `:text` searches.
const TEXT_PARTS: ReadonlyMap<string, readonly string[]> = new Map([
  ['Coding', ['display']],
  ['CodeableConcept', ['text', 'coding.display']],
  ['Identifier', ['type.text']],
]);

/** Whether `:text` has something to search in an element of a type. */
export const hasText = (type: string): boolean => TEXT_PARTS.has(type);

/** The token type. */
export const token: ParameterType = {
  modifiers: new Set<Modifier>(['not', 'of-type', 'text']),
  parse: parseByModifier,
  index: (node, { param }) => codedValues(node).map((coded) => tokenTerms(coded, param)),
  bounds: tokenBounds,
  matches: (value, node, { param }) => {
    if (value.kind === 'of-type') return isOfType(node.value, value);
    if (value.kind === 'string') return codeTexts(node).some((one) => normalise(one).startsWith(value.normal));
    return codedValues(node).some((coded) => matchesToken(value, coded, param));
  },
  sortValues: (node) =>
    codedValues(node).flatMap(({ code }) => (code === undefined ? [] : [foldCode(undefined, code)])),
  parts: (type, modifier) => {
    if (modifier === 'of-type') return ['system', 'value', 'type.coding.system', 'type.coding.code'];
    return (modifier === 'text' ? TEXT_PARTS.get(type) : PARTS.get(type)) ?? [];
  },
};

function parseByModifier(text: string, context: ParseContext): ParamValue {
  if (context.modifier === 'of-type') return parseOfType(text, context);
  return context.modifier === 'text' ? string.parse(text, context) : parseToken(text, context);
}

/** Reads `code`, `system|code`, `|code` or `system|`. */
export function parseToken(text: string, { name }: Pick<ParseContext, 'name'>): ParamValue {
  const [first = '', second, ...more] = splitUnescaped(text, '|').map(withoutEscapes);
  if (more.length > 0)
    throw badRequest(`'${name}' takes code, system|code, |code or system|. Write a | in a code as \\|.`);
  if (second === undefined) return { kind: 'token', code: first };
  if (first === '' && second === '') throw badRequest(`'${name}' has neither a system nor a code.`);
  return { kind: 'token', system: first, ...(second === '' ? {} : { code: second }) };
}

function parseOfType(text: string, { name }: ParseContext): ParamValue {
  const [system = '', code = '', value = '', ...more] = splitUnescaped(text, '|').map(withoutEscapes);
  if (system === '' || code === '' || value === '' || more.length > 0) {
    throw badRequest(`'${name}' takes system|code|value, where system and code are of the identifier's type.`);
  }
  return { kind: 'of-type', system, code, value };
}

const text = (value: Json | undefined): string | undefined =>
  typeof value === 'string' && value !== '' ? value : undefined;

const coded = (system: string | undefined, code: string | undefined): Coded => ({
  ...(system === undefined ? {} : { system }),
  ...(code === undefined ? {} : { code }),
});

/** The codes of a node, whatever its type. */
export function codedValues({ value, type }: FhirNode): readonly Coded[] {
  if (typeof value === 'boolean') return [{ code: String(value) }];
  if (typeof value === 'string') return value === '' ? [] : [{ code: value }];
  if (!isObject(value)) return [];
  if (type !== 'CodeableConcept') return withContent([codedOf(value, type)]);
  const codings = member(value, 'coding');
  return isArray(codings) ? withContent(codings.filter(isObject).map((coding) => codedOf(coding, 'Coding'))) : [];
}

const withContent = (all: readonly Coded[]): readonly Coded[] =>
  all.filter((one) => one.code !== undefined || one.system !== undefined);

const codedOf = (object: JsonObject, type: string): Coded =>
  coded(text(member(object, 'system')), text(member(object, type === 'Coding' ? 'code' : 'value')));

// The forms of a term value; a system may hold any character, so its length stands before it.
const anySystem = (code: string): string => `c${foldCode(undefined, code)}`;
const noSystem = (code: string): string => `n${foldCode(undefined, code)}`;
const inSystem = (system: string, code: string): string => `b${system.length}:${system}${foldCode(system, code)}`;
const wholeSystem = (system: string): string => `s${system}`;

function tokenTerms(one: Coded, param: SearchParameter): readonly string[] {
  // The system of a plain code is known from the definitions: the query is rewritten, not the index.
  return param.implied ? [anySystem(one.code ?? '')] : codedTerms(one);
}

function codedTerms({ system, code }: Coded): readonly string[] {
  if (code === undefined) return system === undefined ? [] : [wholeSystem(system)];
  if (system === undefined) return [anySystem(code), noSystem(code)];
  return [anySystem(code), inSystem(system, code), wholeSystem(system)];
}

function queryTerm(system: string | undefined, code: string | undefined): string {
  if (code === undefined) return wholeSystem(system ?? '');
  if (system === undefined) return anySystem(code);
  return system === '' ? noSystem(code) : inSystem(system, code);
}

function codeTexts({ value, type }: FhirNode): readonly string[] {
  return (TEXT_PARTS.get(type) ?? []).flatMap((part) => textsAt(value, part.split('.')));
}

function textsAt(value: Json | undefined, [name, ...rest]: readonly string[]): readonly string[] {
  if (isArray(value)) return value.flatMap((item) => textsAt(item, name === undefined ? [] : [name, ...rest]));
  if (name === undefined) return typeof value === 'string' ? [value] : [];
  return isObject(value) ? textsAt(member(value, name), rest) : [];
}

function tokenBounds(value: ParamValue, context: BoundsContext): Bounds {
  if (value.kind === 'string') return perhaps(context.present);
  if (value.kind === 'of-type') return perhaps(context.values([anySystem(value.value)]).possible);
  if (value.kind !== 'token') return NEVER;
  const { implied } = context.param;
  return implied ? impliedBounds(value, implied, context) : context.values([queryTerm(value.system, value.code)]);
}

type Token = Extract<ParamValue, { kind: 'token' }>;
type Implied = NonNullable<SearchParameter['implied']>;

function impliedBounds({ system, code }: Token, implied: Implied, context: BoundsContext): Bounds {
  if (code === undefined) return implied.systems.has(system ?? '') ? perhaps(context.present) : NEVER;
  return !system || implied.has(system, code) ? context.values([anySystem(code)]) : NEVER;
}

function matchesToken(value: ParamValue, one: Coded, param: SearchParameter): boolean {
  if (value.kind !== 'token') return false;
  return param.implied ? matchesImplied(value, one.code ?? '', param.implied) : matchesCoded(value, one);
}

function matchesCoded(value: Token, { system, code }: Coded): boolean {
  if (value.code === undefined) return value.system === system;
  if (code === undefined) return false;
  if (value.system === undefined) return foldCode(undefined, value.code) === foldCode(undefined, code);
  return value.system === (system ?? '') && foldCode(value.system, value.code) === foldCode(value.system, code);
}

function matchesImplied(value: Token, code: string, implied: Implied): boolean {
  if (value.code === undefined) return implied.systems.has(value.system ?? '');
  if (foldCode(undefined, value.code) !== foldCode(undefined, code)) return false;
  return !value.system || implied.has(value.system, value.code);
}

function isOfType(item: Json | undefined, wanted: Extract<ParamValue, { kind: 'of-type' }>): boolean {
  if (!isObject(item)) return false;
  const value = text(member(item, 'value'));
  if (value === undefined || foldCode(undefined, value) !== foldCode(undefined, wanted.value)) return false;
  const type = member(item, 'type') ?? undefined;
  return codedValues({ value: type, type: 'CodeableConcept' }).some(
    (one) =>
      one.system === wanted.system &&
      one.code !== undefined &&
      foldCode(wanted.system, one.code) === foldCode(wanted.system, wanted.code),
  );
}

/** Terms of a Reference's identifier, for `:identifier`. */
export const identifierTerms = (identifier: Json | undefined): readonly (readonly string[])[] =>
  codedValues({ value: identifier, type: 'Identifier' }).map(codedTerms);

/** What the terms say of a Reference's identifier. */
export const identifierBounds = ({ system, code }: Token, context: BoundsContext): Bounds =>
  context.values([queryTerm(system, code)]);

/** Whether a Reference's identifier is the one asked for. */
export const matchesIdentifier = (value: Token, identifier: Json | undefined): boolean =>
  codedValues({ value: identifier, type: 'Identifier' }).some((one) => matchesCoded(value, one));
