/** A record: what a store keeps of one version of a resource (DESIGN.md idea 3). */
import type { Masked, Sealed } from './brands.ts';
import type { ResourceJson } from './json.ts';
import type { Plan, Term, Uid } from './plan.ts';

/** What stands in clear of a version. */
export interface RecordIdentity {
  readonly type: string;
  readonly id: string;
  readonly uid: Uid;
  /** 1, 2, … per resource. */
  readonly version: number;
  /** Milliseconds since 1970. */
  readonly lastUpdated: number;
  readonly deleted: boolean;
  /** Names the wrapped data key under which the boxes are sealed. */
  readonly keyId: string;
}

/** A version as it lies in the store. */
export interface StoredRecord extends RecordIdentity {
  /** Sequence of the resource's creation; the same for all its versions. */
  readonly seq: number;
  /** All boxes of the version, in the format of `crypto/`. */
  readonly boxes: Sealed;
  /** Sorted; what row filters read, of this version. */
  readonly rowTerms: readonly Term[];
  /** MAC over identity and row terms. */
  readonly rowMac: Sealed;
}

/** The postings of a current version. */
export interface RecordIndex {
  /** Search terms and row terms, each once. */
  readonly terms: readonly Term[];
  readonly references: readonly { readonly parameter: string; readonly uid: Uid }[];
  /** The sort box: what the version can be ordered by, sealed. Absent for a deletion. */
  readonly sortBox?: Sealed;
}

/** What a store tells of a current row without reading what it holds. */
export interface Candidate {
  readonly uid: Uid;
  readonly seq: number;
  readonly id: string;
  readonly version: number;
  readonly lastUpdated: number;
  readonly keyId: string;
  readonly sortBox?: Sealed;
}

/** One compare and swap: the version that the writer read must still be the current one (0: none exists). */
export interface RecordWrite {
  readonly expectedVersion: number;
  readonly record: Omit<StoredRecord, 'seq'>;
  /** Empty for a deletion. */
  readonly index: RecordIndex;
}

/** An audit record before the committer gives it its place in the chain. */
export interface AuditEntry {
  readonly sealed: Sealed;
  readonly terms: readonly Term[];
}

/**
 * What must still hold when a commit is made: the current, undeleted rows of a type that answer a plan are these, in
 * these versions, and no others. So a write that was made because nothing was found is undone where something is.
 */
export interface Precondition {
  readonly type: string;
  readonly where: Plan;
  readonly rows: readonly { readonly uid: Uid; readonly version: number }[];
}

/** What is committed together, all or nothing. */
export interface Commit {
  readonly writes: readonly RecordWrite[];
  readonly audit: readonly AuditEntry[];
  /** All are judged before anything of the commit is written. */
  readonly preconditions?: readonly Precondition[];
}

/** `conflict`: another version is current. `unmet`: a precondition on this type does not hold. */
export type CommitResult =
  | { readonly done: true }
  | { readonly done: false; readonly conflict: Uid }
  | { readonly done: false; readonly unmet: string };

/** A record whose key is at hand: boxes open one at a time, and only when asked for. */
export interface OpenRecord extends RecordIdentity {
  /** Verified against the MAC. */
  readonly rowTerms: ReadonlySet<Term>;
  /** Names of the boxes that this version has. */
  readonly boxNames: readonly string[];
  /**
   * The JSON text that a box seals: an object with the class's members, or for a class of items
   * `{"identifier":[[position,item],…]}`. Undefined when the version has no such box.
   * Throws `DamagedRecordError` when it does not open.
   */
  open(box: string): string | undefined;
  /** All boxes opened and joined, with `resourceType`, `id` and `meta`; undefined for a deletion. */
  resource(): ResourceJson | undefined;
}

/** A resource as one caller may see it: its JSON text, whole. */
export type MaskedText = Masked<{ readonly text: string }>;
