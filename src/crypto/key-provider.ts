/** The port that hands out the root keys once, at start, so that a remote provider costs no call per read. */
import type { Keyring } from './keyring.ts';
import { readKeyringFile } from './keyring-file.ts';

export interface KeyProvider {
  /** Throws `ConfigurationError` when the roots cannot be had. */
  keyring(): Promise<Keyring>;
}

/** Root keys from a keyring file. */
export const fileKeyProvider = (path: string): KeyProvider => ({
  keyring: async () => readKeyringFile(path),
});
