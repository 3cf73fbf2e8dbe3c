/** Finds an issuer's own description: OpenID Connect Discovery, or RFC 8414 where a provider has only that. */
import { isObject, type JsonObject } from '../core/json.ts';
import type { Clock, Logger } from '../core/ports.ts';
import { FetchError, fetchJson } from './fetch-json.ts';

/** The document of an issuer that names exactly this issuer. Throws `FetchError`. */
export async function discover(issuer: string): Promise<JsonObject> {
  const documents = [openidUrl(issuer), oauthUrl(issuer)];
  let failure: unknown;
  for (const url of documents) {
    try {
      return ownDocument(await fetchJson(url), issuer);
    } catch (error) {
      failure ??= error;
    }
  }
  throw failure;
}

/** The `jwks_uri` of an issuer. Throws `FetchError`. */
export async function discoverKeySetUrl(issuer: string): Promise<string> {
  const url = (await discover(issuer))['jwks_uri'];
  if (typeof url !== 'string') throw new FetchError('json');
  return url;
}

const FRESH_MS = 3_600_000;
const RETRY_MS = 10_000;

/** An issuer's document, kept for an hour; undefined while it never was to be had. Never rejects. */
export function createProviderDocument(parts: {
  readonly issuer: string;
  readonly clock: Clock;
  readonly logger: Logger;
}): () => Promise<JsonObject | undefined> {
  let known: JsonObject | undefined;
  let due = Number.NEGATIVE_INFINITY;
  let pending: Promise<void> | undefined;
  const fetchAgain = async (): Promise<void> => {
    try {
      known = await discover(parts.issuer);
      due = parts.clock() + FRESH_MS;
    } catch (error) {
      due = parts.clock() + RETRY_MS;
      parts.logger.warn('discovery failed', { issuer: parts.issuer, error });
    }
  };
  return async () => {
    if (parts.clock() >= due) {
      pending ??= fetchAgain().finally(() => {
        pending = undefined;
      });
      await pending;
    }
    return known;
  };
}

// OpenID Connect Discovery 4: appended, one trailing slash aside.
const openidUrl = (issuer: string): string => `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`;

// RFC 8414 3.1: inserted between host and path.
function oauthUrl(issuer: string): string {
  const { origin, pathname } = new URL(issuer);
  return `${origin}/.well-known/oauth-authorization-server${pathname.replace(/\/$/, '')}`;
}

function ownDocument(document: unknown, issuer: string): JsonObject {
  // OpenID Connect Discovery 4.3, RFC 8414 3.3: the very same text, else one issuer could pose as another.
  const matches =
    typeof document === 'object' && document !== null && 'issuer' in document && document.issuer === issuer;
  if (!matches || !isObject(document as JsonObject)) throw new FetchError('json');
  return document as JsonObject; // fetchJson has it from JSON.parse.
}
