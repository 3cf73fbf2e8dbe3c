/** The composition root: builds each part once, by hand, and passes it on (STYLE.md 12). */
import { randomBytes, randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import type { Writable } from 'node:stream';
import { AUDIT_PARAMETERS } from './audit/parse-query.ts';
import { createAuditRecorder } from './audit/record.ts';
import { type AuditSearch, createAuditSearch } from './audit/search.ts';
import { verificationJson, verificationText } from './audit/verify-report.ts';
import { composePipeline, createHandlers } from './compose-pipeline.ts';
import { type Config, type ConfigOptions, type Environment, parseConfig } from './config/parse-config.ts';
import type { AuditFacts } from './core/audit.ts';
import { ConfigurationError } from './core/errors.ts';
import type { ResourceJson } from './core/json.ts';
import type { Clock, Logger, NewId } from './core/ports.ts';
import type { Principal } from './core/principal.ts';
import type { AuditEntry } from './core/record.ts';
import type { Answer, BundleRequest, FhirRequest } from './core/request.ts';
import { fileKeyProvider } from './crypto/key-provider.ts';
import { createKeyring } from './crypto/keyring.ts';
import { readKeyringFile, writeKeyringFile } from './crypto/keyring-file.ts';
import { createSecrets, type Secrets } from './crypto/secrets.ts';
import type { Definitions } from './definitions/types.ts';
import { createClassifier } from './fhirpath/classify.ts';
import { capabilityStatement } from './interactions/capability.ts';
import { loadRules, type Rules, sha256 } from './load-rules.ts';
import { createLogger } from './logging/create-logger.ts';
import type { Policy } from './policy/policy.ts';
import { rowParametersOf } from './policy/where.ts';
import { createIndexer } from './search/extract.ts';
import { indexForm } from './search/index-form.ts';
import type { SearchRegistry } from './search/parameters.ts';
import { createRepository } from './store/create-repository.ts';
import { openStore } from './store/open-store.ts';
import type { OpenedStore } from './store/record-store.ts';
import { reindexIfNeeded } from './store/reindex.ts';
import { verifyAudit } from './store/verify-audit.ts';

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

/** What a start opens; the rest of the app is composed of it. */
export interface OpenedParts {
  readonly rules: Rules;
  readonly secrets: Secrets;
  readonly store: OpenedStore;
  readonly auditSearch: AuditSearch;
  /** Seals the audit record of what happened. */
  record(facts: AuditFacts): AuditEntry;
}

/** Opens everything. Throws `ConfigurationError` for what an operator must mend. */
export const createApp = async (options: AppOptions): Promise<App> => composeApp(options, await openParts(options));

/** Opens rules, keys, store and audit log. Throws `ConfigurationError` for what an operator must mend. */
export async function openParts({ config, clock }: Pick<AppOptions, 'config' | 'clock'>): Promise<OpenedParts> {
  const demo = config.mode === 'demo';
  const { baseUrl } = config;
  const rules = loadRules(config.profilesDir, { enforceDemands: !demo });
  const secrets = createSecrets(await openKeyring(config));
  const { terms, audit: crypto } = secrets;
  const store = await openStore({
    databaseUrl: databaseText(config),
    mode: demo ? 'demo' : 'real',
    secrets,
    access: 'write',
  });
  const auditSearch = createAuditSearch({ store: store.records.audit, crypto, terms, baseUrl, clock });
  const recorder = createAuditRecorder({ crypto, terms, site: baseUrl, notBefore: await auditSearch.newest() });
  return { rules, secrets, store, auditSearch, record: (facts) => recorder.entry(facts) };
}

/** The app of opened parts; brings the index up to date first. */
export async function composeApp(
  { config, logger, clock, newId = randomUUID }: AppOptions,
  opened: OpenedParts,
): Promise<App> {
  const { rules, secrets, store, auditSearch, record } = opened;
  const { definitions, registry, policy, assign } = rules;
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
  const pipeline = composePipeline({ config, clock, ...rules, secrets, repository, auditSearch, classify, newId });
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
    isEmpty: async () => (await store.records.audit.newest()) === 0,
    close: () => store.close(),
  };
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
