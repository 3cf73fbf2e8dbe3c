/** Terms and uids as they lie on disk: 16 bytes each. */
import { DamagedRecordError } from '../../core/errors.ts';
import type { Term, Uid } from '../../core/plan.ts';

const BYTES = 16;

/** The bytes of a term or a uid. */
export function nameBytes(name: Term | Uid): Buffer {
  const bytes = Buffer.from(name, 'base64url');
  if (bytes.length !== BYTES) throw new RangeError('a term or uid must be 128 bits of base64url');
  return bytes;
}

/** The term or uid that these bytes stand for. */
export const nameOf = (bytes: Uint8Array): Term | Uid =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('base64url');

/** Many terms in one blob. */
export const packNames = (names: readonly Term[]): Buffer => Buffer.concat(names.map(nameBytes));

/** The terms of a blob. */
export function unpackNames(blob: Uint8Array): Term[] {
  if (blob.length % BYTES !== 0) throw new DamagedRecordError('a stored list of terms is cut');
  return Array.from({ length: blob.length / BYTES }, (_, i) => nameOf(blob.subarray(i * BYTES, (i + 1) * BYTES)));
}
