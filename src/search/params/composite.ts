/** Composite parameters: several values of one and the same place (R4 search.html#combining). */
import { badRequest } from '../../core/errors.ts';
import type { FhirNode } from '../../fhirpath/node.ts';
import { allOf, NEVER, perhaps } from '../bounds.ts';
import { splitUnescaped } from '../escapes.ts';
import type { CompositePart, ParamValue } from '../query.ts';
import { expressionNodes } from '../values.ts';
import type { NodeContext, ParameterType, ParseContext } from './parameter-type.ts';
import { parameterType } from './registry.ts';

/** The composite type: planned by the terms of its parts, decided by a look. */
export const composite: ParameterType = {
  modifiers: new Set(),
  parse: parseComposite,
  index: () => [],
  bounds: (value, context) => {
    if (value.kind !== 'composite') return NEVER;
    // Each part may be met at another place: together they say where to look.
    const parts = context.param.components.map(({ param }, i) => {
      const part = value.parts[i];
      return part ? parameterType(param.kind).bounds(part, context.part(param)) : NEVER;
    });
    return perhaps(allOf(parts).possible);
  },
  matches: (value, node, context) =>
    value.kind === 'composite' &&
    context.param.components.every((component, i) => meetsPart(component, value.parts[i], node, context)),
  parts: () => [],
};

function parseComposite(text: string, context: ParseContext): ParamValue {
  const { components } = context.param;
  const texts = splitUnescaped(text, '$');
  if (texts.length !== components.length || texts.some((part) => part.trim() === '')) {
    throw badRequest(`'${context.name}' takes ${components.length} values with a $ between them. Write a $ as \\$.`);
  }
  const parts = components.map(({ param }, i) =>
    parameterType(param.kind).parse(texts[i] ?? '', { ...context, param }),
  );
  return { kind: 'composite', parts };
}

function meetsPart(
  { param, expressions }: CompositePart,
  value: ParamValue | undefined,
  place: FhirNode,
  { baseUrl }: NodeContext,
): boolean {
  const expression = expressions.get(place.type);
  if (!expression || !value) return false;
  const type = parameterType(param.kind);
  return expressionNodes(expression, place).some((node) => type.matches(value, node, { param, baseUrl }));
}
