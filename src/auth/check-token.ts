/** The rules of CONTRACT.md "Tokens" that jose does not know: kind of token, audience, issue time, sender. */
import { decodeJwt, decodeProtectedHeader } from 'jose';
import { isObject, type Json, type JsonObject, member } from '../core/json.ts';
import { AuthError } from './auth-error.ts';
import { type Algorithm, isAlgorithm } from './verification-key.ts';

/** Longer than any header that the server takes; checked before anything is decoded. */
export const MAX_TOKEN_LENGTH = 16 * 1024;
/** Seconds by which clocks may differ, on `nbf`, `iat` and `exp`. */
export const CLOCK_TOLERANCE = 30;

/** What is read from a token before its signature is checked. */
export interface TokenHead {
  readonly algorithm: Algorithm;
  readonly kid?: string;
  readonly typ?: string;
  readonly issuer: string;
}

/** Reads a token's header and issuer. Throws `AuthError`. */
export function readHead(token: string): TokenHead {
  const { header, claims } = decode(token);
  const { alg, kid, typ } = header;
  if (!isAlgorithm(alg)) throw new AuthError('algorithm');
  const issuer = member(claims, 'iss');
  if (typeof issuer !== 'string') throw new AuthError('issuer');
  return {
    algorithm: alg,
    issuer,
    ...(typeof kid === 'string' ? { kid } : {}),
    ...(typ === undefined ? {} : { typ: readType(typ) }),
  };
}

// RFC 9068 2.1; widespread providers send JWT or nothing. Media types compare without case.
function readType(typ: Json): string {
  const type = typeof typ === 'string' ? typ.toLowerCase() : '';
  if (type === 'jwt' || type === 'at+jwt' || type === 'application/at+jwt') return type;
  throw new AuthError('type');
}

function decode(token: string): { header: JsonObject; claims: JsonObject } {
  try {
    return { header: asObject(decodeProtectedHeader(token)), claims: asObject(decodeJwt(token)) };
  } catch (cause) {
    throw new AuthError('malformed', { cause });
  }
}

/** The claims of a verified token as JSON. Throws `AuthError`. */
export function asObject(value: unknown): JsonObject {
  if (isObject(value as Json)) return value as JsonObject; // jose has it from JSON.parse.
  throw new AuthError('malformed');
}

/** Checks the verified claims of a token. `now` in milliseconds. Throws `AuthError`. */
export function checkClaims(claims: JsonObject, head: TokenHead, expected: { audience: string; now: number }): void {
  const sub = member(claims, 'sub');
  if (typeof sub !== 'string' || sub === '' || sub.length > 255) throw new AuthError('claim');
  if (typeof member(claims, 'exp') !== 'number') throw new AuthError('claim');
  checkIssuedAt(member(claims, 'iat'), expected.now);
  if (!isMeantFor(member(claims, 'aud'), expected.audience)) throw new AuthError('audience');
  // RFC 7800: a token bound to a key is no bearer token, and here no proof of that key is checked.
  if (Object.hasOwn(claims, 'cnf')) throw new AuthError('sender-constraint');
  if (isIdToken(claims, head)) throw new AuthError('id-token');
}

function checkIssuedAt(iat: Json | undefined, now: number): void {
  if (iat === undefined) return;
  if (typeof iat !== 'number') throw new AuthError('claim');
  if (iat > now / 1000 + CLOCK_TOLERANCE) throw new AuthError('not-yet-valid');
}

function isMeantFor(aud: Json | undefined, audience: string): boolean {
  const wanted = audience.replace(/\/$/, '');
  const named = Array.isArray(aud) ? aud : [aud];
  return named.some((name) => typeof name === 'string' && name.replace(/\/$/, '') === wanted);
}

// OpenID Connect Core 2 and 3.3.2.11: claims that bind an ID token to a sign-in.
const SIGN_IN_CLAIMS = ['nonce', 'at_hash', 'c_hash', 's_hash'];
// Keycloak marks its tokens in the payload, Cognito in `token_use`; `events` is a logout token or a SET (RFC 8417).
const OTHER_KINDS = new Set(['id', 'refresh', 'offline', 'logout']);

// An ID token says who signed in to a client; it was never meant to open a server (RFC 9068 5). `typ: at+jwt` settles
// it; without that it is known by its claims, or by an audience that is its own client with nothing granted.
function isIdToken(claims: JsonObject, head: TokenHead): boolean {
  if (Object.hasOwn(claims, 'events')) return true;
  if (head.typ?.endsWith('at+jwt')) return false;
  if (SIGN_IN_CLAIMS.some((name) => Object.hasOwn(claims, name))) return true;
  if ([claims['typ'], claims['token_use']].some((kind) => OTHER_KINDS.has(String(kind).toLowerCase()))) return true;
  const client = member(claims, 'client_id') ?? member(claims, 'azp');
  const grants = Object.hasOwn(claims, 'scope') || Object.hasOwn(claims, 'scp');
  return typeof client === 'string' && !grants && isMeantFor(member(claims, 'aud'), client);
}
