/** R4 read: the current version of a resource (http.html#read). */
import { gone, notFound } from '../core/errors.ts';
import type { MaskedText, OpenRecord } from '../core/record.ts';
import type { FhirRequest } from '../core/request.ts';
import { type InteractionContext, type Proposal, patientsOfRecords } from './proposal.ts';
import { matchesTag, versionHeaders } from './version-headers.ts';

/** Answers with the resource, 304 when the caller has this version already, 404 or 410. */
export async function read(context: InteractionContext, request: FhirRequest): Promise<Proposal> {
  const record = await findVisible(context, request.id ?? '');
  if (record.deleted) throw gone();
  const shown = context.access.show(record);
  if (!shown) throw notFound();
  const headers = shown.versioned ? versionHeaders(record) : {};
  const about = {
    writes: [],
    headers,
    resource: { type: record.type, id: record.id, version: record.version },
    patients: patientsOfRecords(context, [record]),
  };
  return answerUnless(shown.versioned && isUnchanged(request, record), about, shown.text);
}

/** 304 without a body where the caller has it already (R4 http.html#cread), else the resource. */
export const answerUnless = (
  unchanged: boolean,
  about: Omit<Proposal, 'status' | 'body'>,
  resource: MaskedText,
): Proposal =>
  unchanged
    ? { ...about, status: 304, body: { kind: 'empty' } }
    : { ...about, status: 200, body: { kind: 'resource', resource } };

/** The current record, a deletion too, if its row is in the caller's sight; 404 otherwise. */
export async function findVisible(context: InteractionContext, id: string): Promise<OpenRecord> {
  const uid = context.access.uidOf(id);
  const record = uid === undefined ? undefined : await context.repository.readUid(uid);
  if (!record || context.access.sight(record.rowTerms) !== 'seen') throw notFound();
  return record;
}

/** Whether the conditions say that the caller has this version; `If-None-Match` wins (RFC 9110 13.1.3). */
export function isUnchanged({ conditions }: FhirRequest, record: OpenRecord): boolean {
  if (conditions.ifNoneMatch !== undefined) return matchesTag(conditions.ifNoneMatch, record.version);
  if (conditions.ifModifiedSince === undefined) return false;
  const since = Date.parse(conditions.ifModifiedSince);
  return !Number.isNaN(since) && Math.floor(record.lastUpdated / 1000) * 1000 <= since;
}
