/** Expressions as text, for canonical forms and for messages. */
import { canonicalDecimal } from './decimal.ts';
import type { Expression, Literal } from './syntax.ts';

/** A literal as FHIRPath writes it; equal literals give equal text. */
export function literalText(literal: Literal): string {
  switch (literal.kind) {
    case 'string':
      return `'${literal.value.replace(/[\\']/g, (c) => `\\${c}`)}'`;
    case 'boolean':
      return String(literal.value);
    case 'number':
      return plainDecimal(canonicalDecimal(literal.text));
    default:
      return literal satisfies never;
  }
}

/** An expression as the operator may recognise it. */
export function describe(expression: Expression): string {
  switch (expression.kind) {
    case 'member':
      return prefixed(expression.on, expression.name);
    case 'call':
      return prefixed(expression.on, `${expression.name}(${expression.args.map(describe).join(', ')})`);
    case 'index':
      return `${describe(expression.on)}[${describe(expression.index)}]`;
    case 'binary':
      return `${describe(expression.left)} ${expression.operator} ${describe(expression.right)}`;
    case 'type':
      return `${describe(expression.on)} ${expression.operator} ${expression.type}`;
    case 'literal':
      return literalText(expression.literal);
    case 'variable':
      return `%${expression.name}`;
    default:
      return expression satisfies never;
  }
}

const prefixed = (on: Expression | undefined, text: string): string => (on ? `${describe(on)}.${text}` : text);

// `15e-1` as `1.5`; FHIRPath literals have no exponent, so the zeros are no more than what was written.
function plainDecimal(canonical: string): string {
  const [, sign = '', digits = '0', exponent = '0'] = /^(-?)(\d+)(?:e(-?\d+))?$/.exec(canonical) ?? [];
  const places = Number(exponent);
  if (places >= 0) return sign + digits + '0'.repeat(places);
  const padded = digits.padStart(1 - places, '0');
  return `${sign}${padded.slice(0, places)}.${padded.slice(places)}`;
}
