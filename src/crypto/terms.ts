/** Terms and uids: values and names as opaque 128-bit HMACs (DESIGN.md idea 3). */
import { createHmac, type KeyObject } from 'node:crypto';
import type { TermMaker } from '../core/secrets.ts';
import { deriveKey, keyFamily, unambiguous } from './derive.ts';

const TERM_BYTES = 16;
// Parameters are those of the definitions; the bound only keeps a mistake from growing.
const MAX_KEYS = 4096;

const hmac128 = (key: KeyObject, text: string): string =>
  createHmac('sha256', key).update(text).digest().subarray(0, TERM_BYTES).toString('base64url');

/** Makes terms under the index root; equal for equal roots, for ever. */
export function createTermMaker(indexRoot: KeyObject): TermMaker {
  const termKey = keyFamily(deriveKey(indexRoot, 'terms'), MAX_KEYS);
  const uidKey = deriveKey(indexRoot, 'uids');
  return {
    term: (type, parameter, itemClass, value) =>
      hmac128(termKey(unambiguous([type, parameter])), unambiguous([type, parameter, itemClass, value])),
    uid: (type, id) => hmac128(uidKey, unambiguous([type, id])),
  };
}
