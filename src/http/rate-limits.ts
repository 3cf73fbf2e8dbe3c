/** The limits of CONTRACT.md "RATE_LIMIT", by express-rate-limit. */
import type { Request, RequestHandler } from 'express';
import { rateLimit } from 'express-rate-limit';
import { FhirError } from '../core/errors.ts';
import { clientAddress, clientNetwork } from './client-address.ts';
import type { EdgeAudit } from './edge-audit.ts';
import type { HttpParts } from './http-parts.ts';
import { WINDOW_MS, WindowStore } from './window-store.ts';

export interface RateLimits {
  /** Requests of a verified subject. */
  readonly subject: readonly RequestHandler[];
  /** Attempts to authenticate, per address; each counts until `forgive` takes it back. */
  readonly attempts: readonly RequestHandler[];
  /** Takes back the attempt that the request counted, since its token was good. */
  forgive(request: Request): void;
  /** Counts the entries of a Bundle beyond its first, each as a request; throws 429 where they are too many. */
  countEntries(request: Request, entries: number): Promise<void>;
  /** Endpoints that need no token, per address. */
  readonly open: readonly RequestHandler[];
}

interface Limit {
  readonly store: WindowStore;
  readonly key: (request: Request) => string;
  readonly limit: (request: Request) => number;
  readonly skip: (request: Request) => boolean;
}

const NO_LIMITS: RateLimits = {
  subject: [],
  attempts: [],
  open: [],
  forgive: () => undefined,
  countEntries: async () => undefined,
};

/** The three limits; none when `RATE_LIMIT=0`. */
export function createRateLimits(parts: HttpParts, audit: EdgeAudit): RateLimits {
  const { rateLimit: perMinute } = parts.config;
  if (perMinute === 0) return NO_LIMITS;
  const attempts = new WindowStore(parts.clock);
  const share = (part: number): number => Math.max(1, Math.floor(perMinute * part));
  const subject: Limit = {
    store: new WindowStore(parts.clock),
    key: subjectOf,
    limit: ({ exchange }) => {
      const more = exchange.principal === undefined ? undefined : parts.roleLimit(exchange.principal);
      return Math.max(perMinute, more ?? 0);
    },
    skip: () => false,
  };
  const limiter = (limit: Limit): RequestHandler => createLimiter(limit, audit);
  return {
    subject: [limiter(subject)],
    countEntries: (request, entries) => countEntries(request, entries, subject, audit),
    attempts: [
      limiter({
        store: attempts,
        key: clientNetwork,
        limit: () => share(0.1),
        // Never in the way of a token that is already known good.
        skip: ({ exchange }) => exchange.principal !== undefined,
      }),
    ],
    forgive: (request) => attempts.decrement(clientNetwork(request)),
    open: [
      limiter({
        store: new WindowStore(parts.clock),
        key: clientNetwork,
        limit: () => share(0.5),
        skip: () => false,
      }),
    ],
  };
}

const subjectOf = ({ exchange }: Request): string => exchange.principal?.subject ?? '';

function createLimiter({ store, key, limit, skip }: Limit, audit: EdgeAudit): RequestHandler {
  return rateLimit({
    windowMs: WINDOW_MS,
    store,
    keyGenerator: key,
    limit,
    skip,
    // Only a 429 carries RateLimit headers: elsewhere they would make equal answers differ.
    standardHeaders: false,
    legacyHeaders: false,
    validate: false,
    handler: (request, _response, next) => {
      const source = key(request);
      const error = overRate(limit(request), store.secondsLeft(source));
      report(request, source, audit).then(() => next(error), next);
    },
  });
}

async function countEntries(request: Request, entries: number, limit: Limit, audit: EdgeAudit): Promise<void> {
  const source = limit.key(request);
  const most = limit.limit(request);
  for (let entry = 1; entry < entries; entry++) {
    if (limit.store.increment(source).totalHits <= most) continue;
    await report(request, source, audit);
    throw overRate(most, limit.store.secondsLeft(source));
  }
}

function report(request: Request, source: string, audit: EdgeAudit): Promise<void> {
  const { principal, requestId } = request.exchange;
  return audit.throttled(source, {
    address: clientAddress(request),
    requestId,
    status: 429,
    ...(principal === undefined ? {} : { principal }),
  });
}

// draft-ietf-httpapi-ratelimit-headers, in the forms of drafts 6 and 7 that clients read today.
const overRate = (limit: number, seconds: number): FhirError =>
  new FhirError(
    429,
    [{ severity: 'error', code: 'throttled', diagnostics: `Too many requests. Try again in ${seconds} s.` }],
    {
      headers: {
        'Retry-After': String(seconds),
        RateLimit: `limit=${limit}, remaining=0, reset=${seconds}`,
        'RateLimit-Policy': `${limit};w=${WINDOW_MS / 1000}`,
        'RateLimit-Limit': String(limit),
        'RateLimit-Remaining': '0',
        'RateLimit-Reset': String(seconds),
      },
    },
  );
