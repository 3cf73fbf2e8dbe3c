/**
 * Numbers as terms: sign and power of ten, then one, two and three leading digits, each a cell that holds the number.
 * `1e2`, `14e2`, `145e2` are cells of 145; a range is covered by the fewest cells.
 */
import { absolute, compareDecimals, type Decimal, negateDecimal, ZERO } from './decimals.ts';

// Beyond these powers of ten all numbers share a cell.
const SMALLEST = -31;
const LARGEST = 31;
const ZERO_CELL = '0';
const NEGATIVE_CELL = '-';

/** A cell of positive numbers: `low` included, `high` not; no `high`: without end. */
interface Cell {
  readonly name: string;
  readonly low: Decimal;
  readonly high?: Decimal;
  parts(): readonly Cell[];
}

/** The cells that hold a number, to so many leading digits. */
export function numberCells(value: Decimal, digits: number): readonly string[] {
  if (value.digits === 0n) return [ZERO_CELL];
  const text = String(absolute(value).digits);
  const power = text.length - 1 + value.exponent;
  const sign = value.digits < 0n ? NEGATIVE_CELL : '';
  const clipped = Math.min(LARGEST, Math.max(SMALLEST, power));
  const lengths = clipped === power && power > SMALLEST && power < LARGEST ? digits : 0;
  const padded = text.padEnd(digits, '0');
  return [
    ...(sign === '' ? [] : [NEGATIVE_CELL]),
    ...Array.from({ length: lengths + 1 }, (_, length) => `${sign}${padded.slice(0, length)}e${clipped}`),
  ];
}

/** The cells among which all numbers of a range lie, ends included; an end that is not given is open. */
export function coverNumbers(
  { low, high }: { readonly low?: Decimal; readonly high?: Decimal },
  digits: number,
): readonly string[] {
  const names: string[] = [];
  const isBelowZero = low === undefined || low.digits < 0n;
  const isAboveZero = high === undefined || high.digits > 0n;
  if (isBelowZero) names.push(...coverNegative(low, high, digits));
  if ((isBelowZero || low.digits === 0n) && (isAboveZero || high.digits === 0n)) names.push(ZERO_CELL);
  if (isAboveZero) names.push(...coverPositive(isBelowZero ? ZERO : low, high, digits));
  return names;
}

function coverNegative(low: Decimal | undefined, high: Decimal | undefined, digits: number): readonly string[] {
  const isToZero = high === undefined || high.digits >= 0n;
  if (low === undefined && isToZero) return [NEGATIVE_CELL];
  const nearest = isToZero ? ZERO : negateDecimal(high);
  const farthest = low === undefined ? undefined : negateDecimal(low);
  return coverPositive(nearest, farthest, digits).map((name) => `${NEGATIVE_CELL}${name}`);
}

function coverPositive(low: Decimal, high: Decimal | undefined, digits: number): readonly string[] {
  const names: string[] = [];
  const visit = (cell: Cell, depth: number): void => {
    if (high !== undefined && compareDecimals(high, cell.low) < 0) return;
    if (cell.high !== undefined && compareDecimals(low, cell.high) >= 0) return;
    const isWhole = compareDecimals(low, cell.low) <= 0 && reaches(high, cell.high);
    const parts = isWhole || depth === 0 ? [] : cell.parts();
    if (parts.length === 0) names.push(cell.name);
    else for (const part of parts) visit(part, depth - 1);
  };
  for (const cell of POWERS) visit(cell, digits);
  return names;
}

const reaches = (high: Decimal | undefined, end: Decimal | undefined): boolean =>
  high === undefined || (end !== undefined && compareDecimals(high, end) >= 0);

const digitCell = (leading: number, length: number, power: number): Cell => ({
  name: `${leading}e${power}`,
  low: { digits: BigInt(leading), exponent: power - length + 1 },
  high: { digits: BigInt(leading + 1), exponent: power - length + 1 },
  parts: () => Array.from({ length: 10 }, (_, digit) => digitCell(leading * 10 + digit, length + 1, power)),
});

function powerCell(power: number): Cell {
  const isInner = power > SMALLEST && power < LARGEST;
  return {
    name: `e${power}`,
    low: power === SMALLEST ? ZERO : { digits: 1n, exponent: power },
    ...(power === LARGEST ? {} : { high: { digits: 1n, exponent: power + 1 } }),
    parts: () => (isInner ? Array.from({ length: 9 }, (_, i) => digitCell(i + 1, 1, power)) : []),
  };
}

const POWERS: readonly Cell[] = Array.from({ length: LARGEST - SMALLEST + 1 }, (_, i) => powerCell(SMALLEST + i));
