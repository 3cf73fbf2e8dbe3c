/** A seeded source of choices: a run is repeated by its seed. */

export interface Random {
  /** An integer from 0 to below `n`. */
  below(n: number): number;
  /** Whether an event of a probability happens. */
  chance(p: number): boolean;
  pick<T>(items: readonly T[]): T | undefined;
}

/** Mulberry32: small, good enough to choose requests, and the same everywhere. */
export function seeded(seed: number): Random {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
  const below = (n: number): number => Math.floor(next() * n);
  return { below, chance: (p) => next() < p, pick: (items) => items[below(items.length)] };
}
