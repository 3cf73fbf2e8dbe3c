/** Base32 (RFC 4648, lower case, no padding) of exactly 16 bytes: 26 characters, a valid resource id. */

const ALPHABET = 'abcdefghijklmnopqrstuvwxyz234567';
const VALUES = new Map([...ALPHABET].map((char, value) => [char, value]));
const LENGTH = 26;

/** 26 characters for 16 bytes. */
export function encodeBase32(bytes: Uint8Array): string {
  let text = '';
  let bits = 0;
  let held = 0;
  for (const byte of bytes) {
    held = (held << 8) | byte;
    bits += 8;
    for (; bits >= 5; bits -= 5) text += ALPHABET.charAt((held >>> (bits - 5)) & 31);
    held &= (1 << bits) - 1;
  }
  return text + ALPHABET.charAt((held << (5 - bits)) & 31);
}

/** The 16 bytes; undefined for any text that `encodeBase32` does not give. */
export function decodeBase32(text: string): Buffer | undefined {
  if (text.length !== LENGTH) return undefined;
  const bytes = Buffer.alloc(16);
  let at = 0;
  let bits = 0;
  let held = 0;
  for (const char of text) {
    const value = VALUES.get(char);
    if (value === undefined) return undefined;
    held = (held << 5) | value;
    bits += 5;
    if (bits >= 8) {
      bits -= 8;
      bytes[at++] = held >>> bits;
      held &= (1 << bits) - 1;
    }
  }
  // The last character has two bits to spare; they must be zero, or two texts would stand for one resource.
  return held === 0 ? bytes : undefined;
}
