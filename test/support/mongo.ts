/** The MongoDB server of `MONGODB_URL`, a database of its own for each store; what cannot run says why, and fails where CI requires it. */
import { randomBytes } from 'node:crypto';
import { MongoClient } from 'mongodb';

const server = process.env['MONGODB_URL'];
const required = (process.env['CI_REQUIRES'] ?? '').split(',').includes('mongodb');

/** Why tests on MongoDB are skipped; false where a server is named, or where its absence must fail. */
export const skipWithoutMongo: string | false =
  server === undefined && !required
    ? 'no MongoDB: set MONGODB_URL to a replica set, such as mongodb://127.0.0.1:27017'
    : false;

export interface TestDatabases {
  /** URL of a database that is not there yet. */
  next(): string;
  /** Drops all that were named. */
  drop(): Promise<void>;
}

/** Names databases that no other test uses. */
export function testDatabases(): TestDatabases {
  const names: string[] = [];
  const address = (): URL => {
    if (server === undefined) throw new Error('CI_REQUIRES names mongodb, and MONGODB_URL is not set');
    return new URL(server);
  };
  return {
    next: () => {
      const name = `veil-test-${randomBytes(8).toString('hex')}`;
      names.push(name);
      const url = address();
      url.pathname = `/${name}`;
      return url.href;
    },
    drop: async () => {
      if (names.length === 0) return;
      const client = new MongoClient(address().href);
      for (const name of names) {
        await client.db(name).dropDatabase();
        await client.db(`${name}-keys`).dropDatabase();
      }
      await client.close();
    },
  };
}
