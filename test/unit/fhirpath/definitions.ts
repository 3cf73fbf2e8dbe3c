/** The definitions that these tests compile against. */
import { fileURLToPath } from 'node:url';
import { loadDefinitions } from '../../../src/definitions/registry.ts';
import type { Definitions, ItemClass } from '../../../src/definitions/types.ts';

export const definitions: Definitions = loadDefinitions(fileURLToPath(new URL('../../../profiles', import.meta.url)));

/** The same for Patients alone, whose identifiers fall into the classes given. */
export function withClasses(classes: readonly ItemClass[]): Definitions {
  const profile = { ...definitions.profile('Patient'), itemClasses: new Map([['identifier', classes]]) };
  return { ...definitions, servedTypes: ['Patient'], profile: () => profile };
}

/** Every search parameter that has an expression, with those of its components. */
export const searchExpressions = definitions.servedTypes.flatMap((type) =>
  [...definitions.searchParams(type).values()]
    .filter((parameter) => parameter.expression !== '' && parameter.type !== 'special')
    .map(({ expression, components = [] }) => ({
      type,
      expression,
      components: components.map((component) => component.expression),
    })),
);
