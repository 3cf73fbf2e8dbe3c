/** Counts requests per key in windows of a minute, for express-rate-limit; bounded, and timed by our clock. */
import type { ClientRateLimitInfo, Store } from 'express-rate-limit';
import type { Clock } from '../core/ports.ts';

interface Window {
  hits: number;
  readonly ends: number;
}

/** The length of a window. */
export const WINDOW_MS = 60_000;
const MAX_KEYS = 100_000;

/** A store in memory; each process counts for itself. */
export class WindowStore implements Store {
  readonly localKeys = true;
  readonly #windows = new Map<string, Window>();
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  increment(key: string): ClientRateLimitInfo {
    const window = this.#current(key) ?? this.#open(key);
    window.hits++;
    return { totalHits: window.hits, resetTime: new Date(window.ends) };
  }

  decrement(key: string): void {
    const window = this.#current(key);
    if (window && window.hits > 0) window.hits--;
  }

  resetKey(key: string): void {
    this.#windows.delete(key);
  }

  /** Whole seconds until the key's window ends, at least one. */
  secondsLeft(key: string): number {
    const ends = this.#current(key)?.ends ?? this.#clock() + WINDOW_MS;
    return Math.max(1, Math.ceil((ends - this.#clock()) / 1000));
  }

  #current(key: string): Window | undefined {
    const window = this.#windows.get(key);
    return window && window.ends > this.#clock() ? window : undefined;
  }

  // Windows are all of one length, so the map's order is the order in which they end.
  #open(key: string): Window {
    this.#windows.delete(key);
    for (const [oldest, { ends }] of this.#windows) {
      if (ends > this.#clock() && this.#windows.size < MAX_KEYS) break;
      this.#windows.delete(oldest);
    }
    const window = { hits: 0, ends: this.#clock() + WINDOW_MS };
    this.#windows.set(key, window);
    return window;
  }
}
