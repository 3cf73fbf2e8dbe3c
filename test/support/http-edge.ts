/** A real server of the edge on a free port, with a trivial pipeline behind it. */
import { createHash } from 'node:crypto';
import type { TestContext } from 'node:test';
import { createDemoSignIn, type DemoRole } from '../../src/auth/demo/sign-in.ts';
import { type DemoIssuer, type DemoToken, openDemoIssuer } from '../../src/auth/demo-issuer.ts';
import { createVerifier } from '../../src/auth/verify-token.ts';
import type { Answer, FhirRequest, Interaction } from '../../src/core/request.ts';
import type { HttpParts, Refused, Throttled, Unauthenticated } from '../../src/http/http-parts.ts';
import { type Listener, openListener } from '../../src/http/listen.ts';
import { createHttpApp, type HttpApp } from '../../src/http/server.ts';
import { type LoggedLine, quietLogger } from './quiet-logger.ts';

export interface Edge {
  /** `http://127.0.0.1:PORT` */
  readonly origin: string;
  readonly base: string;
  readonly port: number;
  readonly listener: Listener;
  readonly http: HttpApp;
  readonly issuer: DemoIssuer;
  readonly requests: readonly FhirRequest[];
  readonly unauthenticated: readonly Unauthenticated[];
  readonly throttled: readonly Throttled[];
  readonly refused: readonly Refused[];
  readonly lines: readonly LoggedLine[];
  /** A signed token of a nurse, or of whom the argument says. */
  token(of?: Partial<DemoToken>): Promise<string>;
  advance(ms: number): void;
  /** Fetches below the FHIR base with a token of `alice`. */
  call(path: string, init?: RequestInit): Promise<Response>;
}

const INTERACTIONS: readonly Interaction[] = ['read', 'vread', 'create', 'update', 'delete', 'search-type'];

const outcome: Answer = {
  status: 200,
  headers: { ETag: 'W/"1"' },
  body: { kind: 'outcome', issues: [{ severity: 'information', code: 'informational', diagnostics: 'fine' }] },
};

/** What the server did, as it happens. */
function createRecord(): Pick<Edge, 'requests' | 'unauthenticated' | 'throttled' | 'refused'> &
  Pick<HttpParts, 'handle' | 'audit'> {
  const requests: FhirRequest[] = [];
  const unauthenticated: Unauthenticated[] = [];
  const throttled: Throttled[] = [];
  const refused: Refused[] = [];
  return {
    requests,
    unauthenticated,
    throttled,
    refused,
    handle: async (request) => {
      requests.push(request);
      return outcome;
    },
    audit: {
      onUnauthenticated: async (event) => void unauthenticated.push(event),
      onThrottled: async (event) => void throttled.push(event),
      onRefused: async (event) => void refused.push(event),
    },
  };
}

const ROLES: readonly DemoRole[] = [
  { name: 'nurse', why: 'Care', ownRecord: false, may: (_type, permission) => permission !== 'd' },
  {
    name: 'patient',
    why: 'Own record',
    ownRecord: true,
    may: (type, permission) => type !== 'Encounter' && 'rs'.includes(permission),
  },
];
const TYPES = new Set(['Patient', 'Observation']);

type Identity = Pick<HttpParts, 'clock' | 'logger' | 'newRequestId'> & { base: string };

async function createIdentity({ base, clock, logger, newRequestId: newId }: Identity) {
  const keyFile = { read: () => undefined, create: () => undefined };
  const issuer = await openDemoIssuer({ keyFile, baseUrl: base, audience: base, roleClaim: 'roles', clock, newId });
  const digest = (text: string): string => createHash('sha256').update(text).digest('base64url');
  const expected = { audience: base, roleClaim: 'roles', baseUrl: base, types: TYPES };
  return { issuer, verifier: createVerifier({ ...expected, issuers: [issuer.keys], digest, clock, logger }) };
}

/** Starts the edge and stops it with the test. `over` replaces parts. */
export async function startEdge(t: TestContext, over: Partial<HttpParts> = {}): Promise<Edge> {
  let now = 1_760_000_000_000;
  let ids = 0;
  const logger = quietLogger();
  const ports = { clock: () => now, logger, newRequestId: () => `id-${ids++}` };
  const record = createRecord();
  const listener = await openListener({ host: '127.0.0.1', port: 0, logger });
  const origin = `http://127.0.0.1:${listener.port}`;
  const base = `${origin}/fhir`;
  const { issuer, verifier } = await createIdentity({ ...ports, base });
  const http = createHttpApp({
    ...ports,
    ...record,
    config: { mode: 'oidc', corsOrigins: [], rateLimit: 0, trustProxy: undefined, logLevel: 'debug' },
    verifier,
    baseUrl: base,
    handleBundle: async () => ({ status: 200, headers: {}, body: { kind: 'empty' } }),
    types: TYPES,
    interactions: new Set(INTERACTIONS),
    metadata: async () => ({ resourceType: 'CapabilityStatement', status: 'active' }),
    smartConfiguration: async () => ({ capabilities: [] }),
    ready: async () => true,
    roleLimit: () => undefined,
    demo: {
      configuration: issuer.configuration,
      jwks: issuer.jwks,
      signIn: createDemoSignIn({ issuer, baseUrl: base, types: TYPES, roles: ROLES, clock: ports.clock }),
      people: async () => ({ patients: [{ id: 'p1', name: 'Ann <Lee>' }], practitioners: [] }),
    },
    ...over,
  });
  listener.serve(http.app, base);
  t.after(async () => {
    await http.close();
    await listener.stop(0);
  });
  const token = (of: Partial<DemoToken> = {}): Promise<string> =>
    issuer.sign({ sub: 'alice', roles: ['nurse'], ...of });
  const alice = await token();
  return {
    ...record,
    origin,
    base,
    port: listener.port,
    listener,
    http,
    issuer,
    lines: logger.lines,
    token,
    advance: (ms) => {
      now += ms;
    },
    call: (path, init = {}) =>
      fetch(`${base}${path}`, { ...init, headers: { authorization: `Bearer ${alice}`, ...init.headers } }),
  };
}

/** The issue codes of an answer that must be an OperationOutcome. */
export async function issueCodes(response: Response): Promise<readonly string[]> {
  const body: { resourceType: string; issue: { code: string }[] } = JSON.parse(await response.text());
  if (body.resourceType !== 'OperationOutcome') throw new TypeError('not an OperationOutcome');
  return body.issue.map((issue) => issue.code);
}
