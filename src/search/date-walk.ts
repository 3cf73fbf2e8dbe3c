/** The rows of a date parameter in buckets of time: an order by date walks them from the end that is asked for. */
import { not, or, type Plan } from '../core/plan.ts';
import { DAY } from './date-range.ts';
import { OPEN_START } from './date-terms.ts';
import { DECADES, type Unit } from './date-units.ts';
import { OPEN_VALUE } from './params/date.ts';
import type { BoundsContext } from './params/parameter-type.ts';
import type { SortKey } from './query.ts';
import { compareValues, type SortValue } from './sort-values.ts';

export interface DateBucket {
  /** Holds at least the rows of the bucket. */
  readonly rows: Plan;
  /** Whether a row with this value is of the bucket. */
  holds(value: SortValue | undefined): boolean;
  /** Whether all its rows come before a row with this value. */
  isBefore(value: SortValue | undefined): boolean;
  /** The same rows in finer buckets, in their order; empty where there are none. */
  parts(): readonly DateBucket[];
}

/** All rows, bucket after bucket in the order of the key. */
export function dateBuckets(context: BoundsContext, direction: SortKey['direction']): readonly DateBucket[] {
  const inTime = DECADES.map((unit) => unitBucket(context, unit, direction));
  const open = openBucket(context, direction);
  const buckets = direction === 'ascending' ? [open, ...inTime] : [...inTime.toReversed(), open];
  return [...buckets, missingBucket(context)];
}

// Microseconds since 1970, as `params/date.ts` gives them.
const startOf = (day: number): number => day * Number(DAY / 1000n);

const termsOf = ({ name }: Unit): readonly string[] => [`p${name}`, `l${name}`];

function unitBucket(context: BoundsContext, unit: Unit, direction: SortKey['direction']): DateBucket {
  const [from, to] = [startOf(unit.from), startOf(unit.to)];
  return {
    rows: context.values(termsOf(unit)).possible,
    holds: (value) => typeof value === 'number' && value !== OPEN_VALUE && value >= from && value < to,
    isBefore: (value) => {
      if (typeof value !== 'number') return true;
      return direction === 'ascending' ? to <= value : from > value;
    },
    parts: () => {
      const parts = unit.parts().map((part) => unitBucket(context, part, direction));
      return direction === 'ascending' ? parts : parts.toReversed();
    },
  };
}

// Stretches of time without a beginning stand before all others.
const openBucket = (context: BoundsContext, direction: SortKey['direction']): DateBucket => ({
  rows: context.values([OPEN_START]).possible,
  holds: (value) => value === OPEN_VALUE,
  isBefore: (value) => {
    if (value === undefined) return true;
    return direction === 'ascending' && compareValues(OPEN_VALUE, value) < 0;
  },
  parts: () => [],
});

const missingBucket = (context: BoundsContext): DateBucket => ({
  rows: not(or([context.values([OPEN_START, ...DECADES.flatMap(termsOf)]).certain])),
  holds: (value) => value === undefined,
  isBefore: () => false,
  parts: () => [],
});
