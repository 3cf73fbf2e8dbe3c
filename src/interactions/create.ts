/** R4 create: a new resource under an id that the server chooses (http.html#create). */
import { forbidden, unprocessable } from '../core/errors.ts';
import type { JsonObject } from '../core/json.ts';
import type { FhirRequest } from '../core/request.ts';
import type { InteractionContext, Proposal } from './proposal.ts';
import { writeAnswer } from './write-answer.ts';
import { writtenRecord } from './written-record.ts';

/** Validates, lays the body through the view, and proposes version 1. */
export async function create(context: InteractionContext, request: FhirRequest): Promise<Proposal> {
  const body: JsonObject = request.body ?? {};
  refuseInvalid(context, body, request.type);
  return proposeNew(context, request, context.newId());
}

/** 422 with every fault of the body. */
export function refuseInvalid(context: InteractionContext, body: JsonObject, type: string): void {
  const issues = context.validate(body, type);
  if (issues.some((issue) => issue.severity === 'error')) throw unprocessable(issues);
}

/** A first version under a given id. */
export async function proposeNew(context: InteractionContext, request: FhirRequest, id: string): Promise<Proposal> {
  const { resource } = context.access.put(id, request.body ?? {}, undefined);
  const prepared = await context.repository.prepareWrite({ type: request.type, id, resource });
  refuseOutside(context, prepared.rowTerms);
  return writeAnswer(context, request, {
    status: 201,
    id,
    prepared,
    record: writtenRecord(prepared, resource),
    patients: context.patientsOf(resource),
  });
}

/** CONTRACT.md: leaving or entering a compartment, a row filter or a scope's filter is 403, creating outside too. */
export function refuseOutside(context: InteractionContext, rowTerms: ReadonlySet<string>): void {
  if (context.access.sight(rowTerms) === 'outside') {
    throw forbidden('The resource would lie outside of what you may see: check whom it refers to.');
  }
}
