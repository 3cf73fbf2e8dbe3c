/** Authorization codes of demo mode: short-lived, single-use, bound to the request that they answer (RFC 6749 4.1.2). */
import { createHash, randomBytes } from 'node:crypto';
import { BoundedMap } from '../../core/bounded-map.ts';
import type { Clock } from '../../core/ports.ts';
import type { AuthorizationRequest } from './authorization-request.ts';

/** What a person chose for an app. */
export interface Grant {
  readonly request: AuthorizationRequest;
  readonly scopes: readonly string[];
  readonly role: string;
  readonly patient?: string;
  /** `Practitioner/7`. */
  readonly fhirUser?: string;
}

/** What an app shows for a code. */
export interface Redemption {
  readonly code: string;
  readonly clientId: string;
  readonly redirectUri: string;
  readonly verifier: string;
}

export interface Codes {
  issue(grant: Grant): string;
  /** The grant of a code; undefined for a code that is unknown, spent, late or another's. Spends it in any case. */
  redeem(redemption: Redemption): Grant | undefined;
}

const LIFE_MS = 60_000;
const MAX_CODES = 1000;
// RFC 7636 4.1.
const VERIFIER = /^[A-Za-z0-9._~-]{43,128}$/;

/** SHA-256 as base64url: PKCE's S256 (RFC 7636 4.6). */
export const s256 = (text: string): string => createHash('sha256').update(text).digest('base64url');

/** Codes in memory: a restart spends them all. */
export function createCodes(clock: Clock): Codes {
  const open = new BoundedMap<string, { readonly grant: Grant; readonly until: number }>(MAX_CODES);
  return {
    issue: (grant) => {
      const code = randomBytes(32).toString('base64url');
      open.set(code, { grant, until: clock() + LIFE_MS });
      return code;
    },
    redeem: ({ code, clientId, redirectUri, verifier }) => {
      const found = open.get(code);
      open.delete(code);
      if (found === undefined || found.until <= clock()) return undefined;
      const { request } = found.grant;
      const own = request.clientId === clientId && request.redirectUri === redirectUri;
      return own && VERIFIER.test(verifier) && s256(verifier) === request.challenge ? found.grant : undefined;
    },
  };
}
