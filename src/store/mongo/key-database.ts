/** Wrapped data keys in a database of their own: one document a key, its rows in it. */
import type { Collection, Db } from 'mongodb';
import { sealedFromStore } from '../../crypto/sealed.ts';
import type { WrappedKey } from '../../crypto/vault-port.ts';
import type { KeyStore } from '../record-store.ts';
import { guarded, isDuplicate, QUERY } from './client.ts';
import { plainText } from './documents.ts';

interface OwnerRow {
  readonly owner: string;
  readonly version: number;
  readonly by: string;
  readonly wrapped: Uint8Array;
}

interface KeyDoc {
  readonly _id: string;
  readonly owners: readonly OwnerRow[];
}

/** The key store over a database. */
export function createKeyDatabase(db: Db): Omit<KeyStore, 'close'> {
  const keys: Collection<KeyDoc> = db.collection('wrapped_key');
  return {
    insertIfAbsent: (rows) =>
      guarded(async () => {
        const [first] = rows;
        if (!first) return;
        if (rows.some((row) => row.keyId !== first.keyId)) throw new RangeError('the rows of one key are kept at once');
        try {
          await keys.insertOne({ _id: plainText(first.keyId), owners: rows.map(ownerRow) });
        } catch (cause) {
          // The first one wins; who is second reads it.
          if (!isDuplicate(cause)) throw cause;
        }
      }),
    addOwner: (row) =>
      guarded(async () => {
        const lacking = { _id: { $eq: plainText(row.keyId) }, 'owners.owner': { $ne: plainText(row.owner) } };
        await keys.updateOne(lacking, { $push: { owners: ownerRow(row) } });
      }),
    get: (keyId) =>
      guarded(async () => {
        const doc = await keys.findOne({ _id: { $eq: plainText(keyId) } }, QUERY);
        return doc ? doc.owners.map((row) => wrappedKey(doc._id, row)) : [];
      }),
  };
}

const ownerRow = ({ owner, version, wrappedBy, wrapped }: WrappedKey): OwnerRow => ({
  owner: plainText(owner),
  version,
  by: plainText(wrappedBy),
  wrapped,
});

const wrappedKey = (keyId: string, { owner, version, by, wrapped }: OwnerRow): WrappedKey => ({
  keyId,
  owner,
  version,
  wrappedBy: by,
  wrapped: sealedFromStore(wrapped),
});
