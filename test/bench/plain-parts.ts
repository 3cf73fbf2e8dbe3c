/** Parts that do without a safeguard, for comparison alone: they exist here and nowhere in src. */
import { hash } from 'node:crypto';
import type { OpenedParts } from '../../src/app.ts';
import type { Verifier } from '../../src/auth/verify-token.ts';
import type { AuditEntry } from '../../src/core/record.ts';
import type { TermMaker } from '../../src/core/secrets.ts';
import { packBoxes, unpackBoxes } from '../../src/crypto/box-format.ts';
import { sealedFromStore } from '../../src/crypto/sealed.ts';
import type { Vault } from '../../src/crypto/vault-port.ts';
import type { RecordStore } from '../../src/store/record-store.ts';

const NOTHING = sealedFromStore(new Uint8Array(0));
const NO_ENTRY: AuditEntry = { sealed: NOTHING, terms: [] };

const plainVault: Vault = {
  newKey: (id, version) => ({ id, version }),
  wrap: ({ id, version }, owner) => ({ keyId: id, version, owner, wrappedBy: 'root:plain', wrapped: NOTHING }),
  unwrap: ({ keyId, version }) => ({ id: keyId, version }),
  sealBoxes: (_key, _identity, boxes) =>
    sealedFromStore(packBoxes([...boxes].map(([name, text]) => ({ name, body: Buffer.from(text) })))),
  boxNames: (sealed) => unpackBoxes(sealed).map((box) => box.name),
  openBox: (_key, _identity, sealed, name) => {
    const box = unpackBoxes(sealed).find((one) => one.name === name);
    return box && Buffer.from(box.body.buffer, box.body.byteOffset, box.body.length).toString('utf8');
  },
  rowMac: () => NOTHING,
  checkRow: () => undefined,
  digest: () => '',
};

const plainTerms: TermMaker = {
  term: (type, parameter, itemClass, value) => hash('md5', `${type}|${parameter}|${itemClass}|${value}`, 'base64url'),
  uid: (type, id) => hash('md5', `${type}/${id}`, 'base64url'),
};

/** Boxes lie in plain text, names are unkeyed hashes. */
export const withoutSealing = (opened: OpenedParts): OpenedParts => ({
  ...opened,
  secrets: { ...opened.secrets, vault: plainVault, terms: plainTerms },
});

/** No record is made and none is kept; a read commits nothing. */
export function withoutAudit(opened: OpenedParts): OpenedParts {
  const { records } = opened.store;
  const silent: RecordStore = {
    ...records,
    commit: async (commit) =>
      commit.writes.length === 0 && !commit.preconditions?.length
        ? { done: true }
        : records.commit({ ...commit, audit: [] }),
  };
  return { ...opened, record: () => NO_ENTRY, store: { ...opened.store, records: silent } };
}

/** Takes every caller for one in this role. */
export function fixedVerifier(role: string): Verifier {
  const principal = {
    issuer: 'bench',
    sub: 'bench',
    subject: 'bench',
    roles: [role],
    amr: [],
    tokenId: 'bench',
    purposeOfUse: [],
    expires: Number.MAX_SAFE_INTEGER,
  };
  return { known: () => principal, verify: async () => principal, ready: async () => true };
}
