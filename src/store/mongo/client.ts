/** The connection: bounded pool and times, majority and journal for every write, and what an error of the driver means. */
import { MongoClient, MongoError, MongoServerError } from 'mongodb';
import { unavailable } from '../../core/errors.ts';

/** Options that a URL may not loosen. */
const OPTIONS = {
  appName: 'veil',
  writeConcern: { w: 'majority', journal: true, wtimeoutMS: 10_000 },
  readConcern: { level: 'majority' },
  readPreference: 'primary',
  retryWrites: true,
  retryReads: true,
  maxPoolSize: 32,
  waitQueueTimeoutMS: 5000,
  serverSelectionTimeoutMS: 5000,
  connectTimeoutMS: 5000,
  socketTimeoutMS: 60_000,
  promoteBuffers: true,
  ignoreUndefined: false,
} as const;

/** A query that runs longer is given up: 503. */
export const QUERY = { maxTimeMS: 20_000 } as const;

/** Makes the client; nothing is sent yet. */
export const createClient = (url: string, options: { readonly monitorCommands?: boolean } = {}): MongoClient =>
  new MongoClient(url, { ...OPTIONS, ...options });

/** Runs a call of the driver; its failures are 503. */
export async function guarded<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    throw cause instanceof MongoError ? unavailable(cause) : cause;
  }
}

const DUPLICATE_KEY = 11_000;

/** Another process made the same document first. */
export const isDuplicate = (cause: unknown): boolean =>
  cause instanceof MongoServerError && cause.code === DUPLICATE_KEY;

/** Nothing was written, and the same again may succeed. */
export const isTransient = (cause: unknown): boolean =>
  isDuplicate(cause) || (cause instanceof MongoError && cause.hasErrorLabel('TransientTransactionError'));

/** Whether it was written is not known. */
export const isUnknown = (cause: unknown): boolean =>
  cause instanceof MongoError && cause.hasErrorLabel('UnknownTransactionCommitResult');
