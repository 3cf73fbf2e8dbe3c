/** Demo mode answers its own machine alone: behind a proxy it would hand out tokens to the world. */
import type { IncomingHttpHeaders } from 'node:http';
import type { RequestHandler } from 'express';
import { forbidden } from '../core/errors.ts';
import { isLoopbackHost } from '../core/loopback.ts';

const PROXY_HEADERS = new Set(['forwarded', 'via', 'x-real-ip', 'true-client-ip', 'cf-connecting-ip']);

/** Refuses requests that came through a proxy, or by a name that is not loopback (DNS rebinding). */
export const refuseForwarded: RequestHandler = (request, _response, next) => {
  if (isForwarded(request.headers)) {
    next(forbidden('Demo mode refuses requests that were forwarded. Set OIDC_ISSUER to run behind a proxy.'));
  } else if (!isLoopbackHost(hostName(request.headers.host ?? ''))) {
    next(forbidden('Demo mode answers to loopback host names alone, such as 127.0.0.1 or localhost.'));
  } else next();
};

function isForwarded(headers: IncomingHttpHeaders): boolean {
  for (const name in headers) {
    if (name.startsWith('x-forwarded-') || PROXY_HEADERS.has(name)) return true;
  }
  return false;
}

const hostName = (host: string): string => host.replace(/:\d{0,5}$/, '');
