/** Number parameters (R4 search.html#number). */
import { badRequest } from '../../core/errors.ts';
import { isNumber, numberText } from '../../core/json.ts';
import type { FhirNode } from '../../fhirpath/node.ts';
import { type Bounds, NEVER, perhaps } from '../bounds.ts';
import { parseDecimal } from '../decimals.ts';
import { withoutEscapes } from '../escapes.ts';
import {
  meetsNumber,
  parseSought,
  point,
  pointOf,
  type SoughtNumber,
  type Stretch,
  soughtBetween,
} from '../number-range.ts';
import { coverNumbers, numberCells } from '../number-terms.ts';
import type { BoundsContext, ParameterType } from './parameter-type.ts';

const DIGITS = 3;
const SPACE = 'r';

/** The number type. */
export const number: ParameterType = {
  modifiers: new Set(),
  parse: (text, { name }) => {
    const sought = parseSought(withoutEscapes(text));
    if (!sought) throw badRequest(`'${name}' takes a number such as 5, 5.40 or 1e2, after an optional prefix.`);
    return { kind: 'number', ...sought };
  },
  index: (node) => stretchesOf(node).map((stretch) => stretchTerms(SPACE, stretch, DIGITS)),
  bounds: (value, context) => (value.kind === 'number' ? numberBounds(SPACE, value, DIGITS, context) : NEVER),
  matches: (value, node) => value.kind === 'number' && stretchesOf(node).some((one) => meetsNumber(value, one)),
  sortValues: (node) => stretchesOf(node).flatMap(sizeOf),
  parts: () => [],
};

/** What a stretch of numbers is ordered by: its low end, or the high one where there is no other. */
export function sizeOf({ low, high }: Stretch): readonly number[] {
  const end = (low ?? high)?.value;
  return end ? [Number(`${end.digits}e${end.exponent}`)] : [];
}

function stretchesOf({ value }: FhirNode): readonly Stretch[] {
  const decimal = isNumber(value) ? parseDecimal(numberText(value)) : undefined;
  return decimal ? [point(decimal)] : [];
}

const WIDE = 'wide';

/** The term values of a stretch; `space` keeps numbers of different units apart. */
export function stretchTerms(space: string, stretch: Stretch, digits: number): readonly string[] {
  const only = pointOf(stretch);
  // A stretch that is no single number is looked at for every query: `<5` and ranges are rare.
  const cells = only ? numberCells(only, digits) : [WIDE];
  return cells.map((cell) => `${space}|${cell}`);
}

/** What the terms of a space say of a sought number. */
export function numberBounds(space: string, sought: SoughtNumber, digits: number, context: BoundsContext): Bounds {
  const range = soughtBetween(sought);
  if (!range) return perhaps(context.present);
  const cells = [WIDE, ...coverNumbers(range, digits)].map((cell) => `${space}|${cell}`);
  return perhaps(context.values(cells).possible);
}
