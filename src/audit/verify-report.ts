/** What `veil audit verify` prints: that the chain holds, or where and how it is broken. */
import type { JsonObject } from '../core/json.ts';

/** Faults that walking the chain tells apart. */
type AuditFaultReason = 'edited' | 'missing' | 'swapped' | 'cut-tail';

/** The outcome of walking the chain, as the store gives it. */
export type AuditVerification =
  | { readonly ok: true; readonly records: number }
  | { readonly ok: false; readonly fault: { readonly seq: number; readonly reason: AuditFaultReason } };

const REASONS: Readonly<Record<AuditFaultReason, string>> = {
  edited: 'the record or its link was changed',
  missing: 'the record is not there',
  swapped: 'another record stands in its place',
  'cut-tail': 'the log ends before its known head',
};

/** One line for a person. */
export function verificationText(result: AuditVerification): string {
  if (!result.ok) return `the audit log is broken at record ${result.fault.seq}: ${REASONS[result.fault.reason]}`;
  return `the audit log holds: ${result.records} record${result.records === 1 ? '' : 's'}`;
}

/** The same for a machine (`--json`). */
export function verificationJson(result: AuditVerification): JsonObject {
  if (result.ok) return { ok: true, records: result.records };
  const { seq, reason } = result.fault;
  return { ok: false, fault: { seq, reason, message: REASONS[reason] } };
}
