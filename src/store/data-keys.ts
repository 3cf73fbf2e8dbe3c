/** Data keys: one a patient, one a type for what belongs to no patient, one of its own for what belongs to several. */
import { BoundedMap } from '../core/bounded-map.ts';
import { DamagedRecordError } from '../core/errors.ts';
import type { Uid } from '../core/plan.ts';
import type { DataKey, Vault, WrappedKey } from '../crypto/vault-port.ts';
import type { KeyStore } from './record-store.ts';

/** Whose data a resource is. */
export interface Ownership {
  /** Uid of the type, for what belongs to no patient. */
  readonly type: Uid;
  readonly resource: Uid;
  readonly patients: readonly Uid[];
}

export interface DataKeys {
  /** The key that seals a resource of these owners; made, kept and read again when it is new. */
  keyFor(ownership: Ownership): Promise<DataKey>;
  /** The key that a record names; throws `DamagedRecordError` when it is missing or does not open. */
  keyOf(keyId: string): Promise<DataKey>;
}

const VERSION = 1;
const MAX_KEYS = 20_000;

/** Data keys over a key store; the last 20,000 are remembered unwrapped. */
export function createDataKeys(store: KeyStore, vault: Vault): DataKeys {
  const known = new BoundedMap<string, DataKey>(MAX_KEYS);

  const unwrapped = async (row: WrappedKey): Promise<DataKey> => {
    if (row.wrappedBy.startsWith('root:')) return vault.unwrap(row);
    return vault.unwrap(row, await found(patientKeyId(row.owner)));
  };
  const load = async (keyId: string): Promise<DataKey | undefined> => {
    const rows = await store.get(keyId);
    if (rows.length === 0) return undefined;
    for (const row of rows) {
      const key = await unwrapped(row).catch(onlyDamaged);
      if (key) return key;
    }
    throw missing();
  };
  const remembered = async (keyId: string): Promise<DataKey | undefined> => {
    const at = known.get(keyId);
    if (at) return at;
    const key = await load(keyId);
    if (key) known.set(keyId, key);
    return key;
  };
  const found = async (keyId: string): Promise<DataKey> => {
    const key = await remembered(keyId);
    if (!key) throw missing();
    return key;
  };
  // Sealed under is only what was read back: another process may have been first, or the disk may have lied.
  const foundOrMade = async (keyId: string, rows: (key: DataKey) => readonly WrappedKey[]): Promise<DataKey> => {
    const key = await remembered(keyId);
    if (key) return key;
    await store.insertIfAbsent(rows(vault.newKey(keyId, VERSION)));
    return found(keyId);
  };
  const ownKey = (keyId: string, owner: Uid): Promise<DataKey> => foundOrMade(keyId, (key) => [vault.wrap(key, owner)]);
  const sharedKey = async (resource: Uid, patients: readonly Uid[]): Promise<DataKey> => {
    const owners = await Promise.all(patients.map(async (uid) => ({ uid, key: await ownKey(patientKeyId(uid), uid) })));
    const keyId = `r.${resource}.${VERSION}`;
    const key = await foundOrMade(keyId, (made) => owners.map((owner) => vault.wrap(made, owner.uid, owner.key)));
    const present = new Set((await store.get(keyId)).map((row) => row.owner));
    for (const owner of owners) {
      if (!present.has(owner.uid)) await store.addOwner(vault.wrap(key, owner.uid, owner.key));
    }
    return key;
  };

  return {
    keyOf: found,
    keyFor: ({ type, resource, patients }) => {
      const [first, second] = patients;
      if (first === undefined) return ownKey(`t.${type}.${VERSION}`, type);
      return second === undefined ? ownKey(patientKeyId(first), first) : sharedKey(resource, patients);
    },
  };
}

const patientKeyId = (uid: Uid): string => `p.${uid}.${VERSION}`;

const missing = (): DamagedRecordError => new DamagedRecordError('the key of a stored record is missing');

// A key of several owners opens through any of them: one that was erased must not stop the others.
function onlyDamaged(cause: unknown): undefined {
  if (!(cause instanceof DamagedRecordError)) throw cause;
}
