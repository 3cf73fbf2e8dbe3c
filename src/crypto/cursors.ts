/** Page cursors: deterministic authenticated encryption, the nonce being a MAC of what is sealed. */
import { createHmac, type KeyObject } from 'node:crypto';
import type { CursorSealer } from '../core/secrets.ts';
import { deriveKey, unambiguous } from './derive.ts';
import { gcmOpen, gcmSeal, NONCE_BYTES } from './gcm.ts';

// Longer ones were never given out.
const MAX_LENGTH = 16_384;
const BASE64URL = /^[A-Za-z0-9_-]+$/;

/** Seals cursors under the index root: equal input gives equal text, and tells no more than that. */
export function createCursorSealer(indexRoot: KeyObject): CursorSealer {
  const key = deriveKey(indexRoot, 'cursors');
  const nonceKey = deriveKey(indexRoot, 'cursor-nonces');
  return {
    seal: (plain, binding) => {
      const mac = createHmac('sha256', nonceKey)
        .update(unambiguous([binding, plain]))
        .digest();
      return gcmSeal(key, mac.subarray(0, NONCE_BYTES), binding, plain).toString('base64url');
    },
    open: (cursor, binding) => {
      if (cursor.length > MAX_LENGTH || !BASE64URL.test(cursor)) return undefined;
      const bytes = Buffer.from(cursor, 'base64url');
      // One cursor has one text: base64 would let the last character vary.
      if (bytes.toString('base64url') !== cursor) return undefined;
      try {
        return gcmOpen(key, binding, bytes).toString('utf8');
      } catch {
        return undefined;
      }
    },
  };
}
