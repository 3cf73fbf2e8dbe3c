/** AES-256 over single blocks: a keyed permutation of 128-bit values, for names that must be turned back. */
import { createCipheriv, createDecipheriv, type KeyObject } from 'node:crypto';

/** The images of 16 bytes each; many at once cost little more than one. */
export function encryptBlocks(key: KeyObject, blocks: Uint8Array): Buffer {
  const cipher = createCipheriv('aes-256-ecb', key, null).setAutoPadding(false);
  return cipher.update(blocks);
}

/** The 16 bytes whose image this is. */
export function decryptBlock(key: KeyObject, block: Uint8Array): Buffer {
  const decipher = createDecipheriv('aes-256-ecb', key, null).setAutoPadding(false);
  return decipher.update(block);
}
