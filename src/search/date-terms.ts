/**
 * Dates as terms. A stretch of time is indexed by the decade, year, month and day of its first and of its last
 * instant: one term (`p`) where both fall into the same unit, else one for each end (`l`, `h`). So a dateTime costs
 * four terms, and `p2020-05` alone decides whether something lies within May 2020.
 */
import { allOf, anyOf, type Bounds, NEVER, perhaps } from './bounds.ts';
import { coverDays, dayOf, type Level, nextDay, unitsOf } from './date-units.ts';
import type { BoundsContext } from './params/parameter-type.ts';

/** A stretch of time, in nanoseconds since 1970, whose ends may be open; `to` is not part of it. */
export interface OpenRange {
  readonly from?: bigint;
  readonly to?: bigint;
}

const OPEN = 'open';
const WIDE = 'wide';
/** The term value of a stretch without a beginning. */
export const OPEN_START = `l${OPEN}`;

/** The term values of a stretch of time. */
export function dateTerms({ from, to }: OpenRange): readonly string[] {
  const low = from === undefined ? [OPEN] : unitsOf(dayOf(from));
  const high = to === undefined ? [OPEN] : unitsOf(dayOf(to - 1n));
  const shared = from === undefined || to === undefined ? [] : low.filter((unit) => high.includes(unit));
  return [
    ...shared.map((unit) => `p${unit}`),
    ...low.filter((unit) => !shared.includes(unit)).map((unit) => `l${unit}`),
    ...high.filter((unit) => !shared.includes(unit)).map((unit) => `h${unit}`),
    // Not within one day: such a stretch may overlap units that neither of its ends is in.
    ...(shared.length === low.length ? [] : [WIDE]),
  ];
}

/** Stretches that begin within a range. */
export const startsIn = (range: OpenRange, context: BoundsContext): Bounds => endWithin('l', range, 'day', context);

/** Stretches whose last instant is within a range. */
export const endsIn = (range: OpenRange, context: BoundsContext): Bounds => endWithin('h', range, 'day', context);

function endWithin(end: 'l' | 'h', range: OpenRange, finest: Level, context: BoundsContext): Bounds {
  const isOpen = end === 'l' ? range.from === undefined : range.to === undefined;
  const names = (rounding: 'outer' | 'inner'): readonly string[] => [
    ...coverRange(range, rounding, finest).flatMap((unit) => [`p${unit}`, `${end}${unit}`]),
    ...(isOpen ? [`${end}${OPEN}`] : []),
  ];
  return { possible: context.values(names('outer')).possible, certain: context.values(names('inner')).certain };
}

function coverRange({ from, to }: OpenRange, rounding: 'outer' | 'inner', finest: Level): readonly string[] {
  const [first, last] = rounding === 'outer' ? [dayOf, nextDay] : [nextDay, dayOf];
  return coverDays({
    from: from === undefined ? Number.NEGATIVE_INFINITY : first(from),
    to: to === undefined ? Number.POSITIVE_INFINITY : last(to),
    rounding,
    finest,
  });
}

/** Stretches that lie within a range: one term for a year, a month or a day. */
export function within(range: Required<OpenRange>, context: BoundsContext): Bounds {
  const outer = coverRange(range, 'outer', 'day');
  const inner = coverRange(range, 'inner', 'day');
  const [unit] = outer;
  if (unit === undefined) return NEVER;
  if (outer.length > 1) return perhaps(allOf([startsIn(range, context), endsIn(range, context)]).possible);
  const found = context.values([`p${unit}`]);
  return inner.length === 1 && inner[0] === unit ? found : perhaps(found.possible);
}

/** Stretches that have an instant in common with a range. */
export function overlaps(range: Required<OpenRange>, context: BoundsContext): Bounds {
  const inOneUnit = (rounding: 'outer' | 'inner'): readonly string[] =>
    coverRange(range, rounding, 'day').map((unit) => `p${unit}`);
  const wide = allOf([
    context.values([WIDE]),
    endWithin('l', { to: range.to }, 'year', context),
    endWithin('h', { from: range.from }, 'year', context),
  ]);
  return anyOf([
    { possible: context.values(inOneUnit('outer')).possible, certain: context.values(inOneUnit('inner')).certain },
    perhaps(wide.possible),
  ]);
}
