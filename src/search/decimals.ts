/** Decimals as they are written: exact arithmetic for numbers that a search compares, bounded in size. */

/** `digits` × 10^`exponent`. */
export interface Decimal {
  readonly digits: bigint;
  readonly exponent: number;
}

// Longer texts and larger exponents are no clinical number: they have no value to a search.
const MAX_TEXT = 64;
const MAX_EXPONENT = 200;
const NUMBER = /^([+-]?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d{1,4}))?$/;

export interface WrittenDecimal extends Decimal {
  /** Whether it was written with an exponent, and then without a fraction: `1e2`. */
  readonly bareExponent: boolean;
}

/** Reads a decimal; undefined for what is none, or is beyond every measure. */
export function parseDecimal(text: string): WrittenDecimal | undefined {
  const match = text.length > MAX_TEXT ? null : NUMBER.exec(text);
  if (!match) return undefined;
  const [, sign, whole = '', fraction = '', power] = match;
  const exponent = Number(power ?? '0') - fraction.length;
  if (Math.abs(exponent) > MAX_EXPONENT) return undefined;
  const digits = BigInt(whole + fraction);
  return {
    digits: sign === '-' ? -digits : digits,
    exponent,
    bareExponent: power !== undefined && fraction === '',
  };
}

export const ZERO: Decimal = { digits: 0n, exponent: 0 };

const scaled = ({ digits, exponent }: Decimal, to: number): bigint => digits * 10n ** BigInt(exponent - to);

/** Negative, zero or positive, as `a` is less than, equal to or greater than `b`. */
export function compareDecimals(a: Decimal, b: Decimal): number {
  const exponent = Math.min(a.exponent, b.exponent);
  const left = scaled(a, exponent);
  const right = scaled(b, exponent);
  if (left === right) return 0;
  return left < right ? -1 : 1;
}

/** The sum. */
export function addDecimals(a: Decimal, b: Decimal): Decimal {
  const exponent = Math.min(a.exponent, b.exponent);
  return { digits: scaled(a, exponent) + scaled(b, exponent), exponent };
}

/** The product. */
export const multiplyDecimals = (a: Decimal, b: Decimal): Decimal => ({
  digits: a.digits * b.digits,
  exponent: a.exponent + b.exponent,
});

/** The other sign. */
export const negateDecimal = ({ digits, exponent }: Decimal): Decimal => ({ digits: -digits, exponent });

/** Without its sign. */
export const absolute = (value: Decimal): Decimal => (value.digits < 0n ? negateDecimal(value) : value);

/** Rounded, half away from zero, to so many significant digits. */
export function roundDecimal(value: Decimal, significant: number): Decimal {
  const { digits, exponent } = absolute(value);
  const surplus = String(digits).length - significant;
  if (surplus <= 0) return value;
  const unit = 10n ** BigInt(surplus);
  const rounded = (digits + unit / 2n) / unit;
  return { digits: value.digits < 0n ? -rounded : rounded, exponent: exponent + surplus };
}
