/** Everything under `/fhir` that needs a token: route, read, hand to the pipeline, send. */
import type { Request, RequestHandler, Response } from 'express';
import { AuthError } from '../auth/auth-error.ts';
import { FhirError } from '../core/errors.ts';
import type { Principal } from '../core/principal.ts';
import { originOf } from './client-address.ts';
import type { EdgeAudit } from './edge-audit.ts';
import type { HttpParts } from './http-parts.ts';
import { type BodyReader, createBodyReader, RESOURCE_LIMIT } from './read-body.ts';
import { type ReadRequest, readRequest } from './read-request.ts';
import { createRouter, type RouteMatch } from './routes.ts';
import { sendAnswer } from './send-answer.ts';

/** The handler for authenticated requests. */
export function fhirEndpoint({ types, interactions, handle }: HttpParts, audit: EdgeAudit): RequestHandler {
  const router = createRouter(types, interactions);
  const bodies = createBodyReader(RESOURCE_LIMIT);
  return async (request, response) => {
    const { exchange } = request;
    const { principal } = exchange;
    if (principal === undefined) throw new AuthError('no-token'); // A missing principal is a refusal, never a pass.
    const match = router.match(request.method, pathOf(request.url));
    exchange.route = `${match.route.method} ${match.route.path}`;
    const { fhir, format } = await readAudited(request, response, match, { principal, bodies, audit });
    exchange.format = format;
    sendAnswer(response, await handle(fhir));
  };
}

function pathOf(url: string): string {
  const at = url.indexOf('?');
  return at < 0 ? url : url.slice(0, at);
}

interface Reading {
  readonly principal: Principal;
  readonly bodies: BodyReader;
  readonly audit: EdgeAudit;
}

// From here on it is known who wanted what, so a request that cannot be read is a refusal on record.
async function readAudited(
  request: Request,
  response: Response,
  match: RouteMatch,
  reading: Reading,
): Promise<ReadRequest> {
  try {
    return await readRequest(request, response, match, reading);
  } catch (error) {
    await reading.audit.refused({
      principal: reading.principal,
      origin: originOf(request),
      interaction: match.route.interaction,
      type: match.type,
      status: error instanceof FhirError ? error.status : 500,
      ...(match.id === undefined ? {} : { id: match.id }),
    });
    throw error;
  }
}
