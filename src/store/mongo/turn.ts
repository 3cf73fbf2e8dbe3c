/** The writes of one turn inside its transaction: judged in memory commit by commit, written in few round trips. */
import type { ClientSession } from 'mongodb';
import type { Uid } from '../../core/plan.ts';
import type { Commit, CommitResult, Precondition, RecordWrite } from '../../core/record.ts';
import type { AuditCrypto } from '../../crypto/audit-crypto.ts';
import { nextRow } from '../audit-chain.ts';
import type { AuditHead } from '../record-store.ts';
import {
  type AuditDoc,
  nameBytes,
  nameOf,
  type ResourceDoc,
  resourceDoc,
  type VersionDoc,
  versionDoc,
} from './documents.ts';
import type { Collections } from './schema.ts';
import type { Ticks } from './ticks.ts';
import { StaleError } from './transact.ts';

export interface TurnParts {
  readonly collections: Collections;
  readonly session: ClientSession;
  readonly audit: AuditCrypto;
  /** Number and name of the chain. */
  readonly chain: { readonly number: number; readonly name: string };
  readonly ticks: Ticks;
  readonly holds: (precondition: Precondition, session: ClientSession) => Promise<boolean>;
}

interface Place {
  readonly seq: number;
  readonly version: number;
}

interface Staged {
  readonly doc: ResourceDoc;
  /** The version that lies in the database; 0 where there is none. */
  readonly stored: number;
}

export interface TurnDone {
  readonly outcomes: readonly CommitResult[];
  readonly head: AuditHead;
}

/** Judges and writes all commits; the outcomes hold once the transaction is committed. */
export async function runTurn(parts: TurnParts, commits: readonly Commit[], from: AuditHead): Promise<TurnDone> {
  const places = await currentPlaces(parts, commits);
  const staging = createStaging(parts, places);
  const guarded = new Set<string>();
  const outcomes: CommitResult[] = [];
  let head = from;
  for (const commit of commits) {
    const unmet = await unmetType(parts, { staging, guarded }, commit.preconditions ?? []);
    const conflict = unmet === undefined ? staging.stage(commit.writes) : undefined;
    if (unmet !== undefined) outcomes.push({ done: false, unmet });
    else if (conflict !== undefined) outcomes.push({ done: false, conflict });
    else {
      outcomes.push({ done: true });
      for (const { sealed, terms } of commit.audit) {
        const row = nextRow(parts.audit, head, sealed, parts.chain.name);
        head = row;
        staging.record({
          _id: parts.ticks.next(),
          chain: parts.chain.number,
          n: row.seq,
          sealed,
          link: row.link,
          terms: [...new Set(terms)].map(nameBytes),
        });
      }
    }
  }
  await staging.flush();
  return { outcomes, head: { seq: head.seq, link: head.link } };
}

async function currentPlaces({ collections, session }: TurnParts, commits: readonly Commit[]) {
  const uids = new Set(commits.flatMap((commit) => commit.writes.map((write) => write.record.uid)));
  const places = new Map<Uid, Place>();
  if (uids.size === 0) return places;
  const found = collections.resources.find(
    { _id: { $in: [...uids].map(nameBytes) } },
    { session, projection: { seq: 1, version: 1 } },
  );
  for await (const { _id, seq, version } of found) places.set(nameOf(_id), { seq, version });
  return places;
}

// A guard is touched before the plan is asked: of two transactions at once one then sees what the other wrote.
async function unmetType(
  { collections, session, holds }: TurnParts,
  { staging, guarded }: { readonly staging: Staging; readonly guarded: Set<string> },
  preconditions: readonly Precondition[],
): Promise<string | undefined> {
  if (preconditions.length === 0) return undefined;
  await staging.flush();
  for (const type of new Set(preconditions.map((one) => one.type)).difference(guarded)) {
    await collections.guards.updateOne({ _id: { $eq: type } }, { $inc: { n: 1 } }, { session, upsert: true });
    guarded.add(type);
  }
  for (const precondition of preconditions) {
    if (!(await holds(precondition, session))) return precondition.type;
  }
  return undefined;
}

interface Staging {
  /** Takes the writes of a commit, or none of them: then the one that conflicts is given. */
  stage(writes: readonly RecordWrite[]): Uid | undefined;
  record(doc: AuditDoc): void;
  /** Sends what waits. */
  flush(): Promise<void>;
}

function createStaging({ collections, session, ticks }: TurnParts, places: Map<Uid, Place>): Staging {
  let resources = new Map<Uid, Staged>();
  let versions: VersionDoc[] = [];
  let records: AuditDoc[] = [];
  const stored = new Map([...places].map(([uid, { version }]) => [uid, version]));
  const take = ({ record, index }: RecordWrite): void => {
    const seq = places.get(record.uid)?.seq ?? ticks.next();
    versions.push(versionDoc(record, seq));
    resources.set(record.uid, { doc: resourceDoc(record, seq, index), stored: stored.get(record.uid) ?? 0 });
    places.set(record.uid, { seq, version: record.version });
  };
  return {
    stage: (writes) => {
      const conflict = conflictIn(writes, places);
      if (conflict === undefined) for (const write of writes) take(write);
      return conflict;
    },
    record: (doc) => {
      records.push(doc);
    },
    flush: async () => {
      if (versions.length > 0) await collections.versions.insertMany(versions, { session });
      if (resources.size > 0) await writeResources(collections, session, [...resources.values()]);
      if (records.length > 0) await collections.audit.insertMany(records, { session });
      for (const [uid, { doc }] of resources) stored.set(uid, doc.version);
      resources = new Map();
      versions = [];
      records = [];
    },
  };
}

function conflictIn(writes: readonly RecordWrite[], places: ReadonlyMap<Uid, Place>): Uid | undefined {
  const versions = new Map<Uid, number>();
  for (const { record, expectedVersion } of writes) {
    if (record.version !== expectedVersion + 1) throw new RangeError('a version must follow the expected one');
    const current = versions.get(record.uid) ?? places.get(record.uid)?.version ?? 0;
    if (current !== expectedVersion) return record.uid;
    versions.set(record.uid, record.version);
  }
  return undefined;
}

// Compare and swap: the version that was judged is still the one that lies there.
async function writeResources(
  { resources }: Collections,
  session: ClientSession,
  staged: readonly Staged[],
): Promise<void> {
  const result = await resources.bulkWrite(
    staged.map(({ doc, stored }) =>
      stored === 0
        ? { insertOne: { document: doc } }
        : { replaceOne: { filter: { _id: doc._id, version: stored }, replacement: doc } },
    ),
    { session },
  );
  if (result.insertedCount + result.matchedCount !== staged.length) {
    throw new StaleError('another version is current');
  }
}
