/** Date searches over `AuditEvent.recorded`, a point in time with milliseconds (R4 search.html#date). */
import { badRequest } from '../core/errors.ts';
import type { Clock } from '../core/ports.ts';

/** From `from` on and before `to`, in milliseconds since 1970. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

/** Alternatives, none of which overlaps another in time order that matters: any that holds admits. */
export type Spans = readonly Span[];

const PREFIX = /^(?:eq|ne|gt|lt|ge|le|sa|eb|ap)(?=\d)/;
const DATE =
  /^(\d{4})(?:-(\d{2})(?:-(\d{2})(?:T(\d{2}):(\d{2})(?::(\d{2})(?:\.(\d{1,9}))?)?(Z|[+-]\d{2}:\d{2})?)?)?)?$/;
const DAY = 86_400_000;
const ALL: Span = { from: Number.NEGATIVE_INFINITY, to: Number.POSITIVE_INFINITY };

/** The spans of recorded time that one value such as `ge2024-03` stands for; 400 for what is no date. */
export function spansOf(parameter: string, value: string, clock: Clock): Spans {
  const prefix = PREFIX.exec(value)?.[0] ?? 'eq';
  const { from, to } = readDate(parameter, value.replace(PREFIX, ''));
  switch (prefix) {
    case 'ne':
      return [
        { from: ALL.from, to: from },
        { from: to, to: ALL.to },
      ];
    case 'gt':
    case 'sa':
      return [{ from: to, to: ALL.to }];
    case 'lt':
    case 'eb':
      return [{ from: ALL.from, to: from }];
    case 'ge':
      return [{ from, to: ALL.to }];
    case 'le':
      return [{ from: ALL.from, to }];
    case 'ap': {
      // R4: ten per cent of the gap between now and the date.
      const slack = Math.abs(clock() - from) / 10;
      return [{ from: from - slack, to: to + slack }];
    }
    default:
      return [{ from, to }];
  }
}

/** Whether a point in time lies in one of the spans. */
export const within = (spans: Spans, time: number): boolean => spans.some(({ from, to }) => time >= from && time < to);

/** The smallest span that holds all of them. */
export function hull(spans: Spans): Span {
  return {
    from: Math.min(...spans.map((span) => span.from)),
    to: Math.max(...spans.map((span) => span.to)),
  };
}

/** What two spans share; empty when `from` is not before `to`. */
export const shared = (a: Span, b: Span): Span => ({ from: Math.max(a.from, b.from), to: Math.min(a.to, b.to) });

/** All time. */
export const ALL_TIME: Span = ALL;

// R4: a date stands for the whole of its precision; CONTRACT.md: a time without zone is UTC.
function readDate(parameter: string, text: string): Span {
  const match = DATE.exec(text);
  const span = match && spanOf(match);
  if (span) return span;
  throw badRequest(
    `The value of "${parameter}" is no date. Write it as 2024, 2024-03, 2024-03-09 or 2024-03-09T10:00Z.`,
  );
}

function spanOf(match: RegExpExecArray): Span | undefined {
  const [, year, month, day, hour, minute, second, fraction, zone] = match;
  const from = pointOf(Number(year), Number(month ?? 1), Number(day ?? 1));
  if (from === undefined) return undefined;
  if (month === undefined) return { from, to: pointOf(Number(year) + 1, 1, 1) ?? from };
  if (day === undefined) return { from, to: nextMonth(Number(year), Number(month)) };
  if (hour === undefined) return { from, to: from + DAY };
  const time = timeOf(hour, minute, second, fraction);
  const offset = offsetOf(zone);
  if (time === undefined || offset === undefined) return undefined;
  const start = from + time.start - offset;
  return { from: start, to: start + time.length };
}

function nextMonth(year: number, month: number): number {
  return (month === 12 ? pointOf(year + 1, 1, 1) : pointOf(year, month + 1, 1)) ?? Number.POSITIVE_INFINITY;
}

// Date.UTC takes the years 0 to 99 for 1900 to 1999, and the 31st of February for the 3rd of March.
function pointOf(year: number, month: number, day: number): number | undefined {
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  return date.getUTCMonth() === month - 1 && date.getUTCDate() === day ? date.getTime() : undefined;
}

function timeOf(
  hour: string,
  minute: string | undefined,
  second: string | undefined,
  fraction: string | undefined,
): { readonly start: number; readonly length: number } | undefined {
  if (Number(hour) > 23 || Number(minute) > 59 || Number(second ?? 0) > 60) return undefined;
  const start = Number(hour) * 3_600_000 + Number(minute) * 60_000 + Number(second ?? 0) * 1000;
  if (second === undefined) return { start, length: 60_000 };
  if (fraction === undefined) return { start, length: 1000 };
  return {
    start: start + Number(fraction.padEnd(3, '0').slice(0, 3)),
    length: Math.max(1, 10 ** (3 - fraction.length)),
  };
}

function offsetOf(zone: string | undefined): number | undefined {
  if (zone === undefined || zone === 'Z') return 0;
  const hours = Number(zone.slice(1, 3));
  const minutes = Number(zone.slice(4));
  if (hours > 14 || minutes > 59) return undefined;
  return (zone.startsWith('-') ? -1 : 1) * (hours * 60 + minutes) * 60_000;
}
