/** A whole server for tests: real HTTP on a free port, a real SQLite store, the demo issuer's tokens. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { type App, createApp } from '../../src/app.ts';
import { parseConfig } from '../../src/config/parse-config.ts';
import { createLogger } from '../../src/logging/create-logger.ts';
import { bindPort, createEdge, demoIssuerOf } from '../../src/serve.ts';

export interface VeilOptions {
  /** Environment beside the defaults (`RATE_LIMIT=0`, a store in memory, files in a folder of its own). */
  readonly env?: Readonly<Record<string, string>>;
  /** Reuse the folder of another run: its keyring, its demo key, its database. */
  readonly folder?: string;
  readonly clock?: () => number;
  /** Makes resource ids; random ones unless given. */
  readonly newId?: () => string;
}

export interface Caller {
  readonly roles: readonly string[];
  readonly patient?: string;
  readonly scope?: string;
  readonly fhirUser?: string;
  readonly sub?: string;
}

export interface Veil {
  readonly app: App;
  readonly baseUrl: string;
  readonly folder: string;
  /** JSON lines that were logged. */
  readonly log: readonly string[];
  token(caller: Caller): Promise<string>;
  /** A request below the base as a caller; `path` such as `/Patient/1`. */
  call(caller: Caller, method: string, path: string, options?: CallOptions): Promise<Reply>;
  stop(): Promise<void>;
}

export interface CallOptions {
  /** A value for JSON, or a text as it is. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface Reply {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** Undefined where the body is no JSON. */
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of any shape
  readonly json: any;
}

/** Starts a server; `stop` removes its folder unless the folder was given. */
export async function startVeil(options: VeilOptions = {}): Promise<Veil> {
  const folder = options.folder ?? mkdtempSync(join(tmpdir(), 'veil-test-'));
  const env = {
    PORT: '0',
    RATE_LIMIT: '0',
    DATABASE_URL: 'sqlite::memory:',
    KEYRING_FILE: join(folder, 'keyring.json'),
    ...options.env,
  };
  const clock = options.clock ?? Date.now;
  const log: string[] = [];
  const stream = new Writable({
    write: (chunk, _encoding, done) => {
      log.push(String(chunk));
      done();
    },
  });
  const logger = createLogger({ level: env['LOG_LEVEL' as keyof typeof env] ?? 'debug', stream });
  const listener = await bindPort(parseConfig(env, { demo: true }), logger);
  const config = parseConfig({ ...env, PORT: String(listener.port) }, { demo: true });
  // A start that fails must not leave the port open: the run of the tests would never end.
  const app = await createApp({ config, logger, clock, ...(options.newId ? { newId: options.newId } : {}) }).catch(
    async (error: unknown) => {
      await listener.stop(0);
      throw error;
    },
  );
  // `BASE_URL` may name another place than the one that listens.
  const address = `http://127.0.0.1:${listener.port}${new URL(config.baseUrl).pathname}`;
  const edge = await createEdge({ app, logger, clock });
  listener.serve(edge.http.app, config.baseUrl);
  const issuer = await demoIssuerOf(config, clock);
  const tokens = new Map<string, string>();
  const token = async (caller: Caller): Promise<string> => {
    const key = JSON.stringify(caller);
    const known = tokens.get(key);
    if (known) return known;
    const made = await issuer.sign({ sub: caller.sub ?? `test-${caller.roles.join('-')}`, ...caller });
    tokens.set(key, made);
    return made;
  };
  return {
    app,
    baseUrl: config.baseUrl,
    folder,
    log,
    token,
    call: async (caller, method, path, { body, headers } = {}) => {
      const response = await fetch(`${address}${path}`, {
        method,
        headers: {
          Authorization: `Bearer ${await token(caller)}`,
          ...(body === undefined ? {} : { 'Content-Type': 'application/fhir+json' }),
          ...headers,
        },
        ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      });
      const text = await response.text();
      return { status: response.status, headers: response.headers, text, json: readJson(text) };
    },
    stop: async () => {
      await listener.stop(0);
      await edge.http.close();
      await app.close();
      if (options.folder === undefined) rmSync(folder, { recursive: true, force: true });
    },
  };
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
