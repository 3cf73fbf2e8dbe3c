/** Everything under `/fhir` that needs a token: route, read, hand to the pipeline, send. */
import type { Request, RequestHandler } from 'express';
import { AuthError } from '../auth/auth-error.ts';
import { FhirError } from '../core/errors.ts';
import { originOf } from './client-address.ts';
import type { EdgeAudit } from './edge-audit.ts';
import type { HttpParts, Refused } from './http-parts.ts';
import type { RateLimits } from './rate-limits.ts';
import { BUNDLE_LIMIT, createBodyReader, RESOURCE_LIMIT } from './read-body.ts';
import { readBundle } from './read-bundle.ts';
import { readRequest } from './read-request.ts';
import { createRouter, type RouteMatch } from './routes.ts';
import { sendAnswer } from './send-answer.ts';

/** The handler for authenticated requests. */
export function fhirEndpoint(parts: HttpParts, audit: EdgeAudit, limits: RateLimits): RequestHandler {
  const router = createRouter(parts.types, parts.interactions);
  const bodies = createBodyReader(RESOURCE_LIMIT);
  const bundles = createBodyReader(BUNDLE_LIMIT);
  return async (request, response) => {
    const { exchange } = request;
    const { principal } = exchange;
    if (principal === undefined) throw new AuthError('no-token'); // A missing principal is a refusal, never a pass.
    const refused = (error: unknown, event: Pick<Refused, 'interaction' | 'type' | 'id'>): Promise<never> =>
      refuse(audit, { principal, origin: originOf(request), status: statusOf(error), ...event }, error);
    if (isBundle(request)) {
      exchange.route = 'POST /';
      const bundle = await attempt(
        async () => {
          const read = await readBundle(request, response, {
            principal,
            bodies: bundles,
            router,
            baseUrl: parts.baseUrl,
          });
          await limits.countEntries(request, read.entries.length);
          return read;
        },
        // What is over the rate has a record of its own.
        (error) => (statusOf(error) === 429 ? Promise.reject(error) : refused(error, { interaction: 'transaction' })),
      );
      sendAnswer(response, await parts.handleBundle(bundle));
      return;
    }
    const match = await attempt(
      () => router.match(request.method, pathOf(request.url)),
      (error) => refused(error, { interaction: 'unrouted' }),
    );
    exchange.route = `${match.route.method} ${match.route.path}`;
    const { fhir, format } = await attempt(
      () => readRequest(request, response, match, { principal, bodies }),
      (error) => refused(error, asked(match)),
    );
    exchange.format = format;
    sendAnswer(response, await parts.handle(fhir));
  };
}

const isBundle = (request: Request): boolean => request.method === 'POST' && pathOf(request.url) === '/';

function pathOf(url: string): string {
  const at = url.indexOf('?');
  return at < 0 ? url : url.slice(0, at);
}

// It is known who asks, so a request that leads nowhere or cannot be read is a refusal on record.
async function attempt<T>(run: () => T | Promise<T>, onError: (error: unknown) => Promise<never>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    return onError(error);
  }
}

async function refuse(audit: EdgeAudit, event: Refused, error: unknown): Promise<never> {
  await audit.refused(event);
  throw error;
}

const statusOf = (error: unknown): number => (error instanceof FhirError ? error.status : 500);

const asked = ({ route, type, id }: RouteMatch): Pick<Refused, 'interaction' | 'type' | 'id'> => ({
  interaction: route.interaction,
  type,
  ...(id === undefined ? {} : { id }),
});
