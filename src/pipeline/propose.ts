/** Decides, guards and runs one request; throws a FhirError for every refusal (DESIGN.md "The way of a request"). */
import { badRequest, forbidden, notFound, notSupported } from '../core/errors.ts';
import { and, or } from '../core/plan.ts';
import type { Clock, NewId } from '../core/ports.ts';
import type { OpenRecord } from '../core/record.ts';
import type { FhirRequest } from '../core/request.ts';
import type { TermMaker } from '../core/secrets.ts';
import { CONDITIONAL_INTERACTIONS, findMatches } from '../interactions/conditional.ts';
import type { InteractionContext, Proposal } from '../interactions/proposal.ts';
import { OFFERED, RESOURCE_INTERACTIONS, type ResourceInteraction } from '../interactions/registry.ts';
import { type SearchContext, searchType } from '../interactions/search-type.ts';
import type { GuardParts } from '../policy/guard-query.ts';
import { allOf, type Bounds } from '../search/bounds.ts';
import { isControl } from '../search/control-parameters.ts';
import { type CursorHolder, type Cursors, cursorIn } from '../search/cursor.ts';
import { matches } from '../search/matches.ts';
import type { SearchRegistry } from '../search/parameters.ts';
import { parseQuery } from '../search/parse-query.ts';
import {
  type Asked,
  boundCriteria,
  decidedByTerms,
  needsBound,
  type PlanContext,
  planDateOrder,
} from '../search/plan.ts';
import type { SearchParameter, SearchQuery, SortKey } from '../search/query.ts';
import { endsInResource, type SortEnds } from '../search/sort-values.ts';
import { readSubsets } from '../search/subset.ts';
import type { Repository } from '../store/repository.ts';
import { type AccessParts, createAccess, type DecidedAccess, showingSubsets } from './access.ts';
import { guardSearch } from './guard-search.ts';
import { linkFor, meetsAll } from './links.ts';
import { proposeHistory } from './propose-history.ts';

export interface ProposeParts extends AccessParts {
  readonly repository: Repository;
  readonly registry: SearchRegistry;
  readonly guard: GuardParts;
  readonly terms: TermMaker;
  readonly cursors: Cursors;
  readonly baseUrl: string;
  readonly clock: Clock;
  readonly newId: NewId;
  readonly validate: InteractionContext['validate'];
  readonly applyPatch: InteractionContext['applyPatch'];
  readonly patientsOf: InteractionContext['patientsOf'];
  readonly patientsOfRecord: InteractionContext['patientsOfRecord'];
  /** AuditEvents have a store and a search of their own. */
  proposeAudit(request: FhirRequest): Promise<Proposal>;
}

/** What an entry of a transaction sees in place of the store, and the id that a resource it makes will have. */
export type Within = Pick<ProposeParts, 'repository' | 'newId'>;

/** Makes the function that the handler calls for every attempt. */
export function createPropose(shared: ProposeParts): (request: FhirRequest, within?: Within) => Promise<Proposal> {
  return async (request, within) => {
    const parts = within ? { ...shared, ...within } : shared;
    const { interaction, type } = request;
    if (!OFFERED.has(interaction)) throw notSupported(`${interaction} is not offered.`);
    if (type === 'AuditEvent') return parts.proposeAudit(request);
    const access = createAccess(parts, request.principal, { type, interaction });
    const context = contextOf(parts, access);
    if (interaction === 'search-type') return searchType(searchContext(parts, { request, access }), request);
    if (interaction === 'history-instance' || interaction === 'history-type') {
      return proposeHistory(parts.cursors, context, { request, access });
    }
    if (request.criteria) return proposeConditional(parts, context, { request, criteria: request.criteria });
    if (!isResourceInteraction(interaction)) throw notFound();
    const run = RESOURCE_INTERACTIONS[interaction];
    if (interaction !== 'read' && interaction !== 'vread') return run(context, request);
    const subsets = readSubsets(parts.registry.elements(type), request.parameters, 'read');
    return run({ ...context, access: showingSubsets(access, parts.lens, subsets) }, request);
  };
}

/** Finds what a conditional reference names, as a search of the caller (R4 http.html#trules). */
export function createFind(
  shared: ProposeParts,
): (request: FhirRequest, type: string, criteria: Condition['criteria'], within: Within) => Promise<readonly string[]> {
  return async (request, type, criteria, within) => {
    const { matches: found } = await findMatches(
      conditionContext({ ...shared, ...within }, request, { type, criteria }),
    );
    return found.map((record) => record.id);
  };
}

const contextOf = (parts: ProposeParts, access: DecidedAccess): InteractionContext => ({
  repository: parts.repository,
  access,
  baseUrl: parts.baseUrl,
  clock: parts.clock,
  newId: parts.newId,
  validate: parts.validate,
  applyPatch: parts.applyPatch,
  patientsOf: parts.patientsOf,
  patientsOfRecord: parts.patientsOfRecord,
});

interface Condition {
  readonly request: FhirRequest;
  readonly criteria: NonNullable<FhirRequest['criteria']>;
}

// The condition is a search of the caller: it needs the right to search, passes the guard, and takes no unknown parameter.
function proposeConditional(
  parts: ProposeParts,
  write: InteractionContext,
  { request, criteria }: Condition,
): Promise<Proposal> {
  const { interaction, type, principal } = request;
  if (!isConditional(interaction)) throw notSupported(`A conditional ${interaction} is not offered.`);
  const context = {
    write,
    search: conditionContext(parts, request, { type, criteria }),
    mayCreate: () => contextOf(parts, createAccess(parts, principal, { type, interaction: 'create' })),
  };
  return CONDITIONAL_INTERACTIONS[interaction](context, request);
}

function conditionContext(
  parts: ProposeParts,
  request: FhirRequest,
  { type, criteria }: { readonly type: string; readonly criteria: Condition['criteria'] },
): SearchContext {
  const access = createAccess(parts, request.principal, { type, interaction: 'search-type' });
  const control = criteria.find(([name]) => isControl(name.split(':', 1)[0] ?? ''));
  if (control) throw badRequest(`'${control[0].slice(0, 64)}' has no place in a condition.`);
  const asked = { ...request, type, parameters: criteria, strictHandling: true };
  return searchContext(parts, { request: asked, access });
}

const isConditional = (interaction: string): interaction is keyof typeof CONDITIONAL_INTERACTIONS =>
  Object.hasOwn(CONDITIONAL_INTERACTIONS, interaction);

const isResourceInteraction = (interaction: string): interaction is ResourceInteraction =>
  Object.hasOwn(RESOURCE_INTERACTIONS, interaction);

interface Asking {
  readonly request: FhirRequest;
  readonly access: DecidedAccess;
}

function searchContext(parts: ProposeParts, asking: Asking): SearchContext {
  const { request } = asking;
  const query = parseQueryOf(parts, asking);
  const access = showingSubsets(asking.access, parts.lens, query.subsets);
  // An order of one's own, with its ties, would tell the order of creation that such a view hides.
  if (access.nameRows && query.sort.length > 0)
    throw forbidden('Your role sees results in an order of its own: leave _sort out.');
  const answering = guardSearch(parts.guard, access, query);
  const links = query.links.map((link) => linkFor(parts, { principal: request.principal, access }, link));
  const planContext = { terms: parts.terms, uidOf: access.uidIn };
  const boundsOf = (asked: readonly Asked[]): Bounds =>
    allOf([boundCriteria(planContext, asked), ...links.map((link) => link.bounds)]);
  const weak = query.criteria.filter(needsBound);
  const matchContext = { baseUrl: parts.baseUrl };
  const [firstKey] = query.sort;
  return {
    ...contextOf(parts, access),
    query,
    branches: answering.map(({ grant, asked }) => access.branch(grant, boundsOf(asked).possible)),
    certain: or(answering.map(({ grant, asked }) => and([grant.filter, boundsOf(asked).certain]))),
    decided: query.criteria.every(decidedByTerms) && links.every((link) => link.decided),
    meets: async (branch, record) => {
      const seen = branch.see(record);
      const isMet = query.criteria.every((criterion) => matches(criterion, seen, matchContext));
      return isMet && (await meetsAll(links, record, seen));
    },
    bounded: [
      ...links.flatMap((link) => link.weak),
      ...(weak.length === 0
        ? []
        : [
            {
              type: query.type,
              where: or(
                answering.map(({ grant, asked }) =>
                  and([grant.filter, boundsOf(asked.filter((one) => !weak.includes(one.criterion))).possible]),
                ),
              ),
            },
          ]),
    ],
    order: orderOf(parts, access, { planContext, firstKey }),
    nameRows: access.nameRows,
    cursorAfter: ({ uid, version }) =>
      parts.cursors.seal(
        { after: uid, parameters: query.self, ...(firstKey ? { version } : {}) },
        holderOf(request, access),
      ),
  };
}

function orderOf(
  parts: ProposeParts,
  { shownId, tellsCreation }: DecidedAccess,
  { planContext, firstKey }: { readonly planContext: PlanContext; readonly firstKey: SortKey | undefined },
): SearchContext['order'] {
  return {
    buckets: firstKey?.param.kind === 'date' ? planDateOrder(planContext, firstKey) : undefined,
    endsOf: ({ param }, record) => endsOfRecord(parts.registry, param, record),
    shownId,
    tellsCreation,
  };
}

function endsOfRecord(registry: SearchRegistry, param: SearchParameter, record: OpenRecord): SortEnds | undefined {
  const resource = record.resource();
  return resource && endsInResource(registry, param, resource);
}

function parseQueryOf(parts: ProposeParts, { request, access }: Asking): SearchQuery {
  const cursor = cursorIn(request.parameters);
  const opened = cursor === undefined ? undefined : parts.cursors.open(cursor, holderOf(request, access));
  return parseQuery(parts.registry, {
    type: request.type,
    parameters: opened?.parameters ?? request.parameters,
    strict: request.strictHandling,
    baseUrl: parts.baseUrl,
    now: parts.clock(),
    ...(opened ? { after: { uid: opened.after, version: opened.version ?? 0 } } : {}),
  });
}

const holderOf = (request: FhirRequest, access: DecidedAccess): CursorHolder => ({
  ...access.holder,
  place: `search ${request.type}`,
});
