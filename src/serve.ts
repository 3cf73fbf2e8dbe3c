/** Composition of the edge: the app behind HTTP, in demo mode with its own issuer. */
import { randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import type { App } from './app.ts';
import { createPeople } from './auth/demo/people.ts';
import { createDemoSignIn, type DemoRole } from './auth/demo/sign-in.ts';
import { type DemoIssuer, type KeyFile, openDemoIssuer } from './auth/demo-issuer.ts';
import { createProviderDocument } from './auth/discover.ts';
import { createKeySet } from './auth/key-sets.ts';
import { DEMO_CAPABILITIES, smartConfiguration } from './auth/smart-configuration.ts';
import { createVerifier } from './auth/verify-token.ts';
import type { Config } from './config/parse-config.ts';
import type { AuditFacts } from './core/audit.ts';
import { ConfigurationError } from './core/errors.ts';
import type { JsonObject } from './core/json.ts';
import type { Clock, Logger } from './core/ports.ts';
import type { DemoParts, HttpParts, Refused, Throttled, Unauthenticated } from './http/http-parts.ts';
import { openListener, type TlsFiles } from './http/listen.ts';
import { createHttpApp } from './http/server.ts';
import { withOAuthUris } from './interactions/capability-security.ts';
import { OFFERED } from './interactions/registry.ts';
import { sha256 } from './load-rules.ts';
import { agentOf } from './pipeline/facts.ts';
import type { Role } from './policy/policy.ts';
import { mayEver } from './policy/scopes.ts';

export interface ServeParts {
  readonly app: App;
  readonly logger: Logger;
  readonly clock: Clock;
}

export interface RunningEdge {
  readonly http: ReturnType<typeof createHttpApp>;
}

/** Binds the port first, so that `PORT=0` is known before any link is made. */
export const bindPort = (config: Config, logger: Logger) =>
  openListener({ host: config.host, port: config.port, logger, ...tlsOf(config) });

function tlsOf({ tlsCertFile, tlsKeyFile, tlsClientCaFile }: Config): { tls?: TlsFiles } {
  if (tlsCertFile === undefined || tlsKeyFile === undefined) return {};
  const clientCa = tlsClientCaFile === undefined ? {} : { clientCa: readPem('TLS_CLIENT_CA_FILE', tlsClientCaFile) };
  return {
    tls: { cert: readPem('TLS_CERT_FILE', tlsCertFile), key: readPem('TLS_KEY_FILE', tlsKeyFile), ...clientCa },
  };
}

function readPem(variable: string, path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    throw new ConfigurationError([
      `${variable}: cannot be read (${cause instanceof Error ? cause.message : 'unknown'})`,
    ]);
  }
}

/** Gives V8 its own factor again: under load the young generation may grow, which `main.ts` forbids during the start. */
export const endStart = (): void => setFlagsFromString('--semi-space-growth-factor=2');

/** The demo issuer of a configuration; its key lies beside the keyring. */
export function demoIssuerOf(config: Config, clock: Clock): Promise<DemoIssuer> {
  return openDemoIssuer({
    keyFile: keyFile(join(dirname(config.keyringFile), 'demo-key.json')),
    baseUrl: config.baseUrl,
    audience: config.audience,
    roleClaim: config.roleClaim,
    clock,
    newId: () => randomUUID(),
  });
}

const keyFile = (path: string): KeyFile => ({
  read: () => (existsSync(path) ? readFileSync(path, 'utf8') : undefined),
  create: (text) => {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    writeFileSync(path, text, { mode: 0o600, flag: 'wx' });
  },
});

/** The Express application of a server. */
export async function createEdge(parts: ServeParts): Promise<RunningEdge> {
  const { app, logger, clock } = parts;
  const { config } = app;
  const demo = config.mode === 'demo' ? await demoIssuerOf(config, clock) : undefined;
  const issuers = demo ? [demo.keys] : config.issuers.map((issuer) => createKeySet({ ...issuer, clock, logger }));
  const verifier = createVerifier({
    issuers,
    audience: config.audience,
    roleClaim: config.roleClaim,
    baseUrl: config.baseUrl,
    types: app.definitions.resourceTypes,
    digest: sha256,
    clock,
    logger,
  });
  const signIn = describeSignIn(parts, demo);
  const httpParts: HttpParts = {
    config,
    verifier: config.smartRequired ? { ...verifier, ...demandScopes(verifier) } : verifier,
    baseUrl: config.baseUrl,
    types: new Set(app.definitions.servedTypes),
    interactions: OFFERED,
    handle: app.handle,
    handleBundle: app.handleBundle,
    metadata: async () => withOAuthUris(app.metadata(), await signIn()),
    smartConfiguration: signIn,
    ready: async () => (await verifier.ready()) && (await app.store.ready()),
    roleLimit: app.roleLimit,
    audit: auditHooks({ app, logger, clock }),
    logger,
    clock,
    newRequestId: () => randomUUID(),
    ...(demo ? { demo: demoParts(demo, parts) } : {}),
  };
  return { http: createHttpApp(httpParts) };
}

type Verifier = ReturnType<typeof createVerifier>;

// SMART_REQUIRED: a token without a scope claim may do nothing; it is told so by the policy, as any scope refusal.
function demandScopes(verifier: Verifier): Pick<Verifier, 'known' | 'verify'> {
  const closed = <P extends { scopes?: unknown }>(principal: P) =>
    'scopes' in principal ? principal : { ...principal, scopes: [] };
  return {
    known: (token) => {
      const principal = verifier.known(token);
      return principal && closed(principal);
    },
    verify: async (token) => closed(await verifier.verify(token)),
  };
}

// Of several trusted issuers the first is where apps are sent to sign in: the document has room for one.
function describeSignIn({ app, logger, clock }: ServeParts, demo: DemoIssuer | undefined): () => Promise<JsonObject> {
  if (demo) {
    const own = { issuer: demo.issuer, provider: demo.configuration, capabilities: DEMO_CAPABILITIES };
    return async () => smartConfiguration(own);
  }
  const [first] = app.config.issuers;
  if (first === undefined) throw new ConfigurationError(['OIDC_ISSUER: must name the trusted issuer']);
  const provider = createProviderDocument({ issuer: first.issuer, clock, logger });
  return async () => smartConfiguration({ ...first, provider: await provider(), capabilities: [] });
}

function demoParts(issuer: DemoIssuer, { app, clock }: ServeParts): DemoParts {
  const { baseUrl } = app.config;
  return {
    configuration: issuer.configuration,
    jwks: issuer.jwks,
    signIn: createDemoSignIn({
      issuer,
      baseUrl,
      types: app.definitions.resourceTypes,
      roles: [...app.policy.roles.values()].map(demoRole),
      clock,
    }),
    people: createPeople(issuer.issuer, app.handle),
  };
}

const demoRole = (role: Role): DemoRole => ({
  name: role.file.role,
  why: role.file.why,
  ownRecord: [...role.views.values()].some((view) => view.spec.compartment),
  may: (type, permission) => mayEver(role, type, permission),
});

function auditHooks({ app, logger, clock }: ServeParts): HttpParts['audit'] {
  return {
    onUnauthenticated: (event) => {
      logger.info('token refused', { reason: event.reason, requestId: event.requestId });
      return app.audit(unauthenticatedFacts(event, clock()));
    },
    onThrottled: (event) => app.audit(throttledFacts(event, clock())),
    onRefused: (event) => app.audit(refusedFacts(event, clock())),
  };
}

const counted = (count: number | undefined): { count?: number } => (count === undefined ? {} : { count });

const unauthenticatedFacts = (event: Unauthenticated, recorded: number): AuditFacts => ({
  recorded,
  interaction: 'authentication',
  outcome: '4',
  status: event.status,
  agent: { roles: [], address: event.address, channel: 'http' },
  purposeOfUse: [],
  patients: [],
  requestId: event.requestId,
  ...counted(event.count),
});

const throttledFacts = (event: Throttled, recorded: number): AuditFacts => ({
  recorded,
  interaction: 'rate-limit',
  outcome: '4',
  status: event.status,
  agent: event.principal
    ? agentOf({ principal: event.principal, origin: { address: event.address, channel: 'http' } })
    : { roles: [], address: event.address, channel: 'http' },
  purposeOfUse: [],
  patients: [],
  requestId: event.requestId,
  ...counted(event.count),
});

const refusedFacts = (event: Refused, recorded: number): AuditFacts => ({
  recorded,
  interaction: event.interaction,
  outcome: event.status >= 500 ? '8' : '4',
  status: event.status,
  agent: agentOf(event),
  purposeOfUse: event.principal.purposeOfUse,
  ...(event.type === undefined
    ? {}
    : { resource: { type: event.type, ...(event.id === undefined ? {} : { id: event.id }) } }),
  patients: [],
  requestId: event.origin.requestId,
});
