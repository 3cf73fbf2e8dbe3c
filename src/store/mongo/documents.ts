/** The documents of a record database in MongoDB, and what turns them into records; names are bytes, nothing is text of a resource. */
import type { Term, Uid } from '../../core/plan.ts';
import type { Candidate, RecordIndex, StoredRecord } from '../../core/record.ts';
import { sealedFromStore } from '../../crypto/sealed.ts';
import type { AuditRow } from '../record-store.ts';

/** What finds a resource: its current version's place and names, and no body. */
export interface ResourceDoc {
  readonly _id: Uint8Array;
  readonly seq: number;
  readonly type: string;
  readonly id: string;
  readonly version: number;
  readonly changed: number;
  readonly deleted: boolean;
  readonly key: string;
  readonly rows: readonly Uint8Array[];
  /** Terms and references of a row that is not deleted. */
  readonly names: readonly Uint8Array[];
  readonly sort?: Uint8Array;
}

/** One version of a resource, the current one too; written once. */
export interface VersionDoc {
  /** Uid, then the version. */
  readonly _id: Uint8Array;
  readonly uid: Uint8Array;
  readonly seq: number;
  readonly type: string;
  readonly id: string;
  readonly version: number;
  readonly changed: number;
  readonly deleted: boolean;
  readonly key: string;
  readonly rows: readonly Uint8Array[];
  readonly mac: Uint8Array;
  readonly boxes: Uint8Array;
}

/** An audit record: its place in the log of all processes, and in its own chain. */
export interface AuditDoc {
  readonly _id: number;
  readonly chain: number;
  readonly n: number;
  readonly sealed: Uint8Array;
  readonly link: Uint8Array;
  readonly terms: readonly Uint8Array[];
}

const NAME_BYTES = 16;

/** The bytes of a term or a uid; whatever is no such text is refused, an operator in its place too. */
export function nameBytes(name: Term | Uid): Buffer {
  const bytes = Buffer.from(plainText(name), 'base64url');
  if (bytes.length !== NAME_BYTES) throw new RangeError('a term or uid must be 128 bits of base64url');
  return bytes;
}

/** The term or uid that these bytes stand for. */
export const nameOf = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('base64url');

/** A text as a value of a query; anything else would be an operator to MongoDB. */
export function plainText(value: string): string {
  if (typeof value !== 'string') throw new RangeError('a text was expected');
  return value;
}

/** The name of a version's document; they sort by version within a resource. */
export function versionName(uid: Uid | Uint8Array, version: number): Buffer {
  const bytes = Buffer.alloc(NAME_BYTES + 4);
  bytes.set(typeof uid === 'string' ? nameBytes(uid) : uid);
  bytes.writeUInt32BE(version, NAME_BYTES);
  return bytes;
}

/** A reference as a name: longer than a term, so that it can never be one. */
export const referenceName = (parameter: string, uid: Uid): Buffer =>
  Buffer.concat([Buffer.from(`${plainText(parameter)}\0`), nameBytes(uid)]);

/** The uid in a name that is a reference under this parameter; undefined for any other name. */
export function referredUid(parameter: string, name: Uint8Array): Uint8Array | undefined {
  const prefix = Buffer.from(`${parameter}\0`);
  const isReference = name.length === prefix.length + NAME_BYTES && prefix.equals(name.subarray(0, prefix.length));
  return isReference ? name.subarray(prefix.length) : undefined;
}

/** Terms and references of an index, each once. */
export const indexNames = ({ terms, references }: RecordIndex): readonly Buffer[] => [
  ...[...new Set(terms)].map(nameBytes),
  ...[...new Map(references.map((one) => [`${one.parameter} ${one.uid}`, one])).values()].map(({ parameter, uid }) =>
    referenceName(parameter, uid),
  ),
];

/** The record in a version's document. */
export const storedRecord = (doc: VersionDoc): StoredRecord => ({
  seq: doc.seq,
  uid: nameOf(doc.uid),
  type: doc.type,
  id: doc.id,
  version: doc.version,
  lastUpdated: doc.changed,
  deleted: doc.deleted,
  keyId: doc.key,
  boxes: sealedFromStore(doc.boxes),
  rowTerms: doc.rows.map(nameOf),
  rowMac: sealedFromStore(doc.mac),
});

/** The document of a version. */
export const versionDoc = (record: Omit<StoredRecord, 'seq'>, seq: number): VersionDoc => ({
  _id: versionName(record.uid, record.version),
  uid: nameBytes(record.uid),
  seq,
  type: plainText(record.type),
  id: plainText(record.id),
  version: record.version,
  changed: record.lastUpdated,
  deleted: record.deleted,
  key: plainText(record.keyId),
  rows: record.rowTerms.map(nameBytes),
  mac: record.rowMac,
  boxes: record.boxes,
});

/** The document that finds a current version. */
export function resourceDoc(record: Omit<StoredRecord, 'seq'>, seq: number, index: RecordIndex): ResourceDoc {
  const { type, id, version, changed, deleted, key, rows, uid } = versionDoc(record, seq);
  const sort = index.sortBox ? { sort: index.sortBox } : {};
  return { _id: uid, seq, type, id, version, changed, deleted, key, rows, names: indexNames(index), ...sort };
}

/** A candidate in the document that finds it. */
export const storedCandidate = (doc: Omit<ResourceDoc, 'names' | 'rows'>): Candidate => ({
  uid: nameOf(doc._id),
  seq: doc.seq,
  id: doc.id,
  version: doc.version,
  lastUpdated: doc.changed,
  keyId: doc.key,
  ...(doc.sort === undefined ? {} : { sortBox: sealedFromStore(doc.sort) }),
});

/** An audit row by its place in the log of all processes. */
export const placedRow = ({ _id, sealed, link }: AuditDoc): AuditRow => ({
  seq: _id,
  sealed: sealedFromStore(sealed),
  link,
});

/** An audit row by its sequence in its chain. */
export const chainRow = ({ n, sealed, link }: AuditDoc): AuditRow => ({
  seq: n,
  sealed: sealedFromStore(sealed),
  link,
});
