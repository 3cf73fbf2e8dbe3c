/** Fresh 96-bit nonces, taken from blocks of randomness since a system call for each would cost more than AES. */
import { randomFillSync } from 'node:crypto';

const NONCE = 12;
const BLOCK = NONCE * 512;

/** A maker of nonces, none of which is given twice. */
export function createNonces(fill: (block: Buffer) => void = randomFillSync): () => Buffer {
  const block = Buffer.alloc(BLOCK);
  let at = BLOCK;
  return () => {
    if (at === BLOCK) {
      fill(block);
      at = 0;
    }
    const nonce = Buffer.from(block.subarray(at, at + NONCE));
    at += NONCE;
    return nonce;
  };
}
