/** Opens the store that DATABASE_URL names, and refuses one of another mode or keyring. */
import { ConfigurationError } from '../core/errors.ts';
import type { Secrets } from '../crypto/secrets.ts';
import type { OpenedStore } from './record-store.ts';
import { openSqlite } from './sqlite/open-sqlite.ts';

export interface StoreOptions {
  /** `sqlite:PATH` or `sqlite::memory:`. */
  readonly databaseUrl: string;
  readonly mode: 'demo' | 'real';
  readonly secrets: Pick<Secrets, 'audit' | 'fingerprint'>;
  /** A second process that asks for this is refused while a first one has it. */
  readonly access: 'write';
}

const SQLITE = 'sqlite:';

/** The opened store; throws `ConfigurationError` when it cannot or must not be used. */
export async function openStore(options: StoreOptions): Promise<OpenedStore> {
  const { databaseUrl, mode, secrets } = options;
  if (/^mongodb(\+srv)?:/.test(databaseUrl)) {
    throw new ConfigurationError(['DATABASE_URL: MongoDB comes with a later release; use sqlite:PATH']);
  }
  const path = databaseUrl.startsWith(SQLITE) ? databaseUrl.slice(SQLITE.length) : '';
  if (path === '') throw new ConfigurationError(['DATABASE_URL: must be sqlite:PATH or sqlite::memory:']);
  return openSqlite(path, { audit: secrets.audit, facts: { mode, keyring: secrets.fingerprint } });
}
