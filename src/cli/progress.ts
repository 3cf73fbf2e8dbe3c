/** A progress bar on stderr; silent where nobody looks at a terminal. */

export interface Progress {
  add(bytes: number): void;
  end(): void;
}

const WIDTH = 40;
const EVERY_MS = 100;

/** A bar that is full at `total`. */
export function createProgress(total: number): Progress {
  const shown = process.stderr.isTTY;
  let done = 0;
  let last = 0;
  const draw = (): void => {
    const part = total === 0 ? 1 : Math.min(1, done / total);
    const full = Math.round(part * WIDTH);
    process.stderr.write(`\r[${'#'.repeat(full)}${' '.repeat(WIDTH - full)}] ${Math.floor(part * 100)} %`);
  };
  return {
    add: (bytes) => {
      done += bytes;
      if (!shown || Date.now() - last < EVERY_MS) return;
      last = Date.now();
      draw();
    },
    end: () => {
      if (!shown) return;
      done = total;
      draw();
      process.stderr.write('\n');
    },
  };
}
