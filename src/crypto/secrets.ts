/** Everything that is made of the root keys: each part gets keys of its own and hands out none. */
import type { KeyObject } from 'node:crypto';
import type { CursorSealer, Pseudonyms, TermMaker } from '../core/secrets.ts';
import { type AuditCrypto, createAuditCrypto } from './audit-crypto.ts';
import { createCursorSealer } from './cursors.ts';
import { deriveKey } from './derive.ts';
import type { Keyring } from './keyring.ts';
import { createPseudonyms } from './pseudonyms.ts';
import { createTermMaker } from './terms.ts';
import { createVault } from './vault.ts';
import type { Vault } from './vault-port.ts';

export interface Secrets {
  readonly terms: TermMaker;
  readonly pseudonyms: Pseudonyms;
  readonly cursors: CursorSealer;
  readonly audit: AuditCrypto;
  readonly vault: Vault;
  /** Tells keyrings apart by their index root; safe to store and to print. */
  readonly fingerprint: string;
}

/** All secrets of a keyring. */
export function createSecrets(keyring: Keyring): Secrets {
  const root = indexRoot(keyring);
  return {
    terms: createTermMaker(root),
    pseudonyms: createPseudonyms(root),
    cursors: createCursorSealer(root),
    audit: createAuditCrypto(root),
    vault: createVault({ current: keyring.data, byId: keyring.roots }),
    fingerprint: deriveKey(root, 'fingerprint').export().subarray(0, 12).toString('base64url'),
  };
}

function indexRoot(keyring: Keyring): KeyObject {
  const root = keyring.roots.get(keyring.index);
  if (!root) throw new Error('the keyring has no root for its index');
  return root;
}
