/** The issuer of demo mode: signs tokens with a key in a file and publishes the other half. */
import { createHash } from 'node:crypto';
import { calculateJwkThumbprint, exportJWK, generateKeyPair, importJWK, type JWK, SignJWT } from 'jose';
import type { JsonObject } from '../core/json.ts';
import type { Clock, NewId } from '../core/ports.ts';
import { SIGN_IN_SCOPES } from './demo/grant-scopes.ts';
import { createStaticKeySet, type IssuerKeys } from './key-sets.ts';
import { parseKeySet } from './verification-key.ts';

/** A text in a file that only its owner may read. */
export interface KeyFile {
  /** Undefined when there is no such file. */
  read(): string | undefined;
  /** Writes a new file of mode 0600; throws when it exists. */
  create(text: string): void;
}

export interface DemoIssuerOptions {
  readonly keyFile: KeyFile;
  readonly baseUrl: string;
  readonly audience: string;
  /** Name of the claim that roles go to; dots are part of a path, as the verifier reads it. */
  readonly roleClaim: string;
  readonly clock: Clock;
  readonly newId: NewId;
}

export interface DemoToken {
  readonly sub: string;
  readonly roles: readonly string[];
  readonly name?: string;
  readonly patient?: string;
  readonly fhirUser?: string;
  readonly scope?: string;
  readonly purposeOfUse?: readonly string[];
  /** `veil-demo` unless an app signed in. */
  readonly clientId?: string;
  /** Seconds; twelve hours unless given. */
  readonly lifetime?: number;
}

/** Who signed in to an app, told to that app (OpenID Connect Core 2). */
export interface DemoIdToken {
  readonly sub: string;
  readonly clientId: string;
  readonly accessToken: string;
  readonly lifetime: number;
  readonly name?: string;
  readonly fhirUser?: string;
  readonly nonce?: string;
}

export interface DemoIssuer {
  readonly issuer: string;
  /** For the verifier of this very server. */
  readonly keys: IssuerKeys;
  /** JWK Set, public half alone. */
  readonly jwks: JsonObject;
  /** OpenID Connect Discovery document. */
  readonly configuration: JsonObject;
  /** A signed access token (RFC 9068). */
  sign(token: DemoToken): Promise<string>;
  /** A signed ID token; it opens nothing here. */
  signIdToken(token: DemoIdToken): Promise<string>;
}

const ALG = 'ES256';
const LIFETIME = 12 * 3600;

/** Opens the demo issuer; makes its key when the file is missing. Throws when the file holds no such key. */
export async function openDemoIssuer(options: DemoIssuerOptions): Promise<DemoIssuer> {
  const jwk = parsePrivateKey(options.keyFile.read() ?? (await createKey(options.keyFile)));
  const kid = await calculateJwkThumbprint(jwk);
  const { kty, crv, x, y } = jwk;
  const jwks = { keys: [{ kty, crv, x, y, kid, alg: ALG, use: 'sig' }] };
  const issuer = `${new URL(options.baseUrl).origin}/demo`;
  const privateKey = await importJWK({ ...jwk }, ALG);
  return {
    issuer,
    jwks,
    configuration: configurationOf(issuer),
    keys: createStaticKeySet(issuer, parseKeySet(jwks) ?? []),
    sign: (token) =>
      new SignJWT(claimsOf(token, issuer, options))
        .setProtectedHeader({ alg: ALG, kid, typ: 'at+jwt' })
        .sign(privateKey),
    signIdToken: (token) =>
      new SignJWT(idClaimsOf(token, issuer, options.clock))
        .setProtectedHeader({ alg: ALG, kid, typ: 'JWT' })
        .sign(privateKey),
  };
}

interface PrivateKey {
  readonly kty: 'EC';
  readonly crv: 'P-256';
  readonly x: string;
  readonly y: string;
  readonly d: string;
}

async function createKey(file: KeyFile): Promise<string> {
  const { privateKey } = await generateKeyPair(ALG, { extractable: true });
  const text = `${JSON.stringify(await exportJWK(privateKey))}\n`;
  file.create(text);
  return text;
}

function parsePrivateKey(text: string): PrivateKey {
  const { kty, crv, x, y, d } = parseJwk(text);
  if (kty !== 'EC' || crv !== 'P-256' || x === undefined || y === undefined || d === undefined) {
    throw new TypeError('the demo key file holds no P-256 private key; delete it to have a new one made');
  }
  return { kty: 'EC', crv: 'P-256', x, y, d };
}

function parseJwk(text: string): JWK {
  try {
    return JSON.parse(text) ?? {};
  } catch {
    return {}; // JSON.parse quotes what it was given: nothing of a private key may be in an error.
  }
}

const configurationOf = (issuer: string): JsonObject => ({
  issuer,
  authorization_endpoint: `${issuer}/authorize`,
  token_endpoint: `${issuer}/token`,
  jwks_uri: `${issuer}/jwks`,
  response_types_supported: ['code'],
  response_modes_supported: ['query'],
  grant_types_supported: ['authorization_code'],
  code_challenge_methods_supported: ['S256'],
  token_endpoint_auth_methods_supported: ['none'],
  subject_types_supported: ['public'],
  id_token_signing_alg_values_supported: [ALG],
  scopes_supported: [...SIGN_IN_SCOPES, 'patient/*.cruds', 'user/*.cruds'],
  claims_supported: ['iss', 'sub', 'aud', 'exp', 'iat', 'nonce', 'at_hash', 'name', 'fhirUser'],
  authorization_response_iss_parameter_supported: true,
  request_parameter_supported: false,
  request_uri_parameter_supported: false,
});

// `at_hash` (OpenID Connect Core 3.1.3.6) also marks it as what it is, should an app call itself like this server.
function idClaimsOf(token: DemoIdToken, issuer: string, clock: Clock): Record<string, unknown> {
  const now = Math.floor(clock() / 1000);
  const hash = createHash('sha256').update(token.accessToken).digest();
  return {
    iss: issuer,
    aud: token.clientId,
    sub: token.sub,
    iat: now,
    exp: now + token.lifetime,
    at_hash: hash.subarray(0, hash.length / 2).toString('base64url'),
    ...(token.name === undefined ? {} : { name: token.name }),
    ...(token.fhirUser === undefined ? {} : { fhirUser: token.fhirUser }),
    ...(token.nonce === undefined ? {} : { nonce: token.nonce }),
  };
}

function claimsOf(token: DemoToken, issuer: string, options: DemoIssuerOptions): Record<string, unknown> {
  const now = Math.floor(options.clock() / 1000);
  return {
    iss: issuer,
    aud: options.audience,
    sub: token.sub,
    client_id: token.clientId ?? 'veil-demo',
    jti: options.newId(),
    iat: now,
    exp: now + (token.lifetime ?? LIFETIME),
    amr: ['pwd', 'mfa'],
    ...nested(options.roleClaim.split('.'), token.roles),
    ...(token.name === undefined ? {} : { name: token.name }),
    ...(token.patient === undefined ? {} : { patient: token.patient }),
    ...(token.fhirUser === undefined ? {} : { fhirUser: token.fhirUser }),
    ...(token.scope === undefined ? {} : { scope: token.scope }),
    ...(token.purposeOfUse === undefined ? {} : { purpose_of_use: token.purposeOfUse }),
  };
}

function nested(path: readonly string[], value: unknown): Record<string, unknown> {
  const [name = 'roles', ...rest] = path;
  return { [name]: rest.length === 0 ? value : nested(rest, value) };
}
