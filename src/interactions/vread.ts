/** R4 vread: one version of a resource (http.html#vread), through the caller's view of today. */
import { gone, notFound } from '../core/errors.ts';
import type { FhirRequest } from '../core/request.ts';
import { type InteractionContext, type Proposal, patientsOfRecords } from './proposal.ts';
import { answerUnless, findVisible, isUnchanged } from './read.ts';
import { versionHeaders } from './version-headers.ts';

const VERSION = /^[1-9]\d{0,9}$/;

/**
 * A version is there when its own row and the current one (of the last before a deletion) are in the caller's sight
 * (CONTRACT.md "history"); 404 otherwise, 410 for the version that is a deletion.
 */
export async function vread(context: InteractionContext, request: FhirRequest): Promise<Proposal> {
  const { access, repository } = context;
  const current = await findVisible(context, request.id ?? '');
  const asked = request.versionId ?? '';
  const version = VERSION.test(asked) ? Number(asked) : 0;
  const record =
    version === current.version ? current : await repository.readVersion(current.type, current.id, version);
  if (!record || access.sight(record.rowTerms) !== 'seen') throw notFound();
  if (record.deleted) throw gone();
  const shown = access.show(record);
  if (!shown) throw notFound();
  const about = {
    headers: shown.versioned ? versionHeaders(record) : {},
    writes: [],
    resource: { type: record.type, id: record.id, version },
    patients: patientsOfRecords(context, [record]),
  };
  return answerUnless(shown.versioned && isUnchanged(request, record), about, shown.text);
}
