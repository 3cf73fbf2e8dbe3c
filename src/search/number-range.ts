/** Numbers compared as R4 search.html#number and #prefix say: a search's number against a stretch of numbers. */
import { absolute, addDecimals, compareDecimals, type Decimal, negateDecimal, parseDecimal } from './decimals.ts';
import type { Prefix } from './query.ts';

/** A number as a search asks for it. */
export interface SoughtNumber {
  readonly prefix: Prefix;
  /** The very number. */
  readonly at: Decimal;
  /** What its precision means; for `ap` a tenth to both sides. `from` included, `to` not. */
  readonly from: Decimal;
  readonly to: Decimal;
}

/** One end of a stretch; `open`: itself not part of it. */
export interface End {
  readonly value: Decimal;
  readonly open: boolean;
}

/** What a resource holds: mostly one number, both ends the same. No end: as far as there are numbers. */
export interface Stretch {
  readonly low?: End;
  readonly high?: End;
}

/** The stretch of one number: its two ends are one. */
export function point(value: Decimal): Stretch {
  const end: End = { value, open: false };
  return { low: end, high: end };
}

/** The number of a stretch that is one number. */
export const pointOf = ({ low, high }: Stretch): Decimal | undefined => (low === high ? low?.value : undefined);

const PREFIXED = /^(eq|ne|gt|lt|ge|le|sa|eb|ap)?(.*)$/s;
const PREFIXES: readonly Prefix[] = ['eq', 'ne', 'gt', 'lt', 'ge', 'le', 'sa', 'eb', 'ap'];

/** Reads a number with its prefix; undefined for what is none. */
export function parseSought(text: string): SoughtNumber | undefined {
  const [, letters = 'eq', rest = ''] = PREFIXED.exec(text) ?? [];
  // A plus sign that was not escaped in a URL arrives as a space.
  const written = parseDecimal(rest.replace(/^ /, '+').replace(/([eE]) /, '$1+'));
  if (!written) return undefined;
  const { digits, exponent } = written;
  const at = { digits, exponent };
  const prefix = PREFIXES.find((one) => one === letters) ?? 'eq';
  // R4 search.html#number: 100 means [99.5, 100.5), 100.00 means [99.995, 100.005), and 1e2 means [95, 105): a bare
  // exponent is read as if it were written 1.0e2.
  const half = { digits: 5n, exponent: exponent - (written.bareExponent ? 2 : 1) };
  const margin = prefix === 'ap' ? greater({ ...absolute(at), exponent: exponent - 1 }, half) : half;
  return { prefix, at, from: addDecimals(at, negateDecimal(margin)), to: addDecimals(at, margin) };
}

const greater = (a: Decimal, b: Decimal): Decimal => (compareDecimals(a, b) < 0 ? b : a);

/** The same search in another unit; `convert` must keep the order. */
export const convertSought = (
  { prefix, at, from, to }: SoughtNumber,
  convert: (value: Decimal) => Decimal,
): SoughtNumber => ({ prefix, at: convert(at), from: convert(from), to: convert(to) });

/** The same stretch in another unit. */
export function convertStretch(stretch: Stretch, convert: (value: Decimal) => Decimal): Stretch {
  const only = pointOf(stretch);
  if (only) return point(convert(only));
  const { low, high } = stretch;
  return {
    ...(low ? { low: { ...low, value: convert(low.value) } } : {}),
    ...(high ? { high: { ...high, value: convert(high.value) } } : {}),
  };
}

// Signs of `end - value`; an end that is not there lies beyond every number.
const lowAgainst = ({ low }: Stretch, value: Decimal): number => (low ? compareDecimals(low.value, value) : -1);
const highAgainst = ({ high }: Stretch, value: Decimal): number => (high ? compareDecimals(high.value, value) : 1);

function isWithin(target: Stretch, { from, to }: SoughtNumber): boolean {
  const high = highAgainst(target, to);
  return lowAgainst(target, from) >= 0 && (high < 0 || (high === 0 && target.high?.open === true));
}

function overlaps(target: Stretch, { from, to }: SoughtNumber): boolean {
  const high = highAgainst(target, from);
  const low = lowAgainst(target, to);
  const isAbove = high > 0 || (high === 0 && !target.high?.open);
  // `ap` takes both of its ends in: "about 10%" has no sharp one.
  return isAbove && (low < 0 || (low === 0 && !target.low?.open));
}

/** Whether what a resource holds is what a search asks for. */
export function meetsNumber(sought: SoughtNumber, target: Stretch): boolean {
  const { prefix, at } = sought;
  const low = lowAgainst(target, at);
  const high = highAgainst(target, at);
  switch (prefix) {
    case 'eq':
      return isWithin(target, sought);
    case 'ne':
      return !isWithin(target, sought);
    // R4 search.html#number: with these the number means itself, whatever its precision.
    case 'gt':
      return high > 0;
    case 'lt':
      return low < 0;
    case 'ge':
      return high > 0 || (high === 0 && !target.high?.open);
    case 'le':
      return low < 0 || (low === 0 && !target.low?.open);
    case 'sa':
      return low > 0 || (low === 0 && target.low?.open === true);
    case 'eb':
      return high < 0 || (high === 0 && target.high?.open === true);
    case 'ap':
      return overlaps(target, sought);
    default:
      return prefix satisfies never;
  }
}

/** The numbers among which all that match lie, ends included; undefined: anywhere. */
export function soughtBetween({
  prefix,
  at,
  from,
  to,
}: SoughtNumber): { readonly low?: Decimal; readonly high?: Decimal } | undefined {
  switch (prefix) {
    case 'eq':
    case 'ap':
      return { low: from, high: to };
    case 'gt':
    case 'ge':
    case 'sa':
      return { low: at };
    case 'lt':
    case 'le':
    case 'eb':
      return { high: at };
    case 'ne':
      return undefined;
    default:
      return prefix satisfies never;
  }
}
