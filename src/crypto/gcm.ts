/** AES-256-GCM over one message: nonce, tag, ciphertext in one buffer; all failures to open look alike. */
import { createCipheriv, createDecipheriv, type KeyObject } from 'node:crypto';
import { DamagedRecordError } from '../core/errors.ts';

export const NONCE_BYTES = 12;
export const TAG_BYTES = 16;
const HEAD_BYTES = NONCE_BYTES + TAG_BYTES;
const TAG_LENGTH = { authTagLength: TAG_BYTES };

/** What every failed opening throws; the reason is not told. */
export const damaged = (): DamagedRecordError => new DamagedRecordError('a stored record does not open');

/** Seals under a nonce that this key has never seen. */
export function gcmSeal(key: KeyObject, nonce: Buffer, aad: string, plain: string | Uint8Array): Buffer {
  const cipher = createCipheriv('aes-256-gcm', key, nonce, TAG_LENGTH);
  cipher.setAAD(Buffer.from(aad));
  const body = typeof plain === 'string' ? cipher.update(plain, 'utf8') : cipher.update(plain);
  const rest = cipher.final();
  return Buffer.concat([nonce, cipher.getAuthTag(), body, rest]);
}

/** The plain bytes; throws `DamagedRecordError`. */
export function gcmOpen(key: KeyObject, aad: string, sealed: Uint8Array): Buffer {
  if (sealed.length < HEAD_BYTES) throw damaged();
  try {
    const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(0, NONCE_BYTES), TAG_LENGTH);
    decipher.setAAD(Buffer.from(aad));
    decipher.setAuthTag(sealed.subarray(NONCE_BYTES, HEAD_BYTES));
    const body = decipher.update(sealed.subarray(HEAD_BYTES));
    decipher.final();
    return body;
  } catch {
    throw damaged();
  }
}
