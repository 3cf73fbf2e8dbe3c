/** Finds an issuer's key set: OpenID Connect Discovery, or RFC 8414 where a provider has only that. */
import { FetchError, fetchJson } from './fetch-json.ts';

/** The `jwks_uri` of an issuer whose own document names exactly this issuer. Throws `FetchError`. */
export async function discoverKeySetUrl(issuer: string): Promise<string> {
  const documents = [openidUrl(issuer), oauthUrl(issuer)];
  let failure: unknown;
  for (const url of documents) {
    try {
      return keySetUrl(await fetchJson(url), issuer);
    } catch (error) {
      failure ??= error;
    }
  }
  throw failure;
}

// OpenID Connect Discovery 4: appended, one trailing slash aside.
const openidUrl = (issuer: string): string => `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`;

// RFC 8414 3.1: inserted between host and path.
function oauthUrl(issuer: string): string {
  const { origin, pathname } = new URL(issuer);
  return `${origin}/.well-known/oauth-authorization-server${pathname.replace(/\/$/, '')}`;
}

function keySetUrl(document: unknown, issuer: string): string {
  // OpenID Connect Discovery 4.3, RFC 8414 3.3: the very same text, else one issuer could pose as another.
  const matches =
    typeof document === 'object' && document !== null && 'issuer' in document && document.issuer === issuer;
  if (!matches || !('jwks_uri' in document) || typeof document.jwks_uri !== 'string') throw new FetchError('json');
  return document.jwks_uri;
}
