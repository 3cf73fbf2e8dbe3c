/** One transaction, tried again while nothing of it was written; its unknown end is the caller's to find out. */
import type { ClientSession, MongoClient } from 'mongodb';
import { isTransient, isUnknown } from './client.ts';

/** The document that a write was made from is no longer the one that the transaction saw. */
export class StaleError extends Error {
  override name = 'StaleError';
}

/** The commit was sent and its result never came. */
export class UnknownCommitError extends Error {
  override name = 'UnknownCommitError';
}

const OPTIONS = {
  readConcern: { level: 'snapshot' },
  writeConcern: { w: 'majority', journal: true, wtimeoutMS: 10_000 },
  readPreference: 'primary',
  maxCommitTimeMS: 10_000,
} as const;

const ATTEMPTS = 8;
const COMMIT_ATTEMPTS = 3;
const FIRST_WAIT_MS = 4;

/** Runs `work` in a transaction and commits it. */
export async function transact<T>(client: MongoClient, work: (session: ClientSession) => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await once(client, work);
    } catch (cause) {
      if (attempt === ATTEMPTS || !(cause instanceof StaleError || isTransient(cause))) throw cause;
      await wait(FIRST_WAIT_MS * 2 ** attempt * Math.random());
    }
  }
}

async function once<T>(client: MongoClient, work: (session: ClientSession) => Promise<T>): Promise<T> {
  const session = client.startSession();
  try {
    session.startTransaction(OPTIONS);
    const result = await work(session);
    await commit(session);
    return result;
  } catch (cause) {
    // An abort that fails changes nothing: the server ends a transaction that nobody commits.
    if (session.inTransaction()) await session.abortTransaction().catch(() => undefined);
    throw cause;
  } finally {
    await session.endSession();
  }
}

async function commit(session: ClientSession): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      await session.commitTransaction();
      return;
    } catch (cause) {
      if (!isUnknown(cause)) throw cause;
      if (attempt === COMMIT_ATTEMPTS) throw new UnknownCommitError('a commit has no known result', { cause });
    }
  }
}

const wait = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds));
