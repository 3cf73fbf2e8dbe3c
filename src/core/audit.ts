/** What the pipeline says of one interaction; `audit/` seals, chains and renders it. */
import type { Interaction } from './request.ts';

/** R4 audit-event-outcome: success, minor failure (refused, not found), serious failure, major failure. */
export type AuditOutcome = '0' | '4' | '8' | '12';

export interface AuditAgent {
  /** Issuer and `sub` together; absent when no token could be verified. */
  readonly subject?: string;
  readonly sub?: string;
  /** `iss`, the system in which `sub` is a name. */
  readonly issuer?: string;
  readonly clientId?: string;
  /** `Practitioner/7`. */
  readonly fhirUser?: string;
  readonly name?: string;
  readonly roles: readonly string[];
  /** `jti` or a digest of the token. */
  readonly tokenId?: string;
  readonly address: string;
  readonly channel: 'http' | 'cli';
}

export interface AuditFacts {
  /** Milliseconds since 1970. */
  readonly recorded: number;
  /**
   * `authentication`: a token that was missing or refused. `rate-limit`: 429. `unrouted`: a known caller asked for a
   * path or method that there is not. `command`: of the command line. `batch`, `transaction`: a Bundle that was refused
   * as a whole, or an entry of it that cannot be read; what its entries do is recorded as they are.
   */
  readonly interaction:
    | Interaction
    | 'metadata'
    | 'authentication'
    | 'rate-limit'
    | 'unrouted'
    | 'command'
    | 'batch'
    | 'transaction';
  readonly outcome: AuditOutcome;
  readonly status: number;
  readonly agent: AuditAgent;
  readonly purposeOfUse: readonly string[];
  /** What was asked for or written; for a search its type alone. A version where one was read or written. */
  readonly resource?: { readonly type: string; readonly id?: string; readonly version?: number };
  /** Ids of the patients whose data were given or written, each once. */
  readonly patients: readonly string[];
  /** Query string as the caller sent it (sealed; shown to those who may see it). */
  readonly query?: string;
  /** How many like events this record stands for; absent for one. */
  readonly count?: number;
  /** SHA-256 over the sealed bytes that a write stored, base64url. */
  readonly written?: string;
  readonly requestId: string;
}
