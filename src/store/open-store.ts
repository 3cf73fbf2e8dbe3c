/** Opens the store that DATABASE_URL names, and refuses one of another mode or keyring. */
import { ConfigurationError } from '../core/errors.ts';
import type { Secrets } from '../crypto/secrets.ts';
import type { OpenedStore } from './record-store.ts';
import { openSqlite } from './sqlite/open-sqlite.ts';

export interface StoreOptions {
  /** `sqlite:PATH`, `sqlite::memory:` or a MongoDB URL with the database name in its path. */
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
  const parts = { audit: secrets.audit, facts: { mode, keyring: secrets.fingerprint } };
  if (/^mongodb(\+srv)?:/.test(databaseUrl)) {
    // Not loaded where it is not used: the driver takes more memory than SQLite.
    const { openMongo } = await import('./mongo/open-mongo.ts');
    return openMongo(databaseUrl, { ...parts, clock: Date.now });
  }
  const path = databaseUrl.startsWith(SQLITE) ? databaseUrl.slice(SQLITE.length) : '';
  if (path === '')
    throw new ConfigurationError(['DATABASE_URL: must be sqlite:PATH, sqlite::memory: or mongodb://HOST/DATABASE']);
  return openSqlite(path, parts);
}
