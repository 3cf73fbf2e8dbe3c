/** Uri parameters: the whole text, or with `:above` and `:below` along its path (R4 search.html#uri). */
import { badRequest } from '../../core/errors.ts';
import type { FhirNode } from '../../fhirpath/node.ts';
import { NEVER, perhaps } from '../bounds.ts';
import { withoutEscapes } from '../escapes.ts';
import type { Modifier } from '../query.ts';
import type { ParameterType } from './parameter-type.ts';

/** The uri type. */
export const uri: ParameterType = {
  modifiers: new Set<Modifier>(['above', 'below']),
  parse: (text, { name }) => {
    const plain = withoutEscapes(text);
    if (plain.trim() === '') throw badRequest(`'${name}' has an empty value.`);
    return { kind: 'uri', uri: plain };
  },
  index: (node) => urisOf(node).map((one) => [`u${one}`]),
  bounds: (value, context) => {
    if (value.kind !== 'uri') return NEVER;
    return context.modifier === undefined ? context.values([`u${value.uri}`]) : perhaps(context.present);
  },
  matches: (value, node, { modifier }) =>
    value.kind === 'uri' && urisOf(node).some((own) => isRelated(own, value.uri, modifier)),
  parts: () => [],
};

const urisOf = ({ value }: FhirNode): readonly string[] => (typeof value === 'string' ? [value] : []);

function isRelated(own: string, asked: string, modifier: Modifier | undefined): boolean {
  if (modifier === 'above') return isAtOrAbove(own, asked);
  return modifier === 'below' ? isAtOrAbove(asked, own) : own === asked;
}

// R4 search.html#uri: by whole segments, so that http://a/b is above http://a/b/c and not above http://a/bc.
function isAtOrAbove(upper: string, lower: string): boolean {
  return upper === lower || lower.startsWith(upper.endsWith('/') ? upper : `${upper}/`);
}
