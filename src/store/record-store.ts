/** The port of a record store: it keeps opaque records, postings and audit rows, and answers plans. */
import type { Sealed } from '../core/brands.ts';
import type {
  CandidateQuery,
  ChangeQuery,
  HistoryPage,
  HistoryQuery,
  Plan,
  RowQuery,
  Term,
  Uid,
} from '../core/plan.ts';
import type { Candidate, Commit, CommitResult, RecordIndex, StoredRecord } from '../core/record.ts';
import type { WrappedKey } from '../crypto/vault-port.ts';

/** An audit record in its place: in the log, or in its chain. */
export interface AuditRow {
  /** In the log: its place, in the order of commits. In a chain: 1, 2, … without a gap. */
  readonly seq: number;
  readonly sealed: Sealed;
  /** Chain value, 32 bytes. */
  readonly link: Uint8Array;
}

/** The last link; sequence 0 and 32 zero bytes when the log is empty. */
export interface AuditHead {
  readonly seq: number;
  readonly link: Uint8Array;
}

export interface AuditQuery {
  /** Made of `term` under and, or and not. */
  readonly where: Plan;
  /** Only rows of a lower sequence. */
  readonly before?: number;
  /** Only rows of this sequence and higher ones. */
  readonly from?: number;
  readonly limit: number;
}

/**
 * The log of all processes. Places rise with the time of the commit but need not follow each other without a gap; where
 * several processes write, they may be out of order by as much as the clocks of the processes differ.
 */
export interface AuditLog {
  get(place: number): Promise<AuditRow | undefined>;
  /** Newest first. */
  query(query: AuditQuery): Promise<readonly AuditRow[]>;
  /** Place of the newest record; 0 when the log is empty. */
  newest(): Promise<number>;
  /** The chains that the log is made of: one for each process that ever wrote at the same time as another. */
  chains(): Promise<readonly AuditChain[]>;
}

/** One chain of audit records. */
export interface AuditChain {
  readonly name: string;
  /** As the committer holds it, or as the process that writes to it has told. */
  readonly head: AuditHead;
  get(seq: number): Promise<AuditRow | undefined>;
  /** Oldest first, both ends included; at most 1,000 rows. */
  range(from: number, to: number): Promise<readonly AuditRow[]>;
}

/** Facts about the database itself, in clear: mode, fingerprint of the keyring, version of the index. */
export interface StoreMeta {
  get(name: string): Promise<string | undefined>;
  set(name: string, value: string): Promise<void>;
}

/** New row terms of a version, and the new index where it is the current one. */
export interface Reindexed {
  readonly uid: Uid;
  readonly version: number;
  readonly rowTerms: readonly Term[];
  readonly rowMac: Sealed;
  readonly index?: RecordIndex;
}

export interface RecordStore {
  /** The newest version, a deletion too. */
  current(uid: Uid): Promise<StoredRecord | undefined>;
  version(uid: Uid, version: number): Promise<StoredRecord | undefined>;
  /** Current and undeleted rows, newest creation first. */
  rows(query: RowQuery): Promise<readonly StoredRecord[]>;
  /** The same rows without what they hold, for an order that is made in memory. */
  candidates(query: CandidateQuery): Promise<readonly Candidate[]>;
  /** The same rows by their last change. */
  changes(query: ChangeQuery): Promise<readonly StoredRecord[]>;
  /** How many rows there are; counts no further than `limit`. */
  count(type: string, where: Plan, limit: number): Promise<number>;
  history(page: HistoryPage): Promise<readonly StoredRecord[]>;
  /** How many versions there are; counts no further than `limit`. */
  countHistory(query: HistoryQuery, limit: number): Promise<number>;
  /** Every version of every resource, oldest creation first, versions of a resource in their order. */
  everyRecord(): AsyncIterable<StoredRecord>;
  /** Replaces index and row terms; a version that is no longer there, or no longer current, is passed over. */
  reindexCommit(rows: readonly Reindexed[]): Promise<void>;
  /**
   * Durable when it resolves; a conflict or an unmet precondition wrote nothing, its audit records neither. Rejects with
   * 503. Commits with preconditions on one type happen one after the other, each seeing what those before it wrote: a
   * store whose transactions run side by side must make them touch one row of that type (snapshots alone would let two
   * find nothing and both write).
   */
  commit(commit: Commit): Promise<CommitResult>;
  readonly audit: AuditLog;
  readonly meta: StoreMeta;
  close(): Promise<void>;
}

/** Wrapped data keys, in a database of their own beside the records. */
export interface KeyStore {
  /** Durable when it resolves. Inserts all rows, or none when a row with their key id is there already. */
  insertIfAbsent(rows: readonly WrappedKey[]): Promise<void>;
  /** Wraps a key for one more owner, unless it is wrapped for that owner already. Durable when it resolves. */
  addOwner(row: WrappedKey): Promise<void>;
  /** The rows of a key, one an owner; empty when the key is unknown or destroyed. */
  get(keyId: string): Promise<readonly WrappedKey[]>;
  close(): Promise<void>;
}

/** An opened database. */
export interface OpenedStore {
  readonly records: RecordStore;
  readonly keys: KeyStore;
  /** Whether it can be reached now. */
  ready(): Promise<boolean>;
  /** Closes both when what waits is done; may be called again. */
  close(): Promise<void>;
}
