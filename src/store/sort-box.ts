/** The sort box: what a current version can be ordered by, in one box beside the others (ADR 0020). */
import type { Sealed } from '../core/brands.ts';
import type { BoxIdentity, DataKey, Vault } from '../crypto/vault-port.ts';

// No class of a profile has such a name, so that neither kind of box opens as the other.
const NAME = '$sort';

/** The member of an index that holds the text, sealed under the key of the version's owner; none without a text. */
export const sortBoxOf = (
  vault: Vault,
  key: DataKey,
  identity: BoxIdentity,
  text: string | undefined,
): { readonly sortBox?: Sealed } =>
  text === undefined ? {} : { sortBox: vault.sealBoxes(key, identity, new Map([[NAME, text]])) };

/** The text again; throws `DamagedRecordError` when it is not the box of this version. */
export const openSortBox = (vault: Vault, key: DataKey, identity: BoxIdentity, sealed: Sealed): string | undefined =>
  vault.openBox(key, identity, sealed, NAME);
