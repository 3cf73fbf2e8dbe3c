/** `_id`: the one parameter that needs no index (R4 search.html#all). */
import { badRequest } from '../../core/errors.ts';
import { ID } from '../../core/reference.ts';
import { exactly, NEVER } from '../bounds.ts';
import { withoutEscapes } from '../escapes.ts';
import type { Modifier } from '../query.ts';
import type { ParameterType } from './parameter-type.ts';

/** The type of `_id`. */
export const id: ParameterType = {
  modifiers: new Set<Modifier>(['not']),
  parse: (text, { name }) => {
    const plain = withoutEscapes(text);
    if (plain.trim() === '') throw badRequest(`'${name}' has an empty value.`);
    return { kind: 'id', id: plain };
  },
  index: () => [],
  // What is no id at all names no resource, and is not worth a term.
  bounds: (value, context) => (value.kind === 'id' && ID.test(value.id) ? exactly(context.resource(value.id)) : NEVER),
  matches: (value, node) => value.kind === 'id' && node.value === value.id,
  parts: () => [],
};
