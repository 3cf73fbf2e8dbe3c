/** Turns proposals and refusals into the closed union of answers that the responder takes. */
import type { FhirError, Issue } from '../core/errors.ts';
import type { JsonObject } from '../core/json.ts';
import type { Answer, AnswerBody } from '../core/request.ts';
import type { Proposal, ProposedBody } from '../interactions/proposal.ts';
import { maskedBundle } from '../masking/bundle.ts';

/** The answer of a proposal whose audit record is durable. */
export const answerOf = (proposal: Proposal): Answer => ({
  status: proposal.status,
  headers: proposal.headers,
  body: bodyOf(proposal.body),
});

/** The answer of a refusal. */
export const refusalOf = (error: FhirError): Answer => ({
  status: error.status,
  headers: error.headers,
  body: { kind: 'outcome', issues: error.issues },
});

function bodyOf(body: ProposedBody): AnswerBody {
  if (body.kind !== 'searchset') return body;
  const head: JsonObject = {
    resourceType: 'Bundle',
    type: 'searchset',
    ...(body.total === undefined ? {} : { total: body.total }),
    link: body.links.map(([relation, url]) => ({ relation, url })),
  };
  const entries = body.entries.map(({ fullUrl, resource }) => ({
    members: { fullUrl, search: { mode: 'match' } },
    resource,
  }));
  return {
    kind: 'bundle',
    bundle: maskedBundle(head, entries, body.issues.length > 0 ? [outcomeEntry(body.issues)] : []),
  };
}

const outcomeEntry = (issues: readonly Issue[]): JsonObject => ({
  resource: {
    resourceType: 'OperationOutcome',
    issue: issues.map(({ severity, code, diagnostics }) => ({ severity, code, diagnostics })),
  },
  search: { mode: 'outcome' },
});
