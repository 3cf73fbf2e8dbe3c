/** Runs the contract of record stores on SQLite, in memory and in files. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { openStore } from '../../src/store/open-store.ts';
import { historyContract } from './history.ts';
import { hopContract, planContract } from './plans.ts';
import { recordStoreContract, type StoreFactory } from './record-store.ts';

const folder = mkdtempSync(join(tmpdir(), 'veil-contract-'));
after(() => rmSync(folder, { recursive: true }));

let stores = 0;
const inMemory: StoreFactory = (secrets) =>
  openStore({ databaseUrl: 'sqlite::memory:', mode: 'demo', secrets, access: 'write' });
const inFile: StoreFactory = (secrets) =>
  openStore({ databaseUrl: `sqlite:${join(folder, `${++stores}.db`)}`, mode: 'demo', secrets, access: 'write' });

recordStoreContract('sqlite in memory', inMemory);
recordStoreContract('sqlite in a file', inFile);
planContract('sqlite in memory', inMemory);
hopContract('sqlite in memory', inMemory);
historyContract('sqlite in memory', inMemory);
