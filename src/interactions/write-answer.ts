/** The answer of a create or update: headers, and the body that `Prefer` asks for and the caller may see. */
import type { Issue } from '../core/errors.ts';
import type { OpenRecord } from '../core/record.ts';
import type { FhirRequest } from '../core/request.ts';
import type { PreparedWrite } from '../store/repository.ts';
import type { InteractionContext, Proposal, ProposedBody } from './proposal.ts';
import { versionHeaders } from './version-headers.ts';

export interface Written {
  readonly status: 200 | 201;
  readonly id: string;
  /** The record as it will lie in the store; undefined when nothing changed. */
  readonly prepared?: PreparedWrite;
  readonly record: OpenRecord;
  readonly patients: readonly string[];
}

/** R4 http.html#ops: `Location` names the version; a write that leaves the caller's sight says so and shows nothing. */
export function writeAnswer(context: InteractionContext, request: FhirRequest, written: Written): Proposal {
  const { record, id, prepared } = written;
  const location = `${context.baseUrl}/${request.type}/${id}/_history/${record.version}`;
  const { 'Last-Modified': lastModified, ETag } = versionHeaders(record);
  return {
    status: written.status,
    headers: {
      ...(ETag === undefined ? {} : { ETag }),
      ...(lastModified === undefined ? {} : { 'Last-Modified': lastModified }),
      Location: location,
    },
    body: bodyOf(context, request, record),
    writes: prepared ? [prepared] : [],
    resource: { type: request.type, id, version: record.version },
    patients: written.patients,
  };
}

const OUT_OF_SIGHT: Issue = {
  severity: 'information',
  code: 'informational',
  diagnostics: 'The write was done. By the labels that it now has, the resource is out of your sight.',
};

function bodyOf(context: InteractionContext, request: FhirRequest, record: OpenRecord): ProposedBody {
  if (context.access.sight(record.rowTerms) !== 'seen') return { kind: 'outcome', issues: [OUT_OF_SIGHT] };
  if (request.preferReturn === 'minimal') return { kind: 'empty' };
  if (request.preferReturn === 'OperationOutcome') {
    return { kind: 'outcome', issues: [{ severity: 'information', code: 'informational', diagnostics: 'Done.' }] };
  }
  const shown = context.access.show(record);
  return shown ? { kind: 'resource', resource: shown.text } : { kind: 'empty' };
}
