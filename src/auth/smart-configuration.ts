/** `/.well-known/smart-configuration` out of an issuer's own description (SMART App Launch 2.2 "Conformance"). */
import { isArray, type Json, type JsonObject, member } from '../core/json.ts';

/** What the server itself does with scopes, whoever issues the token. */
const OWN_CAPABILITIES = ['permission-patient', 'permission-user', 'permission-v1', 'permission-v2'];
/** What the demo issuer's sign-in can do beside what its description says. */
export const DEMO_CAPABILITIES: readonly string[] = [
  'launch-standalone',
  'context-standalone-patient',
  'authorize-post',
];

/** A client authentication method of an issuer, and the capability that it is. */
const METHODS: readonly (readonly [method: string, capability: string])[] = [
  ['none', 'client-public'],
  ['client_secret_basic', 'client-confidential-symmetric'],
  ['client_secret_post', 'client-confidential-symmetric'],
  ['private_key_jwt', 'client-confidential-asymmetric'],
];

const COPIED = [
  'jwks_uri',
  'authorization_endpoint',
  'token_endpoint',
  'registration_endpoint',
  'introspection_endpoint',
  'revocation_endpoint',
  'grant_types_supported',
  'response_types_supported',
  'token_endpoint_auth_methods_supported',
  'token_endpoint_auth_signing_alg_values_supported',
  'scopes_supported',
];

export interface SmartParts {
  readonly issuer: string;
  /** Undefined while the issuer does not tell. */
  readonly provider: JsonObject | undefined;
  readonly jwksUri?: string;
  readonly capabilities: readonly string[];
}

/** The document; what the issuer does not tell is left out. */
export function smartConfiguration({ issuer, provider, jwksUri, capabilities }: SmartParts): JsonObject {
  const described = provider ?? {};
  const methods = texts(member(described, 'token_endpoint_auth_methods_supported'));
  const clients = METHODS.filter(([method]) => methods.includes(method)).map(([, capability]) => capability);
  const openid = texts(member(described, 'id_token_signing_alg_values_supported')).length > 0;
  const challenges = texts(member(described, 'code_challenge_methods_supported')).filter((name) => name !== 'plain');
  return {
    issuer,
    ...(jwksUri === undefined ? {} : { jwks_uri: jwksUri }),
    scopes_supported: ['openid', 'fhirUser', 'launch/patient', 'patient/*.cruds', 'user/*.cruds', 'system/*.cruds'],
    ...Object.fromEntries(COPIED.flatMap((name) => copied(described, name))),
    // SMART App Launch 2.2: S256 shall be there, and plain shall not.
    ...(challenges.length > 0 ? { code_challenge_methods_supported: challenges } : {}),
    capabilities: [
      ...new Set([...capabilities, ...clients, ...(openid ? ['sso-openid-connect'] : []), ...OWN_CAPABILITIES]),
    ],
  };
}

function copied(described: JsonObject, name: string): [string, Json][] {
  const value = member(described, name);
  if (typeof value === 'string') return [[name, value]];
  return isArray(value) ? [[name, texts(value)]] : [];
}

const texts = (value: Json | undefined): readonly string[] =>
  isArray(value) ? value.filter((item) => typeof item === 'string') : [];
