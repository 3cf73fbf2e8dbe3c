/** What the audit record says of a request and what came of it. */
import type { AuditAgent, AuditFacts, AuditOutcome } from '../core/audit.ts';
import { FhirError } from '../core/errors.ts';
import type { BundleRequest, FhirRequest } from '../core/request.ts';
import type { Proposal } from '../interactions/proposal.ts';

interface Acted {
  readonly origin: Pick<FhirRequest['origin'], 'address' | 'channel'>;
}

/** The facts of one interaction; `result` is what is about to be answered. */
export function factsOf(request: FhirRequest, result: Proposal | FhirError, now: number): AuditFacts {
  const failed = result instanceof FhirError;
  const resource = failed ? resourceAskedFor(request) : result.resource;
  const written = failed ? undefined : result.writes[0]?.digest;
  const asked = [...request.parameters, ...(request.criteria ?? [])];
  const query = asked.map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`);
  return {
    recorded: now,
    interaction: request.interaction,
    outcome: failed ? outcomeOf(result.status) : (result.outcome ?? '0'),
    status: result.status,
    agent: agentOf(request),
    purposeOfUse: request.principal.purposeOfUse,
    patients: failed ? [] : result.patients,
    requestId: request.origin.requestId,
    resource,
    ...(query.length > 0 ? { query: query.join('&') } : {}),
    ...(written === undefined ? {} : { written }),
  };
}

function resourceAskedFor({ type, id }: FhirRequest): NonNullable<AuditFacts['resource']> {
  return id === undefined ? { type } : { type, id };
}

const outcomeOf = (status: number): AuditOutcome => (status >= 500 ? '8' : '4');

/** Who acted, as the audit record keeps it. */
export function agentOf({ principal, origin }: Pick<FhirRequest, 'principal'> & Acted): AuditAgent {
  return {
    subject: principal.subject,
    issuer: principal.issuer,
    sub: principal.sub,
    ...(principal.clientId === undefined ? {} : { clientId: principal.clientId }),
    ...(principal.fhirUser === undefined ? {} : { fhirUser: principal.fhirUser }),
    ...(principal.name === undefined ? {} : { name: principal.name }),
    roles: principal.roles,
    tokenId: principal.tokenId,
    address: origin.address,
    channel: origin.channel,
  };
}

/** What is recorded of a Bundle that is refused as a whole. */
export const bundleFacts = (bundle: BundleRequest, { status }: FhirError, now: number): AuditFacts => ({
  recorded: now,
  interaction: bundle.kind,
  outcome: outcomeOf(status),
  status,
  agent: agentOf(bundle),
  purposeOfUse: bundle.principal.purposeOfUse,
  patients: [],
  requestId: bundle.origin.requestId,
});
