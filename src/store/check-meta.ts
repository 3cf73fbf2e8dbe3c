/** Refuses a database that was made in another mode or with another keyring. */
import { ConfigurationError } from '../core/errors.ts';

/** What a database remembers of the server that made it. */
export interface StoreFacts {
  readonly mode: 'demo' | 'real';
  /** Fingerprint of the keyring's index root. */
  readonly keyring: string;
}

interface Meta {
  get(name: string): string | undefined;
  set(name: string, value: string): void;
}

/** Keeps the facts in a new database; throws `ConfigurationError` when a known one has others. */
export function checkMeta(meta: Meta, { mode, keyring }: StoreFacts): void {
  const faults: string[] = [];
  if (keepOrGet(meta, 'mode', mode) !== mode) {
    faults.push(
      mode === 'demo'
        ? 'DATABASE_URL: this database was not made in demo mode, and demo mode refuses it'
        : 'DATABASE_URL: this database was made in demo mode and is refused outside it',
    );
  }
  if (keepOrGet(meta, 'keyring', keyring) !== keyring) {
    faults.push('KEYRING_FILE: the index root is not the one that this database was made with');
  }
  if (faults.length > 0) throw new ConfigurationError(faults);
}

function keepOrGet(meta: Meta, name: string, value: string): string {
  const known = meta.get(name);
  if (known === undefined) meta.set(name, value);
  return known ?? value;
}
