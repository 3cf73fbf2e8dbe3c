/** The composition root: builds each part once, by hand, and passes it on (STYLE.md 12). */
import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import type { Writable } from 'node:stream';
import { AUDIT_PARAMETERS } from './audit/parse-query.ts';
import { createAuditRecorder } from './audit/record.ts';
import { type AuditSearch, createAuditSearch } from './audit/search.ts';
import { verificationJson, verificationText } from './audit/verify-report.ts';
import { type Config, type ConfigOptions, type Environment, parseConfig } from './config/parse-config.ts';
import type { AuditFacts } from './core/audit.ts';
import { ConfigurationError } from './core/errors.ts';
import type { ResourceJson } from './core/json.ts';
import { and, type Plan } from './core/plan.ts';
import type { Clock, Logger, NewId } from './core/ports.ts';
import type { Principal } from './core/principal.ts';
import type { AuditEntry } from './core/record.ts';
import type { Answer, BundleRequest, FhirRequest } from './core/request.ts';
import { fileKeyProvider } from './crypto/key-provider.ts';
import { createKeyring } from './crypto/keyring.ts';
import { readKeyringFile, writeKeyringFile } from './crypto/keyring-file.ts';
import { createSecrets, type Secrets } from './crypto/secrets.ts';
import { createFaults } from './definitions/faults.ts';
import { loadLabelFiles } from './definitions/label-file.ts';
import { createLabeller, type Labeller } from './definitions/labeller.ts';
import { loadDefinitions } from './definitions/registry.ts';
import { loadRoleFiles } from './definitions/role-file.ts';
import type { Definitions } from './definitions/types.ts';
import { classPredicates, createClassifier } from './fhirpath/classify.ts';
import { compileInvariant, type Invariant } from './fhirpath/invariant.ts';
import { capabilityStatement } from './interactions/capability.ts';
import { createLogger } from './logging/create-logger.ts';
import { checkPseudonyms } from './masking/check-pseudonyms.ts';
import { checkValidity } from './masking/check-validity.ts';
import { checkView } from './masking/check-view.ts';
import { createLens } from './masking/create-lens.ts';
import { modifierPlaces } from './masking/modifier-places.ts';
import { compileView } from './masking/view.ts';
import { intersectReach, reachOf } from './masking/visibility.ts';
import { createApplyPatch } from './patching/apply-patch.ts';
import { lookerFor, patientInContext } from './pipeline/access.ts';
import { createBundleHandler } from './pipeline/batch.ts';
import { createHandler, type HandlerParts } from './pipeline/handle.ts';
import { createFind, createPropose, type ProposeParts } from './pipeline/propose.ts';
import { createProposeAudit } from './pipeline/propose-audit.ts';
import { tellsQuery } from './pipeline/tells-query.ts';
import type { GuardParts } from './policy/guard-query.ts';
import { loadPolicy } from './policy/load-policy.ts';
import type { Policy } from './policy/policy.ts';
import { createRowFilters, type RowFilters } from './policy/row-filter.ts';
import { rowParametersOf, whereCriteria } from './policy/where.ts';
import { createCursors } from './search/cursor.ts';
import { createIndexer } from './search/extract.ts';
import { indexForm } from './search/index-form.ts';
import { createSearchParameters, type SearchRegistry } from './search/parameters.ts';
import { planRow } from './search/plan.ts';
import { hasAssigned, labelRowTerm, modifierExtensionRowTerm, patientRowTerm } from './search/row-terms.ts';
import { createRepository } from './store/create-repository.ts';
import { openStore } from './store/open-store.ts';
import { ownersOf, ownersOfRecord } from './store/owners.ts';
import type { OpenedStore } from './store/record-store.ts';
import { reindexIfNeeded } from './store/reindex.ts';
import type { Repository } from './store/repository.ts';
import { verifyAudit } from './store/verify-audit.ts';
import { createValidator } from './validation/validate.ts';

export const VERSION = '0.1.0';
const RELEASED = '2026-11-25';

export interface AppOptions {
  readonly config: Config;
  readonly logger: Logger;
  readonly clock: Clock;
  /** Makes resource ids; random ones unless given. */
  readonly newId?: NewId;
}

/** The server without its edge: what the command line and HTTP both use. */
export interface App {
  readonly config: Config;
  readonly definitions: Definitions;
  readonly policy: Policy;
  readonly store: OpenedStore;
  readonly secrets: Secrets;
  readonly auditSearch: AuditSearch;
  handle(request: FhirRequest): Promise<Answer>;
  handleBundle(request: BundleRequest): Promise<Answer>;
  /** Makes an audit record durable. */
  audit(facts: AuditFacts): Promise<void>;
  metadata(): ResourceJson;
  /** Requests a minute that the roles of a principal allow; undefined where no profile says so. */
  roleLimit(principal: Principal): number | undefined;
  /** Walks the whole audit chain. */
  verifyAudit(): Promise<AuditReport>;
  /** Whether nothing was ever recorded here. */
  isEmpty(): Promise<boolean>;
  close(): Promise<void>;
}

export interface AuditReport {
  readonly ok: boolean;
  readonly text: string;
  readonly json: string;
}

/** Configuration and logger of a command; data alone goes to stdout where `stream` is stderr. */
export function configure(env: Environment, options: ConfigOptions & { readonly stream: Writable }) {
  const config = parseConfig(env, options);
  return { config, logger: createLogger({ level: config.logLevel, stream: options.stream }) };
}

/** Writes a new keyring for real data to `KEYRING_FILE`; throws `ConfigurationError` rather than overwrite one. */
export const initKeyring = ({ keyringFile }: Config): void =>
  writeKeyringFile(keyringFile, createKeyring({ demo: false, random: randomBytes }));

/** Whether the keyring guards demo or real data; undefined where there is none yet. */
export function keyringMode({ keyringFile }: Config): Config['mode'] | undefined {
  if (!existsSync(keyringFile)) return undefined;
  return readKeyringFile(keyringFile).demo ? 'demo' : 'oidc';
}

/** SHA-256 as base64url. */
export const sha256 = (text: string): string => createHash('sha256').update(text).digest('base64url');

/** Definitions and policy alone: what `policy check` needs. Throws `ConfigurationError`. */
export function loadRules(profilesDir: string, { enforceDemands }: { readonly enforceDemands: boolean }) {
  const definitions = loadDefinitions(profilesDir);
  const registry = createSearchParameters(definitions);
  const faults = createFaults();
  const classes = createClasses(definitions);
  const invariants = createInvariants();
  const labelFiles = loadLabelFiles(profilesDir, faults);
  const policy = loadPolicy({
    roleFiles: loadRoleFiles(profilesDir, definitions.servedTypes, faults),
    faults,
    enforceDemands,
    digest: sha256,
    checkPseudonyms: (view) => checkPseudonyms(definitions, faults, view),
    compileView: (spec) => {
      const view = compileView({ definitions, faults, spec, classes });
      checkView({ definitions, faults, view });
      checkValidity({ definitions, faults, view, compileInvariant: invariants });
      if (spec.where !== undefined) whereCriteria(registry, spec, faults);
      return view;
    },
  });
  return {
    definitions,
    registry,
    policy,
    assign: createLabeller(labelFiles),
    labelsDigest: sha256(JSON.stringify(labelFiles)),
  };
}

// Many views are judged by the same invariants.
function createInvariants(): typeof compileInvariant {
  const known = new Map<string, Invariant>();
  return (type, expression) => {
    const key = `${type} ${expression}`;
    const found = known.get(key) ?? compileInvariant(type, expression);
    known.set(key, found);
    return found;
  };
}

// Item classes stand at the top level of a type; a rule deeper down has none.
function createClasses(definitions: Definitions) {
  const known = new Map<string, ReadonlyMap<string, string>>();
  return (type: string, element: string): ReadonlyMap<string, string> => {
    const key = `${type}.${element}`;
    const found = known.get(key) ?? (element === '' ? new Map() : classPredicates(definitions, type, element));
    known.set(key, found);
    return found;
  };
}

/** Opens everything. Throws `ConfigurationError` for what an operator must mend. */
export async function createApp({ config, logger, clock, newId = randomUUID }: AppOptions): Promise<App> {
  const demo = config.mode === 'demo';
  const rules = loadRules(config.profilesDir, { enforceDemands: !demo });
  const { definitions, registry, policy, assign } = rules;
  const secrets = createSecrets(await openKeyring(config));
  const store = await openStore({
    databaseUrl: databaseText(config),
    mode: demo ? 'demo' : 'real',
    secrets,
    access: 'write',
  });
  const { terms } = secrets;
  const { baseUrl } = config;
  const classify = createClassifier(definitions);
  const rowParameters = rowParametersOf(registry, policy);
  const indexOf = createIndexer({ registry, definitions, terms, classify, baseUrl, assign, rowParameters });
  const repositoryParts = {
    store: store.records,
    keys: store.keys,
    secrets,
    definitions,
    indexOf,
    classify,
    clock,
    baseUrl,
  };
  const repository = createRepository(repositoryParts);
  const indexVersion = sha256(
    JSON.stringify([VERSION, indexForm(registry, definitions), [...rowParameters], rules.labelsDigest, 'timeline']),
  );
  await reindexIfNeeded(repositoryParts, indexVersion, logger);

  const auditSearch = createAuditSearch({ store: store.records.audit, crypto: secrets.audit, terms, baseUrl, clock });
  const recorder = createAuditRecorder({
    crypto: secrets.audit,
    terms,
    site: baseUrl,
    notBefore: await auditSearch.newest(),
  });
  const record = (facts: AuditFacts): AuditEntry => recorder.entry(facts);
  const pipeline = composePipeline({
    config,
    clock,
    ...rules,
    secrets,
    repository,
    auditSearch,
    classify,
    newId,
  });
  return {
    config,
    definitions,
    policy,
    store,
    secrets,
    auditSearch,
    ...createHandlers(pipeline, { repository, clock, logger, record }),
    audit: async (facts) => {
      await store.records.commit({ writes: [], audit: [record(facts)] });
    },
    metadata: metadataOf(definitions, registry, { policy, baseUrl }),
    roleLimit: (principal) => roleLimitOf(policy, principal),
    verifyAudit: () => verifyLog(store, secrets),
    isEmpty: async () => (await store.records.audit.head()).seq === 0,
    close: () => store.close(),
  };
}

// The way of one request, and of a Bundle of them.
function createHandlers(
  pipeline: ProposeParts,
  parts: Omit<HandlerParts, 'propose'>,
): Pick<App, 'handle' | 'handleBundle'> {
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
function composePipeline(parts: PipelineParts): ProposeParts {
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
    isLabelled: (type, rowTerms) => hasAssigned(terms, type, rowTerms),
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

async function verifyLog(store: OpenedStore, secrets: Secrets): Promise<AuditReport> {
  const result = await verifyAudit(store.records, secrets.audit);
  return { ok: result.ok, text: verificationText(result), json: JSON.stringify(verificationJson(result)) };
}

async function openKeyring(config: Config) {
  const demo = config.mode === 'demo';
  if (demo && !existsSync(config.keyringFile)) {
    writeKeyringFile(config.keyringFile, createKeyring({ demo: true, random: randomBytes }));
  }
  const keyring = await fileKeyProvider(config.keyringFile).keyring();
  if (keyring.demo !== demo) {
    throw new ConfigurationError([
      keyring.demo
        ? 'KEYRING_FILE: a demo keyring is refused outside demo mode; make one with veil keys init'
        : 'KEYRING_FILE: demo mode takes a demo keyring alone, never one that guards real data',
    ]);
  }
  return keyring;
}

function databaseText({ database }: Config): string {
  switch (database.kind) {
    case 'sqlite':
      return `sqlite:${database.path}`;
    case 'sqlite-memory':
      return 'sqlite::memory:';
    case 'mongodb':
      return database.url.reveal();
    default:
      return database satisfies never;
  }
}

function roleLimitOf(policy: Policy, principal: Principal): number | undefined {
  const limits = principal.roles.flatMap((role) => policy.roles.get(role)?.file.rateLimit ?? []);
  return limits.length > 0 ? Math.max(...limits) : undefined;
}

function metadataOf(
  definitions: Definitions,
  registry: SearchRegistry,
  { policy, baseUrl }: { policy: Policy; baseUrl: string },
) {
  const system = policy.roles.get('system');
  const statement = capabilityStatement({
    definitions,
    registry,
    baseUrl,
    date: RELEASED,
    version: VERSION,
    updateCreate: new Set(
      [...(system?.views.values() ?? [])]
        .filter((view) => view.spec.interactions.has('update'))
        .map((view) => view.type),
    ),
    auditParameters: AUDIT_PARAMETERS,
  });
  return () => statement;
}
