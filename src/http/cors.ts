/** Cross-origin rules for browser apps (Fetch standard, CONTRACT.md "CORS_ORIGINS"). */
import type { RequestHandler, Response } from 'express';

const METHODS = 'GET, HEAD, POST, PUT, PATCH, DELETE';
const REQUEST_HEADERS =
  'Authorization, Content-Type, Accept, Prefer, If-Match, If-None-Match, If-None-Exist, If-Modified-Since, DPoP, X-Request-Id';
const EXPOSED_HEADERS = 'ETag, Location, Content-Location, Last-Modified, WWW-Authenticate, Retry-After';
const PREFLIGHT_SECONDS = '600';

/** Lets pages of these origins call; `*` stands for any. A preflight is answered here, without a token. */
export function allowOrigins(origins: readonly string[]): RequestHandler {
  const any = origins.includes('*');
  const allowed = new Set(origins);
  return (request, response, next) => {
    const { origin } = request.headers;
    if (!any) response.appendHeader('Vary', 'Origin');
    if (origin === undefined) return next();
    if (any || allowed.has(origin)) allow(response, any ? '*' : origin);
    if (request.method !== 'OPTIONS' || request.headers['access-control-request-method'] === undefined) return next();
    request.exchange.route = 'OPTIONS (preflight)';
    response.writeHead(204).end();
  };
}

function allow(response: Response, origin: string): void {
  response.setHeader('Access-Control-Allow-Origin', origin);
  response.setHeader('Access-Control-Expose-Headers', EXPOSED_HEADERS);
  if (response.req.method !== 'OPTIONS') return;
  response.setHeader('Access-Control-Allow-Methods', METHODS);
  response.setHeader('Access-Control-Allow-Headers', REQUEST_HEADERS);
  response.setHeader('Access-Control-Max-Age', PREFLIGHT_SECONDS);
}
