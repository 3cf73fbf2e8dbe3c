/** Walks the whole audit chain and locates its first fault. */
import type { AuditCrypto } from '../crypto/audit-crypto.ts';
import { EMPTY_HEAD, follows, nextRow, sameLink } from './audit-chain.ts';
import type { AuditHead, AuditRow, RecordStore } from './record-store.ts';

/** What is wrong with a record: changed, not there, another one in its place, or cut off the end of the log. */
export type AuditFaultReason = 'edited' | 'missing' | 'swapped' | 'cut-tail';

export type AuditVerification =
  | { readonly ok: true; readonly records: number }
  | { readonly ok: false; readonly fault: { readonly seq: number; readonly reason: AuditFaultReason } };

const BATCH = 500;

/** Verifies every record up to the head that the store holds when it is called. */
export async function verifyAudit(
  store: Pick<RecordStore, 'audit'>,
  crypto: Pick<AuditCrypto, 'link' | 'open'>,
): Promise<AuditVerification> {
  const end = await store.audit.head();
  let head: AuditHead = EMPTY_HEAD;
  while (head.seq < end.seq) {
    const rows = await store.audit.range(head.seq + 1, Math.min(head.seq + BATCH, end.seq));
    if (rows.length === 0) return faultAt(head.seq + 1, await missingOrCut(store, head.seq));
    for (const row of rows) {
      if (row.seq !== head.seq + 1) return faultAt(head.seq + 1, 'missing');
      if (!follows(crypto, head, row)) return faultAt(row.seq, await editedOrSwapped(store, crypto, head, row));
      head = row;
    }
  }
  return sameLink(head.link, end.link) ? { ok: true, records: head.seq } : faultAt(end.seq, 'edited');
}

const faultAt = (seq: number, reason: AuditFaultReason): AuditVerification => ({ ok: false, fault: { seq, reason } });

async function missingOrCut(store: Pick<RecordStore, 'audit'>, after: number): Promise<AuditFaultReason> {
  const later = await store.audit.query({ where: { op: 'every' }, from: after + 1, limit: 1 });
  return later.length > 0 ? 'missing' : 'cut-tail';
}

// Content that opens is some genuine record; unless only its link was changed, it stands in another one's place.
async function editedOrSwapped(
  store: Pick<RecordStore, 'audit'>,
  crypto: Pick<AuditCrypto, 'link' | 'open'>,
  head: AuditHead,
  row: AuditRow,
): Promise<AuditFaultReason> {
  try {
    crypto.open(row.sealed);
  } catch {
    return 'edited';
  }
  const next = await store.audit.get(row.seq + 1);
  return next && follows(crypto, nextRow(crypto, head, row.sealed), next) ? 'edited' : 'swapped';
}
