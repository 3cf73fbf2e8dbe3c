/** Units in one form, so that 5.4 mg and 0.0054 g are one quantity to a search (R4 search.html#quantity). */
import { ucumUnit } from '../fhirpath/ucum-unit.ts';
import { addDecimals, type Decimal, multiplyDecimals, parseDecimal, roundDecimal } from './decimals.ts';

export const UCUM = 'http://unitsofmeasure.org';

export interface CanonicalUnit {
  /** Equal for units that can be converted into each other. */
  readonly dimension: string;
  /** A value in base units; keeps the order of values. */
  convert(value: Decimal): Decimal;
}

// A double holds fifteen digits; what a conversion adds behind them is noise.
const FACTOR_DIGITS = 15;
const VALUE_DIGITS = 13;
const AVOGADRO = 6.0221367e23;

// Temperatures are offset. Other special units (pH, dB) have no such form: they are compared by their code.
const TEMPERATURES: ReadonlyMap<string, { readonly zero: Decimal; readonly factor: number }> = new Map([
  ['Cel', { zero: { digits: 27_315n, exponent: -2 }, factor: 1 }],
  ['[degF]', { zero: { digits: 45_967n, exponent: -2 }, factor: 5 / 9 }],
]);
const KELVIN = dimensionName([0, 0, 0, 0, 1, 0, 0], 0);

/** What a unit is in base units; undefined for a code that UCUM does not know, or that has no such form. */
export function canonicalUnit(code: string): CanonicalUnit | undefined {
  const temperature = TEMPERATURES.get(code);
  if (temperature) {
    const multiply = multiplyBy(temperature.factor);
    return { dimension: KELVIN, convert: (value) => multiply(addDecimals(value, temperature.zero)) };
  }
  const unit = ucumUnit(code);
  if (!unit) return undefined;
  // Without Avogadro's number, mmol/L is a thousandth of mol/L to the digit.
  const factor = unit.magnitude / AVOGADRO ** unit.moles;
  return { dimension: dimensionName(unit.dimension, unit.moles), convert: multiplyBy(factor) };
}

function dimensionName(vector: readonly number[], moles: number): string {
  return [...vector, moles].join(',');
}

function multiplyBy(factor: number): (value: Decimal) => Decimal {
  const written = parseDecimal(factor.toExponential(FACTOR_DIGITS - 1));
  if (!written) throw new Error('a unit has no factor');
  const isPowerOfTen = /^10*$/.test(String(written.digits));
  return (value) => {
    const product = multiplyDecimals(value, written);
    return isPowerOfTen ? product : roundDecimal(product, VALUE_DIGITS);
  };
}
