/** Rebuilds index and row terms when what is indexed has changed, so that a row filter is never judged by old terms. */
import type { Logger } from '../core/ports.ts';
import type { StoredRecord } from '../core/record.ts';
import type { IndexedResource } from '../search/extract.ts';
import { createDataKeys } from './data-keys.ts';
import { openRecord } from './open-record.ts';
import type { Reindexed } from './record-store.ts';
import type { RepositoryParts } from './repository.ts';
import { sortBoxOf } from './sort-box.ts';

const NAME = 'index-version';
const BATCH = 200;
const NOTHING: IndexedResource = { terms: [], rowTerms: [], references: [] };

/** Compares the index version of the database with the server's and rebuilds where they differ. */
export async function reindexIfNeeded(parts: RepositoryParts, version: string, logger: Logger): Promise<void> {
  const { store } = parts;
  const found = await store.meta.get(NAME);
  if (found === version) return;
  if (found !== undefined) {
    logger.info('what is indexed has changed: rebuilding the index');
    const count = await reindex(parts);
    logger.info('index rebuilt', { versions: count });
  }
  await store.meta.set(NAME, version);
}

async function reindex(parts: RepositoryParts): Promise<number> {
  const { store } = parts;
  const toNew = createReindexer(parts);
  let batch: Reindexed[] = [];
  let count = 0;
  for await (const stored of store.everyRecord()) {
    batch.push(await toNew(stored));
    count++;
    if (batch.length < BATCH) continue;
    await store.reindexCommit(batch);
    batch = [];
  }
  await store.reindexCommit(batch);
  return count;
}

function createReindexer(parts: RepositoryParts): (stored: StoredRecord) => Promise<Reindexed> {
  const { store, secrets, definitions, indexOf } = parts;
  const { vault } = secrets;
  const dataKeys = createDataKeys(parts.keys, vault);
  return async (stored) => {
    const key = await dataKeys.keyOf(stored.keyId);
    const current = await store.current(stored.uid);
    // A deletion keeps the row terms of the version before it.
    const shown = stored.deleted ? await store.version(stored.uid, stored.version - 1) : stored;
    const source = shown ?? stored;
    const opened = openRecord(vault, await dataKeys.keyOf(source.keyId), definitions.profile(source.type), source);
    const resource = opened.resource();
    const { rowTerms: found, sortText, ...postings } = resource ? indexOf(resource) : NOTHING;
    const rowTerms = found.toSorted();
    const isCurrent = current?.version === stored.version;
    const index = { ...postings, ...sortBoxOf(vault, key, stored, sortText) };
    return {
      uid: stored.uid,
      version: stored.version,
      rowTerms,
      rowMac: vault.rowMac(key, stored, rowTerms, stored.boxes),
      ...(isCurrent ? { index: stored.deleted ? { terms: [], references: [] } : index } : {}),
    };
  };
}
