/** The chain of audit records: each link is a MAC over the one before, the sequence and the sealed bytes. */
import type { Sealed } from '../core/brands.ts';
import type { AuditCrypto } from '../crypto/audit-crypto.ts';
import type { AuditHead, AuditRow } from './record-store.ts';

/** The only chain of a process that has its store alone. */
export const MAIN_CHAIN = 'main';

/** Before the first record. */
export const EMPTY_HEAD: AuditHead = { seq: 0, link: new Uint8Array(32) };

/** The row that follows `head`, which is also the next head. */
export function nextRow(
  crypto: Pick<AuditCrypto, 'link'>,
  head: AuditHead,
  sealed: Sealed,
  chain = MAIN_CHAIN,
): AuditRow {
  const seq = head.seq + 1;
  return { seq, sealed, link: crypto.link(head.link, seq, chain, sealed) };
}

/** Whether a row is the one that follows `head`. */
export function follows(
  crypto: Pick<AuditCrypto, 'link'>,
  head: AuditHead,
  row: AuditRow,
  chain = MAIN_CHAIN,
): boolean {
  const expected = nextRow(crypto, head, row.sealed, chain);
  return row.seq === expected.seq && sameLink(row.link, expected.link);
}

/** Whether two links are equal; they are no secrets. */
export const sameLink = (a: Uint8Array, b: Uint8Array): boolean => Buffer.compare(a, b) === 0;
