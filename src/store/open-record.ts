/** A stored version with its key at hand: verified at once, its boxes opened one at a time. */
import type { OpenRecord, StoredRecord } from '../core/record.ts';
import type { DataKey, Vault } from '../crypto/vault-port.ts';
import type { ResourceProfile } from '../definitions/types.ts';
import { joinBoxes } from './boxes.ts';

/** Throws `DamagedRecordError` unless the row terms and the list of boxes are those that were written. */
export function openRecord(vault: Vault, key: DataKey, profile: ResourceProfile, stored: StoredRecord): OpenRecord {
  vault.checkRow(key, stored);
  const { type, id, uid, version, lastUpdated, deleted, keyId, boxes } = stored;
  const boxNames = vault.boxNames(boxes);
  const open = (box: string): string | undefined => vault.openBox(key, stored, boxes, box);
  return {
    type,
    id,
    uid,
    version,
    lastUpdated,
    deleted,
    keyId,
    rowTerms: new Set(stored.rowTerms),
    boxNames,
    open,
    resource: () => {
      if (deleted) return undefined;
      return joinBoxes(profile, stored, new Map(boxNames.map((box) => [box, open(box) ?? '{}'])));
    },
  };
}
