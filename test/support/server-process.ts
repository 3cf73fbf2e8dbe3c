/** The real server and the real command line as processes of their own, in a folder of their own. */
import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '../..');
const MAIN = join(ROOT, 'src/main.ts');
const COMPILE_CACHE = process.env['NODE_COMPILE_CACHE'];

export type Environment = Readonly<Record<string, string>>;

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface ServerProcess {
  readonly baseUrl: string;
  /** The token that the server printed for a demo role. */
  token(role: string): string;
  /** Sends the signal and waits for the end. */
  kill(signal: NodeJS.Signals): Promise<Ended>;
  readonly ended: Promise<Ended>;
}

/** What a server needs to live in `folder` alone; nothing of the caller's own environment but the path. */
export const environmentOf = (folder: string): Environment => ({
  PATH: process.env['PATH'] ?? '',
  // Compiled code of `test/run.ts`: a start costs half as much.
  ...(COMPILE_CACHE === undefined ? {} : { NODE_COMPILE_CACHE: COMPILE_CACHE }),
  PORT: '0',
  RATE_LIMIT: '0',
  DATABASE_URL: `sqlite:${join(folder, 'veil.db')}`,
  KEYRING_FILE: join(folder, 'keyring.json'),
});

/** Runs `veil …` to its end. */
export const runVeil = (args: readonly string[], env: Environment): Promise<Ended> => follow(start(args, env)).ended;

/** Starts `veil serve --demo` and waits until it listens and has printed its tokens. */
export async function startServer(folder: string, env: Environment = {}): Promise<ServerProcess> {
  const child = start(['serve', '--demo'], { ...environmentOf(folder), ...env });
  const { output, ended, told } = follow(child);
  const isReady = (): boolean =>
    /"message":"listening"/.test(output().stdout) && /^SYSTEM=\S+\n/m.test(output().stderr);
  await Promise.race([told(isReady), ended]);
  const url = /"url":"([^"]+)"/.exec(output().stdout)?.[1];
  if (url === undefined || !isReady()) throw new Error(`the server did not start: ${output().stderr}`);
  return {
    baseUrl: url,
    ended,
    token: (role) => {
      const found = new RegExp(`^${role.toUpperCase()}=(\\S+)$`, 'm').exec(output().stderr)?.[1];
      if (found === undefined) throw new Error(`no token for ${role} was printed`);
      return found;
    },
    kill: (signal) => {
      child.kill(signal);
      return ended;
    },
  };
}

const start = (args: readonly string[], env: Environment): ChildProcess =>
  spawn(process.execPath, [MAIN, ...args], { cwd: ROOT, env, stdio: ['ignore', 'pipe', 'pipe'] });

interface Followed {
  readonly ended: Promise<Ended>;
  output(): { readonly stdout: string; readonly stderr: string };
  /** Resolves when the output passes the test; never when it does not. */
  told(test: () => boolean): Promise<void>;
}

function follow(child: ChildProcess): Followed {
  const chunks = { stdout: '', stderr: '' };
  const waiting = new Set<() => void>();
  for (const name of ['stdout', 'stderr'] as const) {
    child[name]?.setEncoding('utf8').on('data', (text: string) => {
      chunks[name] += text;
      for (const look of waiting) look();
    });
  }
  return {
    output: () => chunks,
    ended: new Promise((resolve, reject) => {
      child.on('error', reject);
      child.on('close', (code, signal) => resolve({ code, signal, ...chunks }));
    }),
    told: (test) =>
      new Promise((resolve) => {
        const look = (): void => {
          if (!test()) return;
          waiting.delete(look);
          resolve();
        };
        waiting.add(look);
        look();
      }),
  };
}
