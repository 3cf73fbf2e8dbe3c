/** Composition of the way of a request: policy, lens and search behind what proposes an answer, and its handlers. */
import type { AuditSearch } from './audit/search.ts';
import type { Config } from './config/parse-config.ts';
import { ConfigurationError } from './core/errors.ts';
import { and, type Plan } from './core/plan.ts';
import type { Clock, NewId } from './core/ports.ts';
import type { Answer, BundleRequest, FhirRequest } from './core/request.ts';
import type { Secrets } from './crypto/secrets.ts';
import type { Labeller } from './definitions/labeller.ts';
import type { Definitions } from './definitions/types.ts';
import type { createClassifier } from './fhirpath/classify.ts';
import { createLens } from './masking/create-lens.ts';
import { modifierPlaces } from './masking/modifier-places.ts';
import { intersectReach, reachOf } from './masking/visibility.ts';
import { createApplyPatch } from './patching/apply-patch.ts';
import { lookerFor, patientInContext } from './pipeline/access.ts';
import { createBundleHandler } from './pipeline/batch.ts';
import { createHandler, type HandlerParts } from './pipeline/handle.ts';
import { createFind, createPropose, type ProposeParts } from './pipeline/propose.ts';
import { createProposeAudit } from './pipeline/propose-audit.ts';
import { tellsQuery } from './pipeline/tells-query.ts';
import type { GuardParts } from './policy/guard-query.ts';
import type { Policy } from './policy/policy.ts';
import { createRowFilters, type RowFilters } from './policy/row-filter.ts';
import { whereCriteria } from './policy/where.ts';
import { createCursors } from './search/cursor.ts';
import type { SearchRegistry } from './search/parameters.ts';
import { planRow } from './search/plan.ts';
import { createLabelTest, labelRowTerm, modifierExtensionRowTerm, patientRowTerm } from './search/row-terms.ts';
import { ownersOf, ownersOfRecord } from './store/owners.ts';
import type { Repository } from './store/repository.ts';
import { createValidator } from './validation/validate.ts';

interface Handlers {
  handle(request: FhirRequest): Promise<Answer>;
  handleBundle(request: BundleRequest): Promise<Answer>;
}

/** The way of one request, and of a Bundle of them. */
export function createHandlers(pipeline: ProposeParts, parts: Omit<HandlerParts, 'propose'>): Handlers {
  const handlerParts = { ...parts, propose: createPropose(pipeline) };
  const handle = createHandler(handlerParts);
  const { newId } = pipeline;
  return { handle, handleBundle: createBundleHandler({ ...handlerParts, handle, find: createFind(pipeline), newId }) };
}

interface PipelineParts {
  readonly config: Config;
  readonly clock: Clock;
  readonly definitions: Definitions;
  readonly registry: SearchRegistry;
  readonly policy: Policy;
  readonly secrets: Secrets;
  readonly repository: Repository;
  readonly auditSearch: AuditSearch;
  readonly classify: ReturnType<typeof createClassifier>;
  readonly assign: Labeller;
  readonly newId: NewId;
}

/** Policy, lens and search behind what proposes an answer. */
export function composePipeline(parts: PipelineParts): ProposeParts {
  const { clock, definitions, registry, policy, secrets, repository, auditSearch, classify, assign } = parts;
  const { terms } = secrets;
  const { baseUrl } = parts.config;
  const lens = createLens({
    definitions,
    terms,
    pseudonyms: secrets.pseudonyms,
    baseUrl,
    clock,
    classify,
    assign,
    isLabelled: createLabelTest(terms),
  });
  const filters = composeFilters(parts);
  const accessParts = { policy, lens, filters, terms, pseudonyms: secrets.pseudonyms };
  const guard = composeGuard(definitions);
  const cursors = createCursors(secrets.cursors, clock);
  return {
    ...accessParts,
    repository,
    registry,
    guard,
    cursors,
    baseUrl,
    clock,
    newId: () => parts.newId(),
    validate: createValidator(definitions),
    applyPatch: createApplyPatch(definitions),
    patientsOf: (resource) => ownersOf(definitions.profile(resource.resourceType), resource, baseUrl),
    patientsOfRecord: (record) => ownersOfRecord(definitions.profile(record.type), record, baseUrl),
    proposeAudit: createProposeAudit({
      policy,
      search: auditSearch,
      baseUrl,
      cursors,
      mayTell: (request) => tellsQuery({ accessParts, registry, guard }, request.principal),
      mask: (event, request) =>
        lens.maskRendered(event.resource, lookerFor(accessParts, request.principal, 'AuditEvent', request.interaction)),
    }),
  };
}

/** The guard of search parameters. */
export const composeGuard = (definitions: Definitions): GuardParts => ({
  definitions,
  reachOf: (view, path, pseudonyms) => reachOf(view, definitions, path, pseudonyms),
  intersect: intersectReach,
});

/** The row filters of all views, over the terms of a keyring. */
export function composeFilters({
  definitions,
  registry,
  secrets: { terms },
}: Pick<PipelineParts, 'definitions' | 'registry' | 'secrets'>): RowFilters {
  const planContext = { terms, uidOf: (type: string, id: string) => terms.uid(type, id) };
  return createRowFilters({
    terms,
    rowTerms: {
      patient: (type, uid) => patientRowTerm(terms, type, uid),
      label: (type, label) => labelRowTerm(terms, type, label),
      modifierExtension: (type, place) => modifierExtensionRowTerm(terms, type, place),
    },
    planWhere: (spec, where): Plan =>
      and(
        whereCriteria(registry, { ...spec, where }).map(
          (criterion) => planRow(planContext, criterion) ?? refuseWhere(),
        ),
      ),
    modifierPlaces: (view) => modifierPlaces(definitions, view),
    patientOf: patientInContext,
  });
}

function refuseWhere(): never {
  throw new ConfigurationError(['a row filter uses a parameter that row terms cannot decide']);
}
