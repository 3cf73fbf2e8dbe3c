/** What the edge is given: it decides nothing about data, it reads requests and sends answers. */
import type { AuthReason } from '../auth/auth-error.ts';
import type { People } from '../auth/demo/people.ts';
import type { DemoSignIn } from '../auth/demo/sign-in.ts';
import type { Verifier } from '../auth/verify-token.ts';
import type { JsonObject, ResourceJson } from '../core/json.ts';
import type { Clock, Logger } from '../core/ports.ts';
import type { Principal } from '../core/principal.ts';
import type { Answer, BundleRequest, FhirRequest, Interaction, Origin } from '../core/request.ts';

/** The part of the configuration that the edge reads. */
export interface HttpSettings {
  readonly mode: 'demo' | 'oidc';
  readonly corsOrigins: readonly string[];
  /** Requests a minute; 0 turns all limits off. */
  readonly rateLimit: number;
  readonly trustProxy: number | readonly string[] | undefined;
  /** At `debug` and below each request is logged. */
  readonly logLevel: string;
}

/** A request whose token was missing or refused. */
export interface Unauthenticated {
  readonly address: string;
  readonly requestId: string;
  readonly status: 401;
  readonly reason: AuthReason;
  /** How many like events this stands for; absent for one. */
  readonly count?: number;
}

/** A request over its rate. */
export interface Throttled {
  readonly address: string;
  readonly requestId: string;
  readonly status: 429;
  /** Absent where the limit is one of the address. */
  readonly principal?: Principal;
  readonly count?: number;
}

/** A request of a known caller that the edge refused before the pipeline saw it, such as malformed JSON. */
export interface Refused {
  readonly principal: Principal;
  readonly origin: Origin;
  /** `unrouted`: no such path or method, so that no type is known either. */
  readonly interaction: Interaction | 'unrouted' | 'batch' | 'transaction';
  readonly type?: string;
  readonly id?: string;
  readonly status: number;
}

/** Each writes one audit record and resolves once it is durable; a rejection becomes 503. */
export interface AuditHooks {
  onUnauthenticated(event: Unauthenticated): Promise<void>;
  onThrottled(event: Throttled): Promise<void>;
  onRefused(event: Refused): Promise<void>;
}

/** The demo issuer: its public documents and its sign-in. */
export interface DemoParts {
  readonly configuration: JsonObject;
  readonly jwks: JsonObject;
  readonly signIn: DemoSignIn;
  /** Whom the sign-in page offers. */
  people(origin: Origin): Promise<People>;
}

export interface HttpParts {
  readonly config: HttpSettings;
  readonly verifier: Verifier;
  /** Entries of a Bundle may be named under it. */
  readonly baseUrl: string;
  /** Resource types that are served. */
  readonly types: ReadonlySet<string>;
  /** Interactions that the registry offers; the others' routes do not exist. */
  readonly interactions: ReadonlySet<Interaction>;
  handle(request: FhirRequest): Promise<Answer>;
  /** A batch or a transaction. */
  handleBundle(request: BundleRequest): Promise<Answer>;
  metadata(): Promise<ResourceJson>;
  smartConfiguration(): Promise<JsonObject>;
  ready(): Promise<boolean>;
  /** Requests a minute that the caller's roles allow, where a profile says so. */
  roleLimit(principal: Principal): number | undefined;
  readonly audit: AuditHooks;
  readonly logger: Logger;
  readonly clock: Clock;
  newRequestId(): string;
  /** In demo mode alone. */
  readonly demo?: DemoParts;
}
