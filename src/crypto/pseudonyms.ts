/** Reversible pseudonyms: AES-256 under a key of role and type over the 16-byte uid, in base32. */
import type { KeyObject } from 'node:crypto';
import type { Pseudonyms } from '../core/secrets.ts';
import { decryptBlock, encryptBlock } from './aes-block.ts';
import { decodeBase32, encodeBase32 } from './base32.ts';
import { deriveKey, keyFamily, unambiguous } from './derive.ts';

const MAX_KEYS = 1024;

/** Pseudonyms under the index root; the same in every answer to a role. */
export function createPseudonyms(indexRoot: KeyObject): Pseudonyms {
  const keyOf = keyFamily(deriveKey(indexRoot, 'pseudonyms'), MAX_KEYS);
  return {
    pseudonym: (role, type, uid) =>
      encodeBase32(encryptBlock(keyOf(unambiguous([role, type])), Buffer.from(uid, 'base64url'))),
    uidOf: (role, type, pseudonym) => {
      const block = decodeBase32(pseudonym);
      return block && decryptBlock(keyOf(unambiguous([role, type])), block).toString('base64url');
    },
  };
}
