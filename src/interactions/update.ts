/** R4 update: a new version of a resource, or its first one where the caller may choose ids (http.html#update). */
import { badRequest, notFound, preconditionFailed } from '../core/errors.ts';
import type { JsonObject } from '../core/json.ts';
import type { OpenRecord } from '../core/record.ts';
import { ID } from '../core/reference.ts';
import type { FhirRequest } from '../core/request.ts';
import { proposeNew, refuseInvalid, refuseOutside } from './create.ts';
import { type InteractionContext, type Proposal, patientsOfRecords } from './proposal.ts';
import { findVisible } from './read.ts';
import { matchesTag } from './version-headers.ts';
import { writeAnswer } from './write-answer.ts';
import { writtenRecord } from './written-record.ts';

/** Lays the body over the stored version through the view; saving what was read makes no version. */
export async function update(context: InteractionContext, request: FhirRequest): Promise<Proposal> {
  const id = request.id ?? '';
  const body = request.body ?? {};
  if (body['id'] !== id) throw badRequest('The id in the body must be there and be the one of the URL.');
  const record = await findOrCreate(context, request, id);
  refuseInvalid(context, body, request.type);
  if (!record) return proposeNew(context, request, id);
  if (record.deleted) return proposeNext(context, request, { previous: record, body, status: 201 });
  refuseOutOfDate(request, record);
  return proposeNext(context, request, { previous: record, body, status: 200 });
}

/** 412 where `If-Match` names another version. */
export function refuseOutOfDate({ conditions: { ifMatch } }: FhirRequest, record: OpenRecord): void {
  if (ifMatch !== undefined && !matchesTag(ifMatch, record.version)) throw outOfDate();
}

/** 412 with what to do. */
export const outOfDate = () =>
  preconditionFailed('If-Match does not name the current version. Read the resource again, and send its ETag.');

// One answer for unknown and unseen ids; who sees every row may choose ids (CONTRACT.md "create by update").
async function findOrCreate(
  context: InteractionContext,
  request: FhirRequest,
  id: string,
): Promise<OpenRecord | undefined> {
  const mayCreate = context.access.unfiltered && request.conditions.ifMatch === undefined;
  const uid = context.access.uidOf(id);
  const record = uid === undefined ? undefined : await context.repository.readUid(uid);
  if (record && !record.deleted) return findVisible(context, id);
  if (!mayCreate) throw notFound();
  if (!ID.test(id)) throw badRequest('The id must have 1 to 64 letters, digits, "-" and ".".');
  return record;
}

/** A version that follows another: what is to be written, laid through the caller's view. */
export interface Next {
  readonly previous: OpenRecord;
  /** Valid as it was sent. */
  readonly body: JsonObject;
  readonly status: 200 | 201;
}

/** Proposes the next version, or none where nothing changes. */
export async function proposeNext(
  context: InteractionContext,
  request: FhirRequest,
  { previous, body, status }: Next,
): Promise<Proposal> {
  const { type, id } = previous;
  const stored = previous.deleted ? undefined : previous;
  const { resource, changed } = context.access.put(id, body, stored);
  // A resource that is taken from one patient's record and given to another's concerns both.
  const before = stored ? patientsOfRecords(context, [stored]) : [];
  const patients = [...new Set([...before, ...context.patientsOf(resource)])];
  if (!changed) return writeAnswer(context, request, { status, id, record: previous, patients });
  const prepared = await context.repository.prepareWrite({ type, id, resource, previous });
  refuseOutside(context, prepared.rowTerms);
  return writeAnswer(context, request, { status, id, prepared, record: writtenRecord(prepared, resource), patients });
}
