/** What every command is given. */
import { userInfo } from 'node:os';
import { type App, configure, createApp, keyringMode } from '../app.ts';
import type { Config } from '../config/parse-config.ts';
import type { Principal } from '../core/principal.ts';

export interface CliContext {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Data, on stdout. */
  out(text: string): void;
  /** Messages, on stderr. */
  say(text: string): void;
  /** The command ran, and its answer is no: exit code 1. */
  fail(): void;
}

// A command has no issuer to tell demo from real data: the keyring that is there does.
function offline(context: CliContext) {
  const { config, logger } = configure(context.env, { demo: false, command: 'offline', stream: process.stderr });
  const mode = keyringMode(config) ?? config.mode;
  return { config: { ...config, mode }, logger };
}

/** The configuration of a command that opens no port. */
export const offlineConfig = (context: CliContext): Config => offline(context).config;

/** The app for a command: it takes the place of a server, and is refused where one runs. */
export const openOffline = (context: CliContext): Promise<App> => createApp({ ...offline(context), clock: Date.now });

/** Who a command acts as: the operating system's user, with the rights of the role `system`. */
export function operator(): Principal {
  const user = userInfo().username;
  return {
    issuer: 'cli',
    sub: user,
    subject: JSON.stringify(['cli', user]),
    clientId: 'cli',
    name: user,
    roles: ['system'],
    amr: [],
    tokenId: 'cli',
    purposeOfUse: [],
    expires: Number.MAX_SAFE_INTEGER,
  };
}
