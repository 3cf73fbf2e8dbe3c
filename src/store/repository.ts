/** The port that interactions read and write through: plain resources in, open records out. */
import type { Json, ResourceJson } from '../core/json.ts';
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
import type { Clock } from '../core/ports.ts';
import type { AuditEntry, Candidate, CommitResult, OpenRecord, Precondition, RecordWrite } from '../core/record.ts';
import type { Secrets } from '../crypto/secrets.ts';
import type { Definitions } from '../definitions/types.ts';
import type { IndexedResource } from '../search/extract.ts';
import type { KeyStore, RecordStore } from './record-store.ts';

/** A version to come of a resource. */
export interface NewVersion {
  readonly type: string;
  readonly id: string;
  /** `meta.versionId` and `meta.lastUpdated` in it are ignored. */
  readonly resource: ResourceJson;
  /** The version that it follows, a deletion too; absent: none exists. */
  readonly previous?: OpenRecord;
}

/** A sealed version that waits for its commit. */
export interface PreparedWrite {
  readonly write: RecordWrite;
  /** SHA-256 of the sealed boxes, base64url. */
  readonly digest: string;
  readonly version: number;
  /** Milliseconds since 1970. */
  readonly lastUpdated: number;
  readonly rowTerms: ReadonlySet<Term>;
}

export interface Repository {
  /** The current version, a deletion too. */
  read(type: string, id: string): Promise<OpenRecord | undefined>;
  readUid(uid: Uid): Promise<OpenRecord | undefined>;
  readVersion(type: string, id: string, version: number): Promise<OpenRecord | undefined>;
  /** Current and undeleted, newest creation first. */
  rows(query: RowQuery): Promise<readonly OpenRecord[]>;
  /** The same rows without what they hold. */
  candidates(query: CandidateQuery): Promise<readonly Candidate[]>;
  /** The text in a candidate's sort box; undefined where it has none. */
  sortText(type: string, candidate: Candidate): Promise<string | undefined>;
  /** Current and undeleted, by their last change. */
  changes(query: ChangeQuery): Promise<readonly OpenRecord[]>;
  /** A version by the name of its resource, with the sequence of the resource's creation. */
  placeOf(uid: Uid, version: number): Promise<{ readonly seq: number; readonly record: OpenRecord } | undefined>;
  /** Counts no further than `limit`. */
  count(type: string, where: Plan, limit: number): Promise<number>;
  /** Versions, deletions too, newest first. */
  history(page: HistoryPage): Promise<readonly OpenRecord[]>;
  /** Counts no further than `limit`. */
  countHistory(query: HistoryQuery, limit: number): Promise<number>;
  prepareWrite(version: NewVersion): Promise<PreparedWrite>;
  prepareDeletion(previous: OpenRecord): Promise<PreparedWrite>;
  /** A version that waits for its commit, opened as one that was read. */
  reopen(prepared: PreparedWrite): Promise<OpenRecord>;
  /** That a plan is answered by these rows, all that `rows` gave, and still is when the commit is made. */
  expect(type: string, where: Plan, rows: readonly OpenRecord[]): Precondition;
  /** All or nothing; rejects with 503 when it cannot be made durable. */
  commit(
    writes: readonly PreparedWrite[],
    audit: readonly AuditEntry[],
    preconditions?: readonly Precondition[],
  ): Promise<CommitResult>;
}

/** What a repository is made of; `indexOf` and `classify` come from above, since they know more than a store may. */
export interface RepositoryParts {
  readonly store: RecordStore;
  readonly keys: KeyStore;
  readonly secrets: Pick<Secrets, 'terms' | 'vault'>;
  readonly definitions: Definitions;
  readonly indexOf: (resource: ResourceJson) => IndexedResource;
  readonly classify: (type: string, element: string, item: Json) => string;
  readonly clock: Clock;
  /** References under it are references to this server. */
  readonly baseUrl: string;
}
