/** HKDF-SHA-256 (RFC 5869): one key for each purpose, none of which tells another. */
import { createSecretKey, hkdfSync, type KeyObject } from 'node:crypto';
import { BoundedMap } from '../core/bounded-map.ts';

const NO_SALT = Buffer.alloc(0);

/** A 256-bit key for `purpose` under `root`. Purposes are constant words, or words of definitions; never input. */
export function deriveKey(root: KeyObject, purpose: string): KeyObject {
  return createSecretKey(Buffer.from(hkdfSync('sha256', root, NO_SALT, `veil/1/${purpose}`, 32)));
}

/** `deriveKey` under one root, remembering the last `limit` results (HKDF costs more than what the key then does). */
export function keyFamily(root: KeyObject, limit: number): (purpose: string) => KeyObject {
  const keys = new BoundedMap<string, KeyObject>(limit);
  return (purpose) => {
    const known = keys.get(purpose);
    if (known) return known;
    const key = deriveKey(root, purpose);
    keys.set(purpose, key);
    return key;
  };
}

/** Joins texts so that no two lists of texts give the same text: lengths first. */
export const unambiguous = (parts: readonly string[]): string =>
  `${parts.map((part) => part.length).join(',')}|${parts.join('')}`;
