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

type ProposedBundle = Extract<ProposedBody, { kind: 'searchset' | 'history' }>;

function bodyOf(body: ProposedBody): AnswerBody {
  switch (body.kind) {
    case 'searchset':
      return searchsetOf(body);
    case 'history':
      return historyOf(body);
    case 'resource':
    case 'outcome':
    case 'empty':
      return body;
    default:
      return body satisfies never;
  }
}

const headOf = ({ kind, total, links }: ProposedBundle): JsonObject => ({
  resourceType: 'Bundle',
  type: kind,
  ...(total === undefined ? {} : { total }),
  link: links.map(([relation, url]) => ({ relation, url })),
});

function historyOf(body: Extract<ProposedBundle, { kind: 'history' }>): AnswerBody {
  const entries = body.entries.map(({ fullUrl, request, response, resource }) => ({
    members: { fullUrl, request, response: { ...response } },
    ...(resource ? { resource } : {}),
  }));
  return { kind: 'bundle', bundle: maskedBundle(headOf(body), entries, []) };
}

function searchsetOf(body: Extract<ProposedBundle, { kind: 'searchset' }>): AnswerBody {
  const entries = body.entries.map(({ fullUrl, resource }) => ({
    members: { fullUrl, search: { mode: 'match' } },
    resource,
  }));
  return {
    kind: 'bundle',
    bundle: maskedBundle(headOf(body), entries, body.issues.length > 0 ? [outcomeEntry(body.issues)] : []),
  };
}

const outcomeEntry = (issues: readonly Issue[]): JsonObject => ({
  resource: {
    resourceType: 'OperationOutcome',
    issue: issues.map(({ severity, code, diagnostics }) => ({ severity, code, diagnostics })),
  },
  search: { mode: 'outcome' },
});
