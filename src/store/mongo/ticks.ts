/** Places in the order of creation and of the log, without a counter that processes share (ADR 29). */
import type { Clock } from '../../core/ports.ts';

/** Processes that may write at once, each under a number of its own. */
export const MAX_CHAINS = 256;

const EPOCH = Date.UTC(2025, 0, 1);
/** Ticks a millisecond: 45 bits of them last until 2164, and leave 8 bits for the process. */
const TICKS = 8;

export interface Ticks {
  /** The next place: above every other one of this process, and that of no other process. */
  next(): number;
  /** The last tick that was given. */
  readonly last: () => number;
}

/** The places of the process with this number, above a tick that was given before. */
export function createTicks(clock: Clock, number: number, above: number): Ticks {
  let last = above;
  return {
    next: () => {
      last = Math.max(Math.floor((clock() - EPOCH) * TICKS), last + 1, 1);
      return last * MAX_CHAINS + number;
    },
    last: () => last,
  };
}
