/** The first middleware: a request id, the headers that every answer carries, one log line at its end. */
import type { RequestHandler, Response } from 'express';
import { DEFAULT_FORMAT, type Exchange } from './exchange.ts';
import { helmetHeaders } from './helmet-headers.ts';
import type { HttpParts } from './http-parts.ts';

// R4 http.html#custom: a client may name its request; only what cannot disturb a log or a header is taken over.
const REQUEST_ID = /^[A-Za-z0-9._-]{1,64}$/;

/** Starts the exchange of each request. */
export function beginExchange({ clock, newRequestId, logger, config }: HttpParts): RequestHandler {
  const logged = config.logLevel === 'debug' || config.logLevel === 'silly';
  let headers: readonly (readonly [string, string])[] | undefined;

  return (request, response, next) => {
    const named = request.get('x-request-id');
    const requestId = named !== undefined && REQUEST_ID.test(named) ? named : newRequestId();
    const exchange: Exchange = {
      requestId,
      started: clock(),
      route: '',
      principal: undefined,
      format: DEFAULT_FORMAT,
    };
    request.exchange = exchange;
    headers ??= helmetHeaders(request);
    for (const [name, value] of headers) response.setHeader(name, value);
    response.setHeader('X-Request-Id', requestId);
    if (logged) {
      response.once('close', () => logger.debug('request', lineOf(request.method, exchange, response, clock())));
    }
    next();
  };
}

const lineOf = (method: string, exchange: Exchange, response: Response, now: number): Record<string, unknown> => ({
  method,
  route: exchange.route,
  status: response.statusCode,
  ms: now - exchange.started,
  requestId: exchange.requestId,
});
