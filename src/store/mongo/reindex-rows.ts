/** Replaces index and row terms of versions that are already there. */
import type { ClientSession, MongoClient } from 'mongodb';
import type { Reindexed } from '../record-store.ts';
import { indexNames, nameBytes, versionName } from './documents.ts';
import type { Collections } from './schema.ts';
import { transact } from './transact.ts';

/** All of them in one transaction; a version that is no longer there, or no longer current, is passed over. */
export async function reindexAll(
  client: MongoClient,
  collections: Collections,
  rows: readonly Reindexed[],
): Promise<void> {
  if (rows.length === 0) return;
  await transact(client, async (session) => {
    for (const row of rows) await reindexOne(collections, session, row);
  });
}

async function reindexOne(
  { resources, versions }: Collections,
  session: ClientSession,
  { uid, version, rowTerms, rowMac, index }: Reindexed,
): Promise<void> {
  const rows = rowTerms.map(nameBytes);
  await versions.updateOne({ _id: versionName(uid, version) }, { $set: { rows, mac: rowMac } }, { session });
  const current = { _id: nameBytes(uid), version };
  if (!index) {
    await resources.updateOne(current, { $set: { rows } }, { session });
    return;
  }
  const names = indexNames(index);
  const { sortBox } = index;
  await resources.updateOne(
    current,
    sortBox ? { $set: { rows, names, sort: sortBox } } : { $set: { rows, names }, $unset: { sort: true } },
    { session },
  );
}
