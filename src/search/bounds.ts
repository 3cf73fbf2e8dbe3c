/** What terms can say of a criterion: rows that may match it, and rows that do for certain. */
import { and, EVERY, NONE, not, or, type Plan } from '../core/plan.ts';

export interface Bounds {
  /** Holds every row that matches. */
  readonly possible: Plan;
  /** Holds rows that match alone. */
  readonly certain: Plan;
}

export const NEVER: Bounds = { possible: NONE, certain: NONE };
export const ALWAYS: Bounds = { possible: EVERY, certain: EVERY };

/** Rows that the terms decide by themselves. */
export const exactly = (plan: Plan): Bounds => ({ possible: plan, certain: plan });

/** Rows that have to be looked at. */
export const perhaps = (plan: Plan): Bounds => ({ possible: plan, certain: NONE });

/** Any of them. */
export const anyOf = (of: readonly Bounds[]): Bounds => ({
  possible: or(of.map((one) => one.possible)),
  certain: or(of.map((one) => one.certain)),
});

/** All of them. */
export const allOf = (of: readonly Bounds[]): Bounds => ({
  possible: and(of.map((one) => one.possible)),
  certain: and(of.map((one) => one.certain)),
});

/** The others. */
export const negate = (of: Bounds): Bounds => ({ possible: not(of.certain), certain: not(of.possible) });
