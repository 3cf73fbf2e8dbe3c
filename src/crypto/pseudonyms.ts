/** Reversible pseudonyms: AES-256 under a key of role and type over the 16-byte uid, in base32. */
import type { KeyObject } from 'node:crypto';
import type { Uid } from '../core/plan.ts';
import type { Pseudonyms } from '../core/secrets.ts';
import { decryptBlock, encryptBlocks } from './aes-block.ts';
import { decodeBase32, encodeBase32 } from './base32.ts';
import { deriveKey, keyFamily, unambiguous } from './derive.ts';

const MAX_KEYS = 1024;
const BLOCK = 16;

/** Pseudonyms under the index root; the same in every answer to a role. */
export function createPseudonyms(indexRoot: KeyObject): Pseudonyms {
  const keyOf = keyFamily(deriveKey(indexRoot, 'pseudonyms'), MAX_KEYS);
  const pseudonyms = (role: string, type: string, uids: readonly Uid[]): readonly string[] => {
    const images = encryptBlocks(
      keyOf(unambiguous([role, type])),
      Buffer.concat(uids.map((uid) => Buffer.from(uid, 'base64url'))),
    );
    return uids.map((_, i) => encodeBase32(images.subarray(i * BLOCK, (i + 1) * BLOCK)));
  };
  return {
    pseudonyms,
    pseudonym: (role, type, uid) => pseudonyms(role, type, [uid]).join(''),
    uidOf: (role, type, pseudonym) => {
      const block = decodeBase32(pseudonym);
      return block && decryptBlock(keyOf(unambiguous([role, type])), block).toString('base64url');
    },
  };
}
