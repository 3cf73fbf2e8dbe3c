/** What decides the terms of a resource, as a text: a store indexed under another one is indexed anew. */
import type { Definitions } from '../definitions/types.ts';
import type { SearchRegistry } from './parameters.ts';
import type { SearchParameter } from './query.ts';

/** To be raised with every change of how values become terms or sort boxes; what the definitions say is compared. */
const FORM = 3;

/** The form of the index that these parameters give. */
export function indexForm(registry: SearchRegistry, definitions: Definitions): string {
  const types = definitions.servedTypes.map((type) => [
    type,
    registry.supported(type).filter(isIndexed).map(formOf),
    [...definitions.profile(type).itemClasses],
    definitions.profile(type).patient,
  ]);
  return JSON.stringify([FORM, types]);
}

const isIndexed = ({ code, indexes }: SearchParameter): boolean => indexes.includes(code);

const formOf = ({ code, kind, definition, delegated, implied }: SearchParameter): readonly unknown[] => [
  code,
  kind,
  definition.expression,
  delegated,
  implied !== undefined,
];
