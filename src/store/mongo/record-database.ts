/** The record store in MongoDB: group commit in transactions, reads from the primary. */
import type { MongoClient } from 'mongodb';
import type { StoredRecord } from '../../core/record.ts';
import { createCommitter } from '../committer.ts';
import type { AuditChain, RecordStore } from '../record-store.ts';
import { auditRow, chainReader, newestRow, queryAudit } from './audit-log.ts';
import { guarded, QUERY } from './client.ts';
import type { Committing } from './committing.ts';
import { plainText, storedRecord, versionName } from './documents.ts';
import { createHistoryQueries } from './query-history.ts';
import type { RowQueries } from './query-rows.ts';
import { reindexAll } from './reindex-rows.ts';
import type { Collections } from './schema.ts';

export interface RecordDatabaseParts {
  readonly client: MongoClient;
  readonly collections: Collections;
  readonly queries: RowQueries;
  readonly committing: Committing;
}

const LAST_VERSION = 0xff_ff_ff_ff;

/** A store over collections that are there, under a chain that is held. */
export function createRecordDatabase({ client, collections, queries, committing }: RecordDatabaseParts): RecordStore {
  const { versions, audit, meta } = collections;
  const histories = createHistoryQueries(collections);
  const committer = createCommitter({
    apply: (commits) => committing.apply(commits),
    publishHead: () => undefined,
    head: committing.head(),
  });
  return {
    current: (uid) =>
      guarded(async () => {
        const all = { _id: { $gte: versionName(uid, 0), $lte: versionName(uid, LAST_VERSION) } };
        const [doc] = await versions
          .find(all, { ...QUERY, limit: 1 })
          .sort({ _id: -1 })
          .toArray();
        return doc && storedRecord(doc);
      }),
    version: (uid, version) =>
      guarded(async () => {
        const doc = await versions.findOne({ _id: versionName(uid, version) }, QUERY);
        return doc ? storedRecord(doc) : undefined;
      }),
    rows: (query) => guarded(() => queries.rows(query)),
    candidates: (query) => guarded(() => queries.candidates(query)),
    changes: (query) => guarded(() => queries.changes(query)),
    count: (type, where, limit) => guarded(() => queries.count(type, where, limit)),
    history: (page) => guarded(() => histories.history(page)),
    countHistory: (query, limit) => guarded(() => histories.countHistory(query, limit)),
    everyRecord: () => everyRecord(collections),
    reindexCommit: (rows) => guarded(() => reindexAll(client, collections, rows)),
    commit: committer.commit,
    audit: {
      get: (place) => guarded(() => auditRow(audit, place)),
      query: (query) => guarded(() => queryAudit(audit, query)),
      newest: () => guarded(async () => (await newestRow(audit))?.seq ?? 0),
      chains: () => guarded(() => chainsOf(collections, committing)),
    },
    meta: {
      get: (name) => guarded(async () => (await meta.findOne({ _id: { $eq: plainText(name) } }, QUERY))?.value),
      set: (name, value) =>
        guarded(async () => {
          const _id = plainText(name);
          await meta.updateOne({ _id: { $eq: _id } }, { $set: { value: plainText(value) } }, { upsert: true });
        }),
    },
    close: () => committer.close(),
  };
}

async function chainsOf(collections: Collections, committing: Committing): Promise<readonly AuditChain[]> {
  const chains = await collections.chains.find({}, QUERY).sort({ _id: 1 }).toArray();
  return chains.map(({ _id, seq, link }) => ({
    ...chainReader(collections.audit, _id),
    // This process knows its own head; the others tell theirs.
    head: _id === committing.number() ? committing.head() : { seq, link },
  }));
}

const RESOURCES_A_BATCH = 64;

async function* everyRecord({ resources, versions }: Collections): AsyncGenerator<StoredRecord> {
  for (let after = 0; ; ) {
    const options = { ...QUERY, hint: 'created', projection: { seq: 1, version: 1 }, limit: RESOURCES_A_BATCH };
    const batch = await guarded(() =>
      resources
        .find({ seq: { $gt: after } }, options)
        .sort({ seq: 1 })
        .toArray(),
    );
    for (const { _id, seq, version } of batch) {
      // Up to the version that was current: one that came meanwhile was made with the new index.
      for (let n = 1; n <= version; n++) {
        const doc = await guarded(() => versions.findOne({ _id: versionName(_id, n) }, QUERY));
        if (doc) yield storedRecord(doc);
      }
      after = seq;
    }
    if (batch.length < RESOURCES_A_BATCH) return;
  }
}
