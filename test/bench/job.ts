/** What the runner tells a process of the benchmark, and what it hears from it. */

export type Feature = 'auth' | 'sealing' | 'masks' | 'audit';

/** How many resources a store holds, and whose. */
export interface Population {
  readonly patients: number;
  /** Of each patient. */
  readonly observations: number;
}

export type Job =
  | {
      readonly kind: 'veil';
      readonly folder: string;
      /** Left out of the composition. */
      readonly off: readonly Feature[];
      /** What is written first; none where the folder has it. */
      readonly population?: Population;
    }
  | { readonly kind: 'express'; readonly body: string; readonly headers: Readonly<Record<string, string>> }
  | { readonly kind: 'raw'; readonly folder: string };

/** One row of the raw store: the sizes that the server's own rows have. */
export interface RawRows {
  readonly ms: number;
  readonly bytes: number;
  readonly terms: number;
  /** Rows of one transaction. */
  readonly group: number;
}

export interface Ready {
  readonly port: number;
  /** Role to token. */
  readonly tokens: Readonly<Record<string, string>>;
}

export interface Usage {
  /** User and system time of the process so far, µs. */
  readonly cpu: number;
  readonly rss: number;
}

export type Ask =
  | { readonly ask: 'usage' }
  | { readonly ask: 'raw'; readonly rows: RawRows }
  | { readonly ask: 'stop' };

/** Roles that the benchmark asks as. */
export const ROLES = ['nurse', 'pharmacist', 'system'] as const;
