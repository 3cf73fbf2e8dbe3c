/**
 * The way of every request: decide, guard, run, mask, audit, and only then answer. This is the file to review: each
 * step is a function of its own, and nothing is answered that has not been recorded.
 */
import type { AuditFacts } from '../core/audit.ts';
import { conflict, DamagedRecordError, FhirError } from '../core/errors.ts';
import type { Clock, Logger } from '../core/ports.ts';
import type { AuditEntry } from '../core/record.ts';
import type { Answer, FhirRequest } from '../core/request.ts';
import type { Proposal } from '../interactions/proposal.ts';
import type { Repository } from '../store/repository.ts';
import { answerOf, refusalOf } from './answers.ts';
import { factsOf } from './facts.ts';
import type { Within } from './propose.ts';

export interface HandlerParts {
  readonly repository: Repository;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Decides and runs the interaction, within a transaction over what it wrote; throws a FhirError for every refusal. */
  propose(request: FhirRequest, within?: Within): Promise<Proposal>;
  record(facts: AuditFacts): AuditEntry;
}

/** Others may write between reading and committing: so often it is read again (DESIGN.md idea 1). */
export const ATTEMPTS = 3;

/** Makes the handler. It rejects only when the audit record cannot be made durable, with a 503. */
export function createHandler(parts: HandlerParts): (request: FhirRequest) => Promise<Answer> {
  return async (request) => {
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const proposed = await proposeOrRefuse(parts, request);
      if (proposed.kind === 'refusal') return refuse(parts, request, proposed.error);
      const { proposal } = proposed;
      const entry = parts.record(factsOf(request, proposal, parts.clock()));
      const result = await parts.repository.commit(proposal.writes, [entry], proposal.preconditions);
      if (result.done) return answerOf(proposal);
    }
    return refuse(parts, request, overtaken());
  };
}

/** 409: others wrote each time. */
export const overtaken = (): FhirError =>
  conflict('Others changed the resource meanwhile. Read it again and repeat the write.');

type Proposed =
  | { readonly kind: 'proposal'; readonly proposal: Proposal }
  | { readonly kind: 'refusal'; readonly error: FhirError };

/** Runs one request; what was thrown becomes a refusal. */
export async function proposeOrRefuse(parts: HandlerParts, request: FhirRequest, within?: Within): Promise<Proposed> {
  try {
    return { kind: 'proposal', proposal: await parts.propose(request, within) };
  } catch (error) {
    if (error instanceof FhirError) return { kind: 'refusal', error };
    return { kind: 'refusal', error: unexpected(parts, request, error) };
  }
}

// What is stored does not open, or we have a defect: no data, an alert, and a record like any other.
function unexpected(parts: HandlerParts, request: FhirRequest, error: unknown): FhirError {
  const damaged = error instanceof DamagedRecordError;
  parts.logger.error(damaged ? 'alert: a stored record does not open' : 'unexpected failure', {
    alert: damaged,
    error,
    interaction: request.interaction,
    type: request.type,
    requestId: request.origin.requestId,
  });
  const diagnostics = 'The server could not complete this. Nothing was changed. Tell its operator the X-Request-Id.';
  return new FhirError(500, [{ severity: 'error', code: 'exception', diagnostics }], { cause: error });
}

async function refuse(parts: HandlerParts, request: FhirRequest, error: FhirError): Promise<Answer> {
  await parts.repository.commit([], [parts.record(factsOf(request, error, parts.clock()))]);
  return refusalOf(error);
}
