/** The repository: plain resources in, open records out; what lies between is sealed. */
import type { OpenRecord, StoredRecord } from '../core/record.ts';
import { createDataKeys } from './data-keys.ts';
import { openRecord } from './open-record.ts';
import { createPrepare } from './prepare-write.ts';
import type { Repository, RepositoryParts } from './repository.ts';
import { openSortBox } from './sort-box.ts';

/** The repository over an opened store. */
export function createRepository(parts: RepositoryParts): Repository {
  const { store, secrets, definitions } = parts;
  const { terms, vault } = secrets;
  const dataKeys = createDataKeys(parts.keys, vault);
  const write = createPrepare(parts, dataKeys);
  const opened = async (stored: StoredRecord | undefined): Promise<OpenRecord | undefined> => {
    if (!stored) return undefined;
    return openRecord(vault, await dataKeys.keyOf(stored.keyId), definitions.profile(stored.type), stored);
  };
  const allOpened = async (stored: readonly StoredRecord[]): Promise<readonly OpenRecord[]> =>
    (await Promise.all(stored.map(opened))).filter((record) => record !== undefined);
  return {
    ...write,
    read: async (type, id) => opened(await store.current(terms.uid(type, id))),
    readUid: async (uid) => opened(await store.current(uid)),
    readVersion: async (type, id, version) => opened(await store.version(terms.uid(type, id), version)),
    rows: async (query) => allOpened(await store.rows(query)),
    candidates: (query) => store.candidates(query),
    sortText: async (type, { id, version, keyId, sortBox }) =>
      sortBox && openSortBox(vault, await dataKeys.keyOf(keyId), { type, id, version }, sortBox),
    changes: async (query) => allOpened(await store.changes(query)),
    placeOf: async (uid, version) => {
      const stored = await store.version(uid, version);
      const record = await opened(stored);
      return stored && record && { seq: stored.seq, record };
    },
    count: (type, where, limit) => store.count(type, where, limit),
    reopen: async ({ write: { record } }) => {
      const key = await dataKeys.keyOf(record.keyId);
      return openRecord(vault, key, definitions.profile(record.type), { ...record, seq: 0 });
    },
    history: async (page) => allOpened(await store.history(page)),
    countHistory: (query, limit) => store.countHistory(query, limit),
    expect: (type, where, rows) => ({ type, where, rows: rows.map(({ uid, version }) => ({ uid, version })) }),
    commit: (writes, audit, preconditions = []) =>
      store.commit({ writes: writes.map((one) => one.write), audit, preconditions }),
  };
}
