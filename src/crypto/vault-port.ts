/** The shapes that the store and the vault share: data keys, their wrapped form, and what binds a box. */
import type { Sealed } from '../core/brands.ts';
import type { Term } from '../core/plan.ts';
import type { RecordIdentity } from '../core/record.ts';

/** A data key at hand; its bytes never leave `crypto/`. */
export interface DataKey {
  /** The `keyId` that records name; one id for each version of an owner's key. */
  readonly id: string;
  readonly version: number;
}

/** A data key as it lies in the key store, once for each owner. */
export interface WrappedKey {
  readonly keyId: string;
  readonly version: number;
  /** Uid of the patient (or of the type) whose erasure destroys this row. */
  readonly owner: string;
  /** `root:ID`, or `key:ID` for a resource of several patients: the data key of the owner. */
  readonly wrappedBy: string;
  readonly wrapped: Sealed;
}

/** What a box is bound to, beside its class. */
export type BoxIdentity = Pick<RecordIdentity, 'type' | 'id' | 'version'>;

/** Seals and opens; every failure to open is the same `DamagedRecordError`. */
export interface Vault {
  /** A new random key under this name. */
  newKey(id: string, version: number): DataKey;
  /** Under the data root, or under an owner's key. */
  wrap(key: DataKey, owner: string, under?: DataKey): WrappedKey;
  unwrap(row: WrappedKey, under?: DataKey): DataKey;
  sealBoxes(key: DataKey, identity: BoxIdentity, boxes: ReadonlyMap<string, string>): Sealed;
  /** Names of the boxes, in the order in which they were sealed; unauthenticated until `checkRow`. */
  boxNames(sealed: Sealed): readonly string[];
  /** JSON text of a box; undefined when there is none of this name. */
  openBox(key: DataKey, identity: BoxIdentity, sealed: Sealed, box: string): string | undefined;
  /** MAC over everything that stands in clear of a version, and which boxes it has. */
  rowMac(key: DataKey, identity: RecordIdentity, rowTerms: readonly Term[], boxes: Sealed): Sealed;
  /** Throws `DamagedRecordError` unless the MAC is that of this row; in constant time. */
  checkRow(key: DataKey, row: RecordIdentity & { rowTerms: readonly Term[]; boxes: Sealed; rowMac: Sealed }): void;
  /** SHA-256 of sealed bytes, base64url: what the audit record of a write holds. */
  digest(sealed: Sealed): string;
}
