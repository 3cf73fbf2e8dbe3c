/** Where a request came from, as `TRUST_PROXY` lets Express see it. */
import type { Request } from 'express';
import { ipKeyGenerator } from 'express-rate-limit';
import type { Origin } from '../core/request.ts';

/** IPv6 networks of this size count as one source (CONTRACT.md "addresses"). */
const IPV6_PREFIX = 56;

/** The client's address; an IPv4 address is written as one even on a dual-stack socket. */
export function clientAddress(request: Request): string {
  const address = request.ip ?? 'unknown';
  return address.startsWith('::ffff:') && address.includes('.') ? address.slice('::ffff:'.length) : address;
}

/** The source that limits count for: an IPv4 address, or an IPv6 /56. */
export const clientNetwork = (request: Request): string => ipKeyGenerator(clientAddress(request), IPV6_PREFIX);

/** What an audit record says about where a request came from. */
export const originOf = (request: Request): Origin => ({
  address: clientAddress(request),
  requestId: request.exchange.requestId,
  channel: 'http',
});
