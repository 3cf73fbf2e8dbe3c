/** Finds out who asks: a Bearer token in the Authorization header, and nowhere else (RFC 6750 2.1). */
import type { Request, RequestHandler } from 'express';
import { AuthError } from '../auth/auth-error.ts';
import type { Verifier } from '../auth/verify-token.ts';
import type { Principal } from '../core/principal.ts';
import { clientAddress, clientNetwork } from './client-address.ts';
import type { EdgeAudit } from './edge-audit.ts';
import type { RateLimits } from './rate-limits.ts';

// RFC 6750 2.1, RFC 9110 11.1: the scheme's case does not matter.
const BEARER = /^bearer +([A-Za-z0-9._~+/=-]+) *$/i;
const ANY_BEARER = /^bearer(?: |$)/i;

/** The middlewares that let a request through with its principal, or refuse it with 401, 429 or 503. */
export function authenticate(verifier: Verifier, limits: RateLimits, audit: EdgeAudit): readonly RequestHandler[] {
  const recognise: RequestHandler = (request, _response, next) => {
    const token = bearerToken(request);
    request.exchange.principal = token === undefined ? undefined : verifier.known(token);
    next();
  };

  const verify: RequestHandler = async (request, _response, next) => {
    if (request.exchange.principal === undefined) {
      request.exchange.principal = await principalOf(request, verifier, audit);
      limits.forgive(request);
    }
    next();
  };

  return [recognise, ...limits.attempts, verify];
}

async function principalOf(request: Request, verifier: Verifier, audit: EdgeAudit): Promise<Principal> {
  try {
    const token = bearerToken(request);
    if (token === undefined) throw new AuthError(isBearer(request) ? 'malformed' : 'no-token');
    return await verifier.verify(token);
  } catch (error) {
    if (error instanceof AuthError) await report(request, error, audit);
    throw error;
  }
}

const report = (request: Request, { reason }: AuthError, audit: EdgeAudit): Promise<void> =>
  audit.unauthenticated(clientNetwork(request), {
    address: clientAddress(request),
    requestId: request.exchange.requestId,
    status: 401,
    reason,
  });

const bearerToken = (request: Request): string | undefined => BEARER.exec(request.headers.authorization ?? '')?.[1];

const isBearer = (request: Request): boolean => ANY_BEARER.test(request.headers.authorization ?? '');
