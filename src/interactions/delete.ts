/** R4 delete (http.html#delete): unknown, deleted and unseen ids answer alike. */
import type { FhirRequest } from '../core/request.ts';
import { type InteractionContext, type Proposal, patientsOfRecords } from './proposal.ts';
import { outOfDate } from './update.ts';
import { matchesTag, tagOf } from './version-headers.ts';

/** 204; a deletion is a version of its own, and nothing is deleted twice. */
export async function deleteResource(context: InteractionContext, request: FhirRequest): Promise<Proposal> {
  const { access, repository } = context;
  const { ifMatch } = request.conditions;
  const uid = access.uidOf(request.id ?? '');
  const found = uid === undefined ? undefined : await repository.readUid(uid);
  const record = found && !found.deleted && access.sight(found.rowTerms) === 'seen' ? found : undefined;
  if (ifMatch !== undefined && !(record && matchesTag(ifMatch, record.version))) throw outOfDate();
  const done = { status: 204, headers: {}, body: { kind: 'empty' } } as const;
  const resource = { type: request.type, id: request.id ?? '' };
  if (!record) return { ...done, writes: [], resource, patients: [], outcome: '4' };
  const patients = patientsOfRecords(context, [record]);
  const prepared = await repository.prepareDeletion(record);
  return {
    ...done,
    headers: { ETag: tagOf(prepared.version) },
    writes: [prepared],
    resource: { ...resource, version: prepared.version },
    patients,
  };
}
