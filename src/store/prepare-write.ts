/** Seals a version to come: owner's key, boxes, index, row terms and their MAC. */
import { isObject, type Json, type JsonObject, type ResourceJson } from '../core/json.ts';
import type { OpenRecord, RecordIdentity, RecordIndex } from '../core/record.ts';
import type { DataKey } from '../crypto/vault-port.ts';
import { serverMeta, splitBoxes } from './boxes.ts';
import type { DataKeys } from './data-keys.ts';
import { ownersOf } from './owners.ts';
import type { NewVersion, PreparedWrite, Repository, RepositoryParts } from './repository.ts';
import { sortBoxOf } from './sort-box.ts';

const NO_INDEX: RecordIndex = { terms: [], references: [] };
const NO_BOXES: ReadonlyMap<string, string> = new Map();

/** The half of a repository that makes writes. */
export function createPrepare(
  parts: RepositoryParts,
  dataKeys: DataKeys,
): Pick<Repository, 'prepareWrite' | 'prepareDeletion'> {
  const { secrets, definitions, classify, indexOf, clock, baseUrl } = parts;
  const { terms } = secrets;
  return {
    prepareWrite: async ({ type, id, resource: sent, previous }: NewVersion) => {
      const next = nextVersion(clock(), previous);
      const resource = stamped(sent, { type, id, ...next });
      const definition = definitions.type(type);
      if (!definition) throw new RangeError('a resource of a type that is not served');
      const profile = definitions.profile(type);
      const uid = terms.uid(type, id);
      const key = await dataKeys.keyFor({
        type: terms.uid(type, ''),
        resource: uid,
        patients: ownersOf(profile, resource, baseUrl).map((patient) => terms.uid('Patient', patient)),
      });
      const { rowTerms, sortText, ...postings } = indexOf(resource);
      const plan = { profile, definition, classify: (element: string, item: Json) => classify(type, element, item) };
      const identity = { type, id, uid, ...next, deleted: false, keyId: key.id };
      const index = { ...postings, ...sortBoxOf(secrets.vault, key, identity, sortText) };
      return sealedWrite(parts, key, { identity, boxes: splitBoxes(plan, resource), rowTerms, index });
    },
    prepareDeletion: async (previous) => {
      const { type, id, uid, keyId } = previous;
      return sealedWrite(parts, await dataKeys.keyOf(keyId), {
        identity: { type, id, uid, ...nextVersion(clock(), previous), deleted: true, keyId },
        boxes: NO_BOXES,
        rowTerms: [...previous.rowTerms],
        index: NO_INDEX,
      });
    },
  };
}

// Versions are in the order of time even when the clock steps back.
const nextVersion = (now: number, previous: OpenRecord | undefined): { version: number; lastUpdated: number } => ({
  version: (previous?.version ?? 0) + 1,
  lastUpdated: Math.max(now, previous?.lastUpdated ?? 0),
});

function stamped(
  sent: ResourceJson,
  { type, id, version, lastUpdated }: { type: string; id: string; version: number; lastUpdated: number },
): ResourceJson {
  const {
    versionId,
    _versionId,
    lastUpdated: _,
    _lastUpdated,
    ...rest
  }: JsonObject = isObject(sent['meta']) ? sent['meta'] : {};
  return { ...sent, resourceType: type, id, meta: serverMeta({ version, lastUpdated }, rest) };
}

interface Unsealed {
  readonly identity: RecordIdentity;
  readonly boxes: ReadonlyMap<string, string>;
  readonly rowTerms: readonly string[];
  readonly index: RecordIndex;
}

function sealedWrite(
  { secrets }: RepositoryParts,
  key: DataKey,
  { identity, index, ...plain }: Unsealed,
): PreparedWrite {
  const { vault } = secrets;
  const boxes = vault.sealBoxes(key, identity, plain.boxes);
  const rowTerms = [...new Set(plain.rowTerms)].toSorted();
  const rowMac = vault.rowMac(key, identity, rowTerms, boxes);
  return {
    write: {
      expectedVersion: identity.version - 1,
      record: { ...identity, boxes, rowTerms, rowMac },
      index,
    },
    digest: vault.digest(boxes),
    version: identity.version,
    lastUpdated: identity.lastUpdated,
    rowTerms: new Set(rowTerms),
  };
}
