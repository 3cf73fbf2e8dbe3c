/** The stretch of time that a FHIR date, dateTime or instant means by its precision. */
import { dayNumber, daysInMonth } from './civil-day.ts';

/** Nanoseconds since 1970: `from` included, `to` not. */
export interface DateRange {
  readonly from: bigint;
  readonly to: bigint;
}

const SECOND = 1_000_000_000n;
export const DAY = 86_400n * SECOND;

// R4 datatypes.html#dateTime, and search.html#date: seconds may be left out. 64 digits of a fraction are plenty.
const DATE =
  /^(\d{4})(?:-(\d{2})(?:-(\d{2})(?:T(\d{2}):(\d{2})(?::(\d{2})(?:\.(\d{1,64}))?)?(Z|[+-]\d{2}:\d{2})?)?)?)?$/;

/** Reads a date of any precision; undefined for what is none. A time without a zone is UTC (CONTRACT.md). */
export function parseDateRange(text: string): DateRange | undefined {
  const match = DATE.exec(text);
  if (!match) return undefined;
  const [, yearText, monthText, dayText, hourText] = match;
  const year = Number(yearText);
  const month = Number(monthText ?? '1');
  const day = Number(dayText ?? '1');
  if (year < 1 || day < 1 || day > daysInMonth(year, month)) return undefined;
  if (hourText !== undefined) return timeRange(dayNumber(year, month, day), match);
  const from = dayNumber(year, month, day);
  if (dayText !== undefined) return days(from, from + 1);
  return monthText === undefined ? days(from, dayNumber(year + 1, 1, 1)) : days(from, dayNumber(year, month + 1, 1));
}

const days = (from: number, to: number): DateRange => ({ from: BigInt(from) * DAY, to: BigInt(to) * DAY });

function timeRange(day: number, match: RegExpExecArray): DateRange | undefined {
  const [, , , , hour = '', minute = '', second, fraction, zone] = match;
  // R4 allows a leap second, 60; it becomes the first second of the next minute.
  if (Number(hour) > 23 || Number(minute) > 59 || Number(second ?? '0') > 60) return undefined;
  const offset = zoneMinutes(zone);
  if (offset === undefined) return undefined;
  const minutes = BigInt(day) * 1440n + BigInt(Number(hour) * 60 + Number(minute) - offset);
  const start = (minutes * 60n + BigInt(second ?? '0')) * SECOND;
  if (second === undefined) return { from: start, to: start + 60n * SECOND };
  if (fraction === undefined) return { from: start, to: start + SECOND };
  const digits = Math.min(fraction.length, 9);
  const unit = 10n ** BigInt(9 - digits);
  const from = start + BigInt(fraction.slice(0, 9)) * unit;
  return { from, to: from + unit };
}

function zoneMinutes(zone: string | undefined): number | undefined {
  if (zone === undefined || zone === 'Z') return 0;
  const hours = Number(zone.slice(1, 3));
  const minutes = Number(zone.slice(4));
  if (minutes > 59 || hours * 60 + minutes > 840) return undefined;
  return (zone.startsWith('-') ? -1 : 1) * (hours * 60 + minutes);
}
