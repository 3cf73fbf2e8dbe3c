/** One writer for a database file: a lock of the operating system that vanishes with its process. */
import { DatabaseSync } from 'node:sqlite';
import { StoreHeldError } from '../../core/errors.ts';

/** Takes the lock beside `path` and gives what releases it; throws `StoreHeldError` when another holds it. */
export function takeWriterLock(path: string): () => void {
  const lock = new DatabaseSync(`${path}.lock`);
  try {
    // The lock file stays empty: an exclusive transaction that writes nothing is all that is wanted of it.
    lock.exec('PRAGMA busy_timeout=0');
    lock.exec('BEGIN EXCLUSIVE');
  } catch {
    lock.close();
    throw new StoreHeldError(
      `DATABASE_URL sqlite:${path}: another process has this database open for writing. Stop it first.`,
    );
  }
  return () => lock.close();
}
