/** Calendar units by which dates are indexed and ranges of them are covered: a handful of terms for any range. */
import { civilDate, dayNumber } from './civil-day.ts';
import { DAY } from './date-range.ts';

export type Level = 'decade' | 'year' | 'month' | 'day';

/** A range of days that has a name of its own; `to` is not part of it. */
export interface Unit {
  readonly name: string;
  readonly from: number;
  readonly to: number;
  parts(): readonly Unit[];
}

// Decades from 1850 to 2149; what lies before or after them is one unit each, cut by year when a query needs it.
const FIRST_YEAR = 1850;
const LAST_YEAR = 2150;
const MAX_YEARS = 200;

const pad = (value: number, width: number): string => String(value).padStart(width, '0');
const yearName = (year: number): string => `y${pad(year, 4)}`;
const monthName = (year: number, month: number): string => `m${pad(year, 4)}-${pad(month, 2)}`;
const dayName = (year: number, month: number, day: number): string =>
  `d${pad(year, 4)}-${pad(month, 2)}-${pad(day, 2)}`;

function decadeName(year: number): string {
  if (year < FIRST_YEAR) return 'before';
  return year >= LAST_YEAR ? 'after' : `c${Math.floor(year / 10)}`;
}

/** The units that hold a day, from decade to day. */
export function unitsOf(day: number): readonly [string, string, string, string] {
  const { year, month, day: dayOfMonth } = civilDate(day);
  return [decadeName(year), yearName(year), monthName(year, month), dayName(year, month, dayOfMonth)];
}

/** The day that an instant, in nanoseconds since 1970, falls on. */
export const dayOf = (instant: bigint): number => {
  const day = Number(instant / DAY);
  return instant < BigInt(day) * DAY ? day - 1 : day;
};

/** The first day that begins at or after an instant. */
export const nextDay = (instant: bigint): number => {
  const day = dayOf(instant);
  return BigInt(day) * DAY === instant ? day : day + 1;
};

export interface Cover {
  /** First day. */
  readonly from: number;
  /** The day after the last. */
  readonly to: number;
  /** `outer`: units that together hold at least the range; `inner`: at most. */
  readonly rounding: 'outer' | 'inner';
  /** The finest unit to use. */
  readonly finest: Level;
}

/** Names of the fewest units that cover a range of days; infinite ends are fine. */
export function coverDays({ from, to, rounding, finest }: Cover): readonly string[] {
  const names: string[] = [];
  const visit = (unit: Unit): void => {
    if (unit.to <= from || unit.from >= to) return;
    if (unit.from >= from && unit.to <= to) {
      names.push(unit.name);
      return;
    }
    const parts = levelOf(unit.name) === finest ? [] : partsWithin(unit, from, to);
    if (parts.length > 0) parts.forEach(visit);
    else if (rounding === 'outer') names.push(unit.name);
  };
  DECADES.forEach(visit);
  return names;
}

function levelOf(name: string): Level {
  const letter = name.charAt(0);
  if (letter === 'y') return 'year';
  if (letter === 'm') return 'month';
  return letter === 'd' ? 'day' : 'decade';
}

// The far past and future hold thousands of years: a range within them is cut by year when it is short.
function partsWithin(unit: Unit, from: number, to: number): readonly Unit[] {
  if (unit.name !== 'before' && unit.name !== 'after') return unit.parts();
  const first = Math.max(from, unit.from);
  const last = Math.min(to, unit.to);
  if (!Number.isFinite(first) || !Number.isFinite(last)) return [];
  const { year: firstYear } = civilDate(first);
  const { year: lastYear } = civilDate(last - 1);
  return lastYear - firstYear < MAX_YEARS ? yearUnits(firstYear, lastYear + 1) : [];
}

const yearUnits = (first: number, end: number): readonly Unit[] =>
  Array.from({ length: end - first }, (_, i) => yearUnit(first + i));

const yearUnit = (year: number): Unit => ({
  name: yearName(year),
  from: dayNumber(year, 1, 1),
  to: dayNumber(year + 1, 1, 1),
  parts: () => Array.from({ length: 12 }, (_, i) => monthUnit(year, i + 1)),
});

function monthUnit(year: number, month: number): Unit {
  const from = dayNumber(year, month, 1);
  const to = dayNumber(year, month + 1, 1);
  const parts = (): readonly Unit[] =>
    Array.from({ length: to - from }, (_, i) => dayUnit(from + i, year, month, i + 1));
  return { name: monthName(year, month), from, to, parts };
}

const dayUnit = (number: number, year: number, month: number, day: number): Unit => ({
  name: dayName(year, month, day),
  from: number,
  to: number + 1,
  parts: () => [],
});

/** All of time, in its order. */
export const DECADES: readonly Unit[] = [
  { name: 'before', from: Number.NEGATIVE_INFINITY, to: dayNumber(FIRST_YEAR, 1, 1), parts: () => [] },
  ...Array.from({ length: (LAST_YEAR - FIRST_YEAR) / 10 }, (_, i) => FIRST_YEAR + i * 10).map((year) => ({
    name: decadeName(year),
    from: dayNumber(year, 1, 1),
    to: dayNumber(year + 10, 1, 1),
    parts: () => yearUnits(year, year + 10),
  })),
  { name: 'after', from: dayNumber(LAST_YEAR, 1, 1), to: Number.POSITIVE_INFINITY, parts: () => [] },
];
