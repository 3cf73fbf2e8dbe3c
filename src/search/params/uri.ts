/** Uri parameters: the whole text, exactly (R4 search.html#uri). */
import { badRequest } from '../../core/errors.ts';
import type { FhirNode } from '../../fhirpath/node.ts';
import { NEVER } from '../bounds.ts';
import { withoutEscapes } from '../escapes.ts';
import type { ParameterType } from './parameter-type.ts';

/** The uri type. */
export const uri: ParameterType = {
  modifiers: new Set(),
  parse: (text, { name }) => {
    const plain = withoutEscapes(text);
    if (plain.trim() === '') throw badRequest(`'${name}' has an empty value.`);
    return { kind: 'uri', uri: plain };
  },
  index: (node) => urisOf(node).map((one) => [`u${one}`]),
  bounds: (value, context) => (value.kind === 'uri' ? context.values([`u${value.uri}`]) : NEVER),
  matches: (value, node) => value.kind === 'uri' && urisOf(node).includes(value.uri),
  parts: () => [],
};

const urisOf = ({ value }: FhirNode): readonly string[] => (typeof value === 'string' ? [value] : []);
