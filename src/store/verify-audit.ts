/** Walks every chain of the audit log and locates the first fault. */
import type { AuditCrypto } from '../crypto/audit-crypto.ts';
import { EMPTY_HEAD, follows, MAIN_CHAIN, nextRow, sameLink } from './audit-chain.ts';
import type { AuditChain, AuditHead, AuditRow, RecordStore } from './record-store.ts';

/** What is wrong with a record: changed, not there, another one in its place, or cut off the end of the log. */
export type AuditFaultReason = 'edited' | 'missing' | 'swapped' | 'cut-tail';

export type AuditVerification =
  | { readonly ok: true; readonly records: number }
  | { readonly ok: false; readonly fault: AuditFault };

/** Where: a sequence of a chain, which is named where the log has several. */
export interface AuditFault {
  readonly seq: number;
  readonly reason: AuditFaultReason;
  readonly chain?: string;
}

const BATCH = 500;

/** Verifies every record up to the heads that the store holds when it is called. */
export async function verifyAudit(
  store: Pick<RecordStore, 'audit'>,
  crypto: Pick<AuditCrypto, 'link' | 'open'>,
): Promise<AuditVerification> {
  let records = 0;
  for (const chain of await store.audit.chains()) {
    const result = await verifyChain(chain, crypto);
    if (!result.ok) return chain.name === MAIN_CHAIN ? result : named(result.fault, chain.name);
    records += result.records;
  }
  return { ok: true, records };
}

const named = (fault: AuditFault, chain: string): AuditVerification => ({ ok: false, fault: { ...fault, chain } });

async function verifyChain(chain: AuditChain, crypto: Pick<AuditCrypto, 'link' | 'open'>): Promise<AuditVerification> {
  const end = chain.head;
  let head: AuditHead = EMPTY_HEAD;
  while (head.seq < end.seq) {
    const rows = await chain.range(head.seq + 1, Math.min(head.seq + BATCH, end.seq));
    if (rows.length === 0) return faultAt(head.seq + 1, await missingOrCut(chain, head.seq));
    for (const row of rows) {
      if (row.seq !== head.seq + 1) return faultAt(head.seq + 1, 'missing');
      if (!follows(crypto, head, row, chain.name)) {
        return faultAt(row.seq, await editedOrSwapped(chain, crypto, head, row));
      }
      head = row;
    }
  }
  return sameLink(head.link, end.link) ? { ok: true, records: head.seq } : faultAt(end.seq, 'edited');
}

const faultAt = (seq: number, reason: AuditFaultReason): AuditVerification => ({ ok: false, fault: { seq, reason } });

async function missingOrCut(chain: AuditChain, after: number): Promise<AuditFaultReason> {
  const later = await chain.range(after + 1, Number.MAX_SAFE_INTEGER);
  return later.length > 0 ? 'missing' : 'cut-tail';
}

// Content that opens is some genuine record; unless only its link was changed, it stands in another one's place.
async function editedOrSwapped(
  chain: AuditChain,
  crypto: Pick<AuditCrypto, 'link' | 'open'>,
  head: AuditHead,
  row: AuditRow,
): Promise<AuditFaultReason> {
  try {
    crypto.open(row.sealed);
  } catch {
    return 'edited';
  }
  const next = await chain.get(row.seq + 1);
  const expected = nextRow(crypto, head, row.sealed, chain.name);
  return next && follows(crypto, expected, next, chain.name) ? 'edited' : 'swapped';
}
