/**
 * R4 conditional create, update, patch and delete (http.html#ccreate, #cond-update, #cdelete): the criteria are a search
 * of the caller, so they match what it may see and nothing else. That the answer still holds is asked again inside the
 * commit (`Precondition`), so of two that find nothing at once one is done, and the other finds what the first made.
 */
import { badRequest, conflict, notFound, preconditionFailed, tooCostly } from '../core/errors.ts';
import { or } from '../core/plan.ts';
import type { OpenRecord, Precondition } from '../core/record.ts';
import type { FhirRequest } from '../core/request.ts';
import { create } from './create.ts';
import { deleteResource } from './delete.ts';
import { patch } from './patch.ts';
import { type InteractionContext, type Proposal, patientsOfRecords } from './proposal.ts';
import { isMatch, type SearchContext } from './search-type.ts';
import { update } from './update.ts';
import { versionHeaders } from './version-headers.ts';

/** Rows that terms leave for one condition: they are looked at, and looked for again in the commit. */
const MOST_CANDIDATES = 1000;

export interface Found {
  readonly matches: readonly OpenRecord[];
  readonly precondition: Precondition;
}

/** What a conditional interaction works with beside its own context. */
export interface ConditionalContext {
  readonly write: InteractionContext;
  /** The criteria, after the guard, as a search of the caller. */
  readonly search: SearchContext;
  /** The context of a create by this caller. Throws 403 where it may not. */
  mayCreate(): InteractionContext;
}

type ConditionalRun = (context: ConditionalContext, request: FhirRequest) => Promise<Proposal>;

/** The resources that meet the criteria, and what must still be so when the write is committed. */
export async function findMatches(context: SearchContext): Promise<Found> {
  const { query, repository } = context;
  if (query.criteria.length + query.links.length === 0) throw badRequest('A condition needs a search parameter.');
  const where = or(context.branches.map((branch) => branch.where));
  const rows = await repository.rows({ type: query.type, where, limit: MOST_CANDIDATES + 1 });
  if (rows.length > MOST_CANDIDATES) {
    throw tooCostly(
      'The condition leaves too many candidates. Add a criterion that narrows it, such as an identifier.',
    );
  }
  const matches: OpenRecord[] = [];
  for (const record of rows) if (await isMatch(context, record)) matches.push(record);
  return {
    matches,
    precondition: repository.expect(query.type, where, rows),
  };
}

async function findOne({ search }: ConditionalContext): Promise<{ one: OpenRecord | undefined; when: Precondition }> {
  const { matches, precondition } = await findMatches(search);
  if (matches.length > 1) throw severalFound();
  return { one: matches[0], when: precondition };
}

/** 412: a condition or a conditional reference finds several. */
export const severalFound = () => preconditionFailed('Several resources meet the condition. Narrow it.');

const conditionally = (proposal: Proposal, when: Precondition): Proposal => ({ ...proposal, preconditions: [when] });

async function conditionalCreate(context: ConditionalContext, request: FhirRequest): Promise<Proposal> {
  const { one, when } = await findOne(context);
  if (one) return existing(context.write, request, one);
  return conditionally(await create(context.write, request), when);
}

// R4 http.html#ccreate: one match, and the POST is ignored.
function existing(context: InteractionContext, request: FhirRequest, record: OpenRecord): Proposal {
  const { type, id, version } = record;
  const shown = request.preferReturn === 'minimal' ? undefined : context.access.show(record);
  return {
    status: 200,
    headers: { ...versionHeaders(record), Location: `${context.baseUrl}/${type}/${id}/_history/${version}` },
    body: shown ? { kind: 'resource', resource: shown.text } : { kind: 'empty' },
    writes: [],
    resource: { type, id, version },
    patients: patientsOfRecords(context, [record]),
  };
}

async function conditionalUpdate(context: ConditionalContext, request: FhirRequest): Promise<Proposal> {
  const { one, when } = await findOne(context);
  const body = request.body ?? {};
  const sent = body['id'];
  if (sent !== undefined && typeof sent !== 'string') throw badRequest('The id must be a text.');
  if (one) {
    if (sent !== undefined && sent !== one.id)
      throw badRequest('The id in the body is not that of the resource found.');
    const named = { ...request, id: one.id, body: { ...body, id: one.id } };
    return conditionally(await update(context.write, named), when);
  }
  refuseIfMatch(request);
  if (sent === undefined) return conditionally(await create(context.mayCreate(), request), when);
  return conditionally(await updateAsCreate(context.write, { ...request, id: sent }), when);
}

// One answer for all ids to those who may choose none; R4 http.html#cond-update for the others.
async function updateAsCreate(context: InteractionContext, request: FhirRequest & { id: string }): Promise<Proposal> {
  if (!context.access.unfiltered) throw notFound();
  const there = await context.repository.read(request.type, request.id);
  if (there && !there.deleted)
    throw conflict('A resource with this id is there already, and it does not meet the condition.');
  return update(context, request);
}

async function conditionalPatch(context: ConditionalContext, request: FhirRequest): Promise<Proposal> {
  const { one, when } = await findOne(context);
  if (!one) throw notFound();
  return conditionally(await patch(context.write, { ...request, id: one.id }), when);
}

async function conditionalDelete(context: ConditionalContext, request: FhirRequest): Promise<Proposal> {
  const { one, when } = await findOne(context);
  if (one) return conditionally(await deleteResource(context.write, { ...request, id: one.id }), when);
  refuseIfMatch(request);
  const nothing = { headers: {}, body: { kind: 'empty' }, writes: [], patients: [] } as const;
  return { ...nothing, status: 204, resource: { type: request.type }, outcome: '4' };
}

function refuseIfMatch({ conditions }: FhirRequest): void {
  if (conditions.ifMatch !== undefined) throw preconditionFailed('If-Match was sent, and nothing meets the condition.');
}

/** The interactions that take criteria in place of an id. */
export const CONDITIONAL_INTERACTIONS = {
  create: conditionalCreate,
  update: conditionalUpdate,
  patch: conditionalPatch,
  delete: conditionalDelete,
} as const satisfies Record<string, ConditionalRun>;
