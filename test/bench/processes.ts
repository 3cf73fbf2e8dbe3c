/** Starts the benchmark's processes, each pinned to the first core; the runner itself takes the second. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import type { Ask, Job, RawRows, Ready, Usage } from './job.ts';

export interface Served extends Ready {
  usage(): Promise<Usage>;
  raw(rows: RawRows): Promise<number>;
  stop(): Promise<void>;
}

/** Whether server and client have a core each. */
export const canPin = availableParallelism() > 1 && spawnSync('taskset', ['-V']).status === 0;

/** Puts the runner, which is the client, on the second core. */
export function pinClient(): void {
  if (canPin) spawnSync('taskset', ['-acp', '1', String(process.pid)]);
}

/** Resolves when the process answers. */
export async function serve(job: Job): Promise<Served> {
  const args = [join(import.meta.dirname, 'child.ts'), JSON.stringify(job)];
  const [command, ...rest] = canPin ? ['taskset', '-c', '0', process.execPath, ...args] : [process.execPath, ...args];
  const child = spawn(command, rest, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  const ready = await answer<Ready>(child);
  const ask = async <T>(question: Ask): Promise<T> => {
    child.send(question);
    return answer<T>(child);
  };
  return {
    ...ready,
    usage: () => ask<Usage>({ ask: 'usage' }),
    raw: async (rows) => (await ask<{ rows: number }>({ ask: 'raw', rows })).rows,
    stop: async () => {
      const ended = once(child, 'exit');
      child.send({ ask: 'stop' } satisfies Ask);
      await ended;
    },
  };
}

const answer = <T>(child: ChildProcess): Promise<T> =>
  new Promise((resolve, reject) => {
    const onExit = (): void => reject(new Error('a process of the benchmark ended'));
    child.once('exit', onExit);
    child.once('message', (message) => {
      child.off('exit', onExit);
      resolve(message as T);
    });
  });
