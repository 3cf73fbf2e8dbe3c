/** Reference parameters (R4 search.html#reference): to resources of this server, and to others by their text. */
import { badRequest } from '../../core/errors.ts';
import { isObject, member } from '../../core/json.ts';
import { or } from '../../core/plan.ts';
import { ID, type LiteralReference, parseReference } from '../../core/reference.ts';
import type { FhirNode } from '../../fhirpath/node.ts';
import { type Bounds, exactly, NEVER } from '../bounds.ts';
import { withoutEscapes } from '../escapes.ts';
import type { Modifier, ParamValue, ReferenceValue, SearchParameter } from '../query.ts';
import type { BoundsContext, NodeContext, ParameterType, ParseContext } from './parameter-type.ts';
import { identifierBounds, identifierTerms, matchesIdentifier, parseToken } from './token.ts';

/** The reference type. */
export const reference: ParameterType = {
  modifiers: new Set<Modifier>(['identifier', 'type']),
  parse: (text, context) => (context.modifier === 'identifier' ? parseToken(text, context) : parseValue(text, context)),
  index: (node, context) =>
    context.modifier === 'identifier' ? identifierTerms(identifierOf(node)) : foreignTerms(node, context),
  bounds: (value, context) => {
    if (value.kind === 'token') return identifierBounds(value, context);
    return value.kind === 'reference' ? referenceBounds(value, context) : NEVER;
  },
  matches: (value, node, context) => {
    if (value.kind === 'token') return matchesIdentifier(value, identifierOf(node));
    return value.kind === 'reference' && matchesReference(value, node, context);
  },
  parts: (type, modifier) => {
    if (type !== 'Reference') return [];
    return modifier === 'identifier' ? ['identifier'] : ['reference'];
  },
};

/** The resource of this server that a node names. */
export function targetOf(node: FhirNode, baseUrl: string): LiteralReference | undefined {
  const text = textOf(node);
  return text === undefined ? undefined : parseReference(text, baseUrl);
}

function textOf({ value }: FhirNode): string | undefined {
  const text = isObject(value) ? member(value, 'reference') : value;
  return typeof text === 'string' && text !== '' ? text : undefined;
}

const identifierOf = ({ value }: FhirNode) => (isObject(value) ? member(value, 'identifier') : undefined);

function parseValue(text: string, context: ParseContext): ParamValue {
  const plain = withoutEscapes(text);
  if (plain.trim() === '') throw badRequest(`'${context.name}' has an empty value.`);
  const { targetType, param } = context;
  const literal = parseReference(plain, context.baseUrl);
  if (literal) return { kind: 'reference', targets: allowed([checkedTarget(literal, context)], param) };
  if (!ID.test(plain)) {
    if (targetType !== undefined) throw badRequest(`'${context.name}' takes an id or ${targetType}/id.`);
    return { kind: 'reference', targets: [], text: plain };
  }
  if (targetType !== undefined)
    return { kind: 'reference', targets: allowed([{ type: targetType, id: plain }], param) };
  return { kind: 'reference', targets: targetTypes(context).map((type) => ({ type, id: plain })) };
}

function checkedTarget({ type, id }: LiteralReference, context: ParseContext): { type: string; id: string } {
  if (!context.resourceTypes.has(type)) throw badRequest(`'${context.name}' names no resource type of R4.`);
  if (context.targetType !== undefined && context.targetType !== type) {
    throw badRequest(`'${context.name}' names a resource of another type.`);
  }
  return { type, id };
}

const allowed = (targets: ReferenceValue['targets'], { targets: types }: SearchParameter): ReferenceValue['targets'] =>
  targets.filter(({ type }) => types.length === 0 || types.includes(type));

const targetTypes = ({ param, resourceTypes }: ParseContext): readonly string[] =>
  param.targets.length > 0 ? param.targets : [...resourceTypes];

// References to this server stand in a table of their own; the rest, `urn:` and other servers, are terms. A
// canonical is found with and without its version.
function foreignTerms(node: FhirNode, { baseUrl }: NodeContext): readonly (readonly string[])[] {
  const text = textOf(node);
  if (text === undefined || text.startsWith('#') || parseReference(text, baseUrl)) return [];
  return [isObject(node.value) ? [`u${text}`] : [...new Set([`u${text}`, `u${withoutVersion(text)}`])]];
}

const withoutVersion = (canonical: string): string => canonical.replace(/\|[^|]*$/, '');

function referenceBounds({ targets, text }: ReferenceValue, context: BoundsContext): Bounds {
  if (text !== undefined) return context.values([`u${text}`]);
  return exactly(or(targets.map(({ type, id }) => context.reference(type, id))));
}

function matchesReference({ targets, text }: ReferenceValue, node: FhirNode, { baseUrl }: NodeContext): boolean {
  const own = textOf(node);
  if (own === undefined || own.startsWith('#')) return false;
  const literal = parseReference(own, baseUrl);
  if (text !== undefined) {
    return !literal && (own === text || (!isObject(node.value) && withoutVersion(own) === text));
  }
  return literal !== undefined && targets.some(({ type, id }) => type === literal.type && id === literal.id);
}
