/** Date parameters: ranges of time against ranges of time (R4 search.html#date and #prefix). */
import { badRequest } from '../../core/errors.ts';
import { isArray, isObject, type Json, type JsonObject, member } from '../../core/json.ts';
import type { FhirNode } from '../../fhirpath/node.ts';
import { allOf, anyOf, type Bounds, NEVER, negate, perhaps } from '../bounds.ts';
import { type DateRange, parseDateRange } from '../date-range.ts';
import { dateTerms, endsIn, type OpenRange, overlaps, startsIn, within } from '../date-terms.ts';
import { withoutEscapes } from '../escapes.ts';
import type { ParamValue, Prefix } from '../query.ts';
import type { BoundsContext, ParameterType, ParseContext } from './parameter-type.ts';

/** What a stretch of time without a beginning is ordered by. */
export const OPEN_VALUE = -1e18;

type DateValue = Extract<ParamValue, { kind: 'date' }>;

/** The date type. */
export const date: ParameterType = {
  modifiers: new Set(),
  parse: parseDate,
  index: (node) => rangesOf(node).map(dateTerms),
  bounds: (value, context) => (value.kind === 'date' ? dateBounds(value, context) : NEVER),
  matches: (value, node) =>
    value.kind === 'date' && rangesOf(node).some((range) => COMPARE[value.prefix](value, range)),
  // By their beginnings, so that a day stands with the hours in it in either direction.
  sortValues: (node) => rangesOf(node).map(({ from }) => (from === undefined ? OPEN_VALUE : Number(from / 1000n))),
  parts: (type) => {
    if (type === 'Period') return ['start', 'end'];
    return type === 'Timing' ? ['event', 'repeat.bounds'] : [];
  },
};

const PREFIXED = /^(eq|ne|gt|lt|ge|le|sa|eb|ap)?(.*)$/s;

function parseDate(text: string, context: ParseContext): ParamValue {
  const [, prefix = 'eq', rest = ''] = PREFIXED.exec(withoutEscapes(text)) ?? [];
  // A plus sign that was not escaped in a URL arrives as a space.
  const range = parseDateRange(rest.replace(' ', '+'));
  if (!range) {
    throw badRequest(
      `'${context.name}' takes a date such as 2020, 2020-05, 2020-05-31 or 2020-05-31T10:00:00Z, after an optional prefix.`,
    );
  }
  const value: DateValue = { kind: 'date', prefix: prefixOf(prefix), ...range };
  return value.prefix === 'ap' ? { ...value, ...widen(range, context.now) } : value;
}

const prefixOf = (text: string): Prefix => PREFIXES.find((prefix) => prefix === text) ?? 'eq';
const PREFIXES: readonly Prefix[] = ['eq', 'ne', 'gt', 'lt', 'ge', 'le', 'sa', 'eb', 'ap'];

// R4 search.html#prefix: a tenth of the gap between now and the date.
function widen({ from, to }: DateRange, now: number): DateRange {
  const present = BigInt(Math.trunc(now)) * 1_000_000n;
  const gap = present > to ? present - to : from > present ? from - present : 0n;
  return { from: from - gap / 10n, to: to + gap / 10n };
}

/** The stretches of time that a node means. */
function rangesOf({ value, type }: FhirNode): readonly OpenRange[] {
  if (typeof value === 'string') return present(parseDateRange(value));
  if (!isObject(value)) return [];
  return type === 'Timing' ? present(outerLimits(value)) : present(periodRange(value));
}

const present = (range: OpenRange | undefined): readonly OpenRange[] => (range ? [range] : []);

function periodRange(period: JsonObject): OpenRange | undefined {
  const start = rangeAt(period, 'start');
  const end = rangeAt(period, 'end');
  if (!start && !end) return undefined;
  // R4's per-1 forbids a period that ends before it begins: it means no stretch of time.
  if (start && end && start.from >= end.to) return undefined;
  return { ...(start ? { from: start.from } : {}), ...(end ? { to: end.to } : {}) };
}

function rangeAt(object: JsonObject, name: string): DateRange | undefined {
  const value = member(object, name);
  return typeof value === 'string' ? parseDateRange(value) : undefined;
}

// R4 search.html#date: of a Timing only the outer limits matter.
function outerLimits(timing: JsonObject): OpenRange | undefined {
  const repeat = member(timing, 'repeat');
  const bounds = isObject(repeat) ? member(repeat, 'boundsPeriod') : undefined;
  const period = isObject(bounds) ? periodRange(bounds) : undefined;
  const events = eventRanges(member(timing, 'event'));
  return [...events, ...present(period)].reduce<OpenRange | undefined>(
    (all, one) => (all ? join(all, one) : one),
    undefined,
  );
}

const eventRanges = (events: Json | undefined): readonly OpenRange[] =>
  isArray(events)
    ? events.flatMap((event) => present(typeof event === 'string' ? parseDateRange(event) : undefined))
    : [];

function join(a: OpenRange, b: OpenRange): OpenRange {
  return {
    ...(a.from === undefined || b.from === undefined ? {} : { from: least(a.from, b.from) }),
    ...(a.to === undefined || b.to === undefined ? {} : { to: -least(-a.to, -b.to) }),
  };
}

// Math.min takes no bigint.
function least(a: bigint, b: bigint): bigint {
  if (a < b) return a;
  return b;
}

type Comparison = (search: DateRange, target: OpenRange) => boolean;

const contains: Comparison = ({ from, to }, target) =>
  target.from !== undefined && target.to !== undefined && target.from >= from && target.to <= to;
const reachesAbove: Comparison = ({ to }, target) => target.to === undefined || target.to > to;
const reachesBelow: Comparison = ({ from }, target) => target.from === undefined || target.from < from;

// R4 search.html#prefix, to the letter: "the range above the search value intersects the range of the target".
const COMPARE: Readonly<Record<Prefix, Comparison>> = {
  eq: contains,
  ne: (search, target) => !contains(search, target),
  gt: reachesAbove,
  lt: reachesBelow,
  ge: (search, target) => reachesAbove(search, target) || contains(search, target),
  le: (search, target) => reachesBelow(search, target) || contains(search, target),
  sa: ({ to }, target) => target.from !== undefined && target.from >= to,
  eb: ({ from }, target) => target.to !== undefined && target.to <= from,
  ap: ({ from, to }, target) =>
    (target.from === undefined || target.from < to) && (target.to === undefined || target.to > from),
};

function dateBounds(value: DateValue, context: BoundsContext): Bounds {
  const { from, to } = value;
  switch (value.prefix) {
    case 'eq':
      return within(value, context);
    case 'ne':
      // With several values, one within the range does not rule out another beside it.
      return context.param.single
        ? allOf([perhaps(context.present), negate(within(value, context))])
        : perhaps(context.present);
    case 'gt':
      return endsIn({ from: to }, context);
    case 'lt':
      return startsIn({ to: from }, context);
    case 'ge':
      return anyOf([endsIn({ from: to }, context), within(value, context)]);
    case 'le':
      return anyOf([startsIn({ to: from }, context), within(value, context)]);
    case 'sa':
      return startsIn({ from: to }, context);
    case 'eb':
      return endsIn({ to: from }, context);
    case 'ap':
      return overlaps(value, context);
    default:
      return value.prefix satisfies never;
  }
}

/**
 * Two criteria on one parameter that together ask for a stretch of time, `ge2020-01-01` and `lt2020-07-01`, as one:
 * a handful of terms in place of all years after the one and all before the other. Undefined where they do not, or
 * where a resource may have several values (each criterion may then be met by another one).
 */
export function stretchBounds(lower: DateValue, upper: DateValue, context: BoundsContext): Bounds | undefined {
  const from = lowerEnd(lower);
  const to = upperEnd(upper);
  if (!context.param.single || from === undefined || to === undefined) return undefined;
  return from < to ? overlaps({ from, to }, context) : undefined;
}

function lowerEnd({ prefix, from, to }: DateValue): bigint | undefined {
  if (prefix === 'ge') return from;
  return prefix === 'gt' || prefix === 'sa' ? to : undefined;
}

function upperEnd({ prefix, from, to }: DateValue): bigint | undefined {
  if (prefix === 'le') return to;
  return prefix === 'lt' || prefix === 'eb' ? from : undefined;
}
