/** Runs two or more sides in turn and compares their medians. */
import type { Served } from './processes.ts';

export interface Side {
  readonly name: string;
  readonly server: Served;
  /** Runs for so long and answers how much was done. */
  work(ms: number): Promise<number>;
}

export interface Figure {
  readonly name: string;
  /** Done in a second. */
  readonly rate: number;
  /** Processor time of the server for each, µs. */
  readonly cpu: number;
}

export interface Timing {
  readonly rounds: number;
  readonly ms: number;
}

/** The medians of each side, after one round that does not count. */
export async function compare(sides: readonly Side[], { rounds, ms }: Timing): Promise<readonly Figure[]> {
  const runs = sides.map((): Omit<Figure, 'name'>[] => []);
  for (let round = -1; round < rounds; round++) {
    // Forth and back, so that what drifts meets each side alike.
    const order = [...sides.entries()];
    for (const [at, side] of round % 2 === 0 ? order : order.reverse()) {
      const figure = await measure(side, ms);
      if (round >= 0) runs[at]?.push(figure);
    }
  }
  return sides.map(({ name }, at) => ({
    name,
    rate: median(runs[at]?.map((run) => run.rate) ?? []),
    cpu: median(runs[at]?.map((run) => run.cpu) ?? []),
  }));
}

async function measure({ server, work }: Side, ms: number): Promise<Omit<Figure, 'name'>> {
  const before = await server.usage();
  const start = performance.now();
  const done = await work(ms);
  const seconds = (performance.now() - start) / 1000;
  const after = await server.usage();
  return { rate: done / seconds, cpu: (after.cpu - before.cpu) / Math.max(1, done) };
}

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
