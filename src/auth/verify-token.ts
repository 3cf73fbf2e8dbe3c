/** Turns an access token into a principal, or refuses it; good tokens are remembered for a minute. */
import { errors, jwtVerify } from 'jose';
import { BoundedMap } from '../core/bounded-map.ts';
import type { JsonObject } from '../core/json.ts';
import type { Clock, Logger } from '../core/ports.ts';
import type { Principal } from '../core/principal.ts';
import { AuthError, type AuthReason } from './auth-error.ts';
import { asObject, CLOCK_TOLERANCE, checkClaims, MAX_TOKEN_LENGTH, readHead, type TokenHead } from './check-token.ts';
import {
  authenticationMethods,
  fhirUser,
  patientInContext,
  purposesOfUse,
  roleNames,
  scopeText,
  textClaim,
} from './claims.ts';
import type { IssuerKeys } from './key-sets.ts';
import { parseScopes } from './smart-scopes.ts';
import type { VerificationKey } from './verification-key.ts';

export interface VerifierOptions {
  readonly issuers: readonly IssuerKeys[];
  readonly audience: string;
  readonly roleClaim: string;
  readonly baseUrl: string;
  /** The resource types that a scope may name. */
  readonly types: ReadonlySet<string>;
  /** SHA-256 of a text, as base64url. */
  readonly digest: (text: string) => string;
  readonly clock: Clock;
  readonly logger: Logger;
}

export interface Verifier {
  /** The principal of a token that was verified a moment ago; undefined says nothing about the token. */
  known(token: string): Principal | undefined;
  /** Verifies a token. Rejects with `AuthError` alone. */
  verify(token: string): Promise<Principal>;
  /** Whether each issuer's keys are known. */
  ready(): Promise<boolean>;
}

interface Remembered {
  readonly principal: Principal;
  readonly issuer: IssuerKeys;
  readonly key: VerificationKey;
  /** Milliseconds since 1970. */
  readonly until: number;
}

const REMEMBER_MS = 60_000;
const MAX_REMEMBERED = 10_000;

/** A verifier for the access tokens of these issuers (CONTRACT.md "Tokens"). */
export function createVerifier(options: VerifierOptions): Verifier {
  const issuers = new Map(options.issuers.map((keys) => [keys.issuer, keys]));
  const remembered = new BoundedMap<string, Remembered>(MAX_REMEMBERED);

  const known = (token: string): Principal | undefined => {
    if (token.length > MAX_TOKEN_LENGTH) return undefined;
    const digest = options.digest(token);
    const found = remembered.get(digest);
    if (found === undefined) return undefined;
    if (found.until > options.clock() && found.issuer.holds(found.key)) return found.principal;
    remembered.delete(digest);
    return undefined;
  };

  const verifyNew = async (token: string): Promise<Principal> => {
    if (token.length > MAX_TOKEN_LENGTH) throw new AuthError('too-long');
    const head = readHead(token);
    const issuer = issuers.get(head.issuer);
    if (issuer === undefined) throw new AuthError('issuer');
    const { claims, key } = await verifySignature(token, head, issuer, options.clock());
    const now = options.clock();
    checkClaims(claims, head, { audience: options.audience, now });
    const digest = options.digest(token);
    const principal = toPrincipal(claims, head, digest, options);
    remembered.set(digest, { principal, issuer, key, until: Math.min(now + REMEMBER_MS, principal.expires) });
    return principal;
  };

  return {
    known,
    verify: async (token) => known(token) ?? (await verifyNew(token)),
    ready: async () => (await Promise.all(options.issuers.map((keys) => keys.ready()))).every(Boolean),
  };
}

interface Verified {
  readonly claims: JsonObject;
  readonly key: VerificationKey;
}

async function verifySignature(token: string, head: TokenHead, issuer: IssuerKeys, now: number): Promise<Verified> {
  const keys = await issuer.find({ algorithm: head.algorithm, ...(head.kid === undefined ? {} : { kid: head.kid }) });
  let failure = new AuthError('key');
  for (const key of keys) {
    try {
      const { payload } = await jwtVerify(token, await key.for(head.algorithm), {
        algorithms: [head.algorithm],
        issuer: head.issuer,
        requiredClaims: ['iss', 'aud', 'exp', 'sub'],
        clockTolerance: CLOCK_TOLERANCE,
        currentDate: new Date(now),
      });
      return { claims: asObject(payload), key };
    } catch (cause) {
      failure = new AuthError(reasonOf(cause), { cause });
      if (failure.reason !== 'signature') break; // Signed by this key, and refused for what it says.
    }
  }
  throw failure;
}

function reasonOf(error: unknown): AuthReason {
  if (error instanceof AuthError) return error.reason;
  if (error instanceof errors.JWSSignatureVerificationFailed) return 'signature';
  if (error instanceof errors.JWTExpired) return 'expired';
  if (error instanceof errors.JWTClaimValidationFailed) return error.claim === 'nbf' ? 'not-yet-valid' : 'claim';
  return error instanceof errors.JOSEError ? 'malformed' : 'key';
}

function toPrincipal(claims: JsonObject, head: TokenHead, digest: string, options: VerifierOptions): Principal {
  const sub = String(claims['sub']); // checkClaims: a text.
  const scope = scopeText(claims);
  return {
    issuer: head.issuer,
    sub,
    subject: `${head.issuer}|${sub}`,
    roles: roleNames(claims, options.roleClaim),
    amr: authenticationMethods(claims),
    tokenId: textClaim(claims, 'jti') ?? digest.slice(0, 22),
    purposeOfUse: purposesOfUse(claims),
    expires: Number(claims['exp']) * 1000,
    ...(scope === undefined ? {} : { scopes: parseScopes(scope, options.types) }),
    ...optional('clientId', textClaim(claims, 'client_id') ?? textClaim(claims, 'azp')),
    ...optional('patient', patientInContext(claims)),
    ...optional('fhirUser', fhirUser(claims, options.baseUrl)),
    ...optional('name', textClaim(claims, 'name')),
    ...optional('acr', textClaim(claims, 'acr')),
  };
}

type Optional = 'clientId' | 'patient' | 'fhirUser' | 'name' | 'acr';

const optional = (name: Optional, value: string | undefined): Partial<Pick<Principal, Optional>> =>
  value === undefined ? {} : { [name]: value };
