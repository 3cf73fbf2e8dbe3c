/** Files of a database: made with mode 0600 before SQLite opens them, so that what it adds gets that mode too. */
import { closeSync, fsyncSync, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import { ConfigurationError } from '../../core/errors.ts';

const OWNER_ONLY = 0o600;

/** Makes these files when they are missing, and the folder that they lie in. */
export function makePrivateFiles(paths: readonly string[]): void {
  for (const path of paths) {
    try {
      mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
      closeSync(openSync(path, 'a', OWNER_ONLY));
    } catch (cause) {
      const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown error';
      throw new ConfigurationError([`DATABASE_URL: ${path} cannot be opened for writing (${code})`]);
    }
  }
}

/** Makes the names of new files durable. */
export function syncFolderOf(path: string): void {
  const folder = openSync(dirname(path), 'r');
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}
