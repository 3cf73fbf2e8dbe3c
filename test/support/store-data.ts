/** Builders of opaque records, terms and secrets for the tests of stores. */
import { randomBytes } from 'node:crypto';
import type { AuditEntry, RecordIndex, RecordWrite } from '../../src/core/record.ts';
import { createKeyring } from '../../src/crypto/keyring.ts';
import { sealedFromStore } from '../../src/crypto/sealed.ts';
import { createSecrets, type Secrets } from '../../src/crypto/secrets.ts';

/** Secrets of a fresh keyring. */
export const testSecrets = (): Secrets => createSecrets(createKeyring({ demo: true, random: randomBytes }));

/** The term or uid with this number: 16 bytes of base64url. */
export function nameNumber(kind: number, n: number): string {
  const bytes = Buffer.alloc(16, kind);
  bytes.writeUInt32BE(n, 12);
  return bytes.toString('base64url');
}

export const uidNumber = (n: number): string => nameNumber(1, n);
export const termNumber = (n: number): string => nameNumber(2, n);

/** The time of the first records, about. */
export const DAWN = 1_700_000_000_000;

export interface WriteOptions {
  readonly n: number;
  readonly type?: string;
  readonly version?: number;
  readonly deleted?: boolean;
  readonly index?: Partial<RecordIndex>;
  readonly lastUpdated?: number;
  readonly rowTerms?: readonly string[];
}

/** A write of version 1, or the one given, of resource number `n`. */
export function writeOf({
  n,
  type = 'Observation',
  version = 1,
  deleted = false,
  index = {},
  lastUpdated = DAWN + version,
  rowTerms = [termNumber(900 + version)],
}: WriteOptions): RecordWrite {
  return {
    expectedVersion: version - 1,
    record: {
      type,
      id: `id-${n}`,
      uid: uidNumber(n),
      version,
      lastUpdated,
      deleted,
      keyId: `k.${n}`,
      boxes: sealedFromStore(Buffer.from(`boxes ${n} ${version}`)),
      rowTerms,
      rowMac: sealedFromStore(Buffer.from(`mac ${n} ${version}`)),
    },
    index: { ...index, terms: index.terms ?? [], references: index.references ?? [] },
  };
}

/** An audit entry that opens to this text. */
export const entryOf = (secrets: Secrets, json: string, terms: readonly string[] = []): AuditEntry => ({
  sealed: secrets.audit.seal(json),
  terms,
});
