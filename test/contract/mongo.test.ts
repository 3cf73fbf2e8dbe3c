/** Runs the contract of record stores on the MongoDB server that `MONGODB_URL` names. */
import { after, test } from 'node:test';
import { openStore } from '../../src/store/open-store.ts';
import { skipWithoutMongo, testDatabases } from '../support/mongo.ts';
import { historyContract } from './history.ts';
import { planContract } from './plans.ts';
import { recordStoreContract, type StoreFactory } from './record-store.ts';

const DATABASES = 6;

if (skipWithoutMongo) {
  test('mongodb: the contract of record stores', { skip: skipWithoutMongo }, () => undefined);
} else {
  const databases = testDatabases();
  after(() => databases.drop());
  const open: StoreFactory = (secrets) =>
    openStore({ databaseUrl: databases.next(), mode: 'demo', secrets, access: 'write' });
  recordStoreContract('mongodb', open);
  // Random hops are in it; one of 10,000 rows takes minutes on the server that CI starts.
  planContract('mongodb', open, DATABASES);
  historyContract('mongodb', open, DATABASES);
}
