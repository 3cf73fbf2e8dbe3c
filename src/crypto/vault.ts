/** The vault: data keys wrapped under the data root, and class boxes sealed under keys derived from them. */
import { createHash, createHmac, createSecretKey, type KeyObject, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Sealed } from '../core/brands.ts';
import type { Term } from '../core/plan.ts';
import type { RecordIdentity } from '../core/record.ts';
import { packBoxes, unpackBoxes } from './box-format.ts';
import { deriveKey, keyFamily, unambiguous } from './derive.ts';
import { damaged, gcmOpen, gcmSeal, NONCE_BYTES, TAG_BYTES } from './gcm.ts';
import { createNonces } from './nonces.ts';
import { sealedBytes } from './sealed.ts';
import type { BoxIdentity, DataKey, Vault } from './vault-port.ts';

const KEY_BYTES = 32;
// A profile has about ten classes; names read from disk are not trusted to be few.
const MAX_DERIVED = 40;
const ROW_MAC = 'row-mac';

/** What stands behind a `DataKey`; outside this file there is only its name. */
interface KeyMaterial {
  readonly root: KeyObject;
  readonly derived: (purpose: string) => KeyObject;
}

export interface DataRoots {
  /** Id of the root that new wraps use. */
  readonly current: string;
  readonly byId: ReadonlyMap<string, KeyObject>;
}

/** A vault over these data roots. */
export function createVault(roots: DataRoots): Vault {
  const nonce = createNonces();
  const material = new WeakMap<DataKey, KeyMaterial>();
  const materialOf = (key: DataKey): KeyMaterial => {
    const found = material.get(key);
    if (!found) throw damaged();
    return found;
  };
  const dataKey = (id: string, version: number, bytes: Uint8Array): DataKey => {
    const key: DataKey = Object.freeze({ id, version });
    if (bytes.length !== KEY_BYTES) throw damaged();
    const root = createSecretKey(bytes);
    material.set(key, { root, derived: keyFamily(root, MAX_DERIVED) });
    return key;
  };
  const rootKeys = new Map([...roots.byId].map(([id, root]) => [id, deriveKey(root, 'data-wrap')]));
  const wrapping = (under: DataKey | undefined, rootId: string): { readonly name: string; readonly key: KeyObject } => {
    if (under) return { name: `key:${under.id}`, key: materialOf(under).derived('key-wrap') };
    const key = rootKeys.get(rootId);
    if (!key) throw damaged();
    return { name: `root:${rootId}`, key };
  };

  return {
    newKey: (id, version) => dataKey(id, version, randomBytes(KEY_BYTES)),
    wrap: (key, owner, under) => {
      const { name, key: wrapKey } = wrapping(under, roots.current);
      const aad = wrapAad({ keyId: key.id, version: key.version, owner, wrappedBy: name });
      const wrapped = sealedBytes(gcmSeal(wrapKey, nonce(), aad, materialOf(key).root.export()));
      return { keyId: key.id, version: key.version, owner, wrappedBy: name, wrapped };
    },
    unwrap: (row, under) => {
      const { name, key } = wrapping(under, row.wrappedBy.slice('root:'.length));
      if (name !== row.wrappedBy) throw damaged();
      return dataKey(row.keyId, row.version, gcmOpen(key, wrapAad(row), row.wrapped));
    },
    sealBoxes: (key, identity, boxes) => {
      const { derived } = materialOf(key);
      const sealed = [...boxes].map(([name, text]) => ({
        name,
        body: gcmSeal(derived(classKey(name)), nonce(), boxAad(key, identity, name), text),
      }));
      return sealedBytes(packBoxes(sealed));
    },
    boxNames: (sealed) => unpackBoxes(sealed).map((box) => box.name),
    openBox: (key, identity, sealed, name) => {
      const box = unpackBoxes(sealed).find((one) => one.name === name);
      if (!box) return undefined;
      return gcmOpen(materialOf(key).derived(classKey(name)), boxAad(key, identity, name), box.body).toString('utf8');
    },
    rowMac: (key, identity, rowTerms, boxes) =>
      sealedBytes(macOfRow(materialOf(key).derived(ROW_MAC), key, identity, rowTerms, boxes)),
    checkRow: (key, row) => {
      if (row.keyId !== key.id) throw damaged();
      const mac = macOfRow(materialOf(key).derived(ROW_MAC), key, row, row.rowTerms, row.boxes);
      if (row.rowMac.length !== mac.length || !timingSafeEqual(row.rowMac, mac)) throw damaged();
    },
    digest: (sealed) => createHash('sha256').update(sealed).digest('base64url'),
  };
}

const classKey = (box: string): string => `class/${box}`;

const wrapAad = (row: { keyId: string; version: number; owner: string; wrappedBy: string }): string =>
  unambiguous(['wrapped-key', row.keyId, String(row.version), row.owner, row.wrappedBy]);

const boxAad = (key: DataKey, { type, id, version }: BoxIdentity, box: string): string =>
  unambiguous(['box', type, id, String(version), box, key.id, String(key.version)]);

// Names, nonces and tags of the boxes are covered too, so that none can be taken away or put back.
function macOfRow(
  rowKey: KeyObject,
  key: DataKey,
  row: RecordIdentity,
  rowTerms: readonly Term[],
  boxes: Sealed,
): Buffer {
  const { type, id, uid, version, lastUpdated, deleted, keyId } = row;
  const mac = createHmac('sha256', rowKey);
  mac.update(unambiguous(['row', type, id, uid, String(version), String(lastUpdated), String(deleted), keyId]));
  mac.update(unambiguous([String(key.version), ...rowTerms]));
  for (const { name, body } of unpackBoxes(boxes)) {
    mac.update(unambiguous(['box', name])).update(body.subarray(0, NONCE_BYTES + TAG_BYTES));
  }
  return mac.digest();
}
