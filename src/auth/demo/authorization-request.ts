/** Reads an authorization request of demo mode (RFC 6749 4.1.1, RFC 7636, SMART App Launch 2.2 "Obtain authorization code"). */
import { isLoopbackHost } from '../../core/loopback.ts';
import { namesFhirScope } from './grant-scopes.ts';

/** Decoded parameters in their order. */
export type Parameters = readonly (readonly [name: string, value: string])[];

/** What an app asks for, once it is known that the answer may go back to it. */
export interface AuthorizationRequest {
  readonly clientId: string;
  readonly redirectUri: string;
  readonly scopes: readonly string[];
  /** PKCE `code_challenge`; its method is S256. */
  readonly challenge: string;
  readonly state?: string;
  readonly nonce?: string;
  /** The parameters that the sign-in page must carry along. */
  readonly parameters: Parameters;
}

/** `refused`: told to the person alone, for the redirect URI cannot be trusted. `error`: goes back to the app. */
export type ReadAuthorization =
  | { readonly kind: 'request'; readonly request: AuthorizationRequest }
  | { readonly kind: 'refused'; readonly reason: string }
  | { readonly kind: 'error'; readonly location: string };

export interface AuthorizationRules {
  readonly issuer: string;
  /** The FHIR base, which `aud` must name. */
  readonly baseUrl: string;
  readonly types: ReadonlySet<string>;
}

const CARRIED = [
  'response_type',
  'response_mode',
  'client_id',
  'redirect_uri',
  'scope',
  'state',
  'nonce',
  'aud',
  'code_challenge',
  'code_challenge_method',
] as const;
const MAX_VALUE = 2000;
const CHALLENGE = /^[A-Za-z0-9_-]{43}$/;

/** Reads and checks a request; an empty value counts as none (RFC 6749 3.1). */
export function readAuthorization(parameters: Parameters, rules: AuthorizationRules): ReadAuthorization {
  const given = new Map(parameters.filter(([, value]) => value !== ''));
  const clientId = given.get('client_id') ?? '';
  const redirectUri = given.get('redirect_uri') ?? '';
  if (count(parameters, 'client_id') !== 1 || clientId === '' || clientId.length > MAX_VALUE) {
    return { kind: 'refused', reason: 'The app must name itself once, in client_id.' };
  }
  if (count(parameters, 'redirect_uri') !== 1 || !isLoopbackUri(redirectUri)) {
    return {
      kind: 'refused',
      reason: 'The demo returns to apps on this machine alone: redirect_uri must be loopback.',
    };
  }
  const state = given.get('state');
  const fault = faultOf(parameters, given, rules);
  if (fault)
    return { kind: 'error', location: errorRedirect({ redirectUri, ...withState(state) }, rules.issuer, fault) };
  const nonce = given.get('nonce');
  return {
    kind: 'request',
    request: {
      clientId,
      redirectUri,
      scopes: scopesOf(given),
      challenge: given.get('code_challenge') ?? '',
      ...withState(state),
      ...(nonce === undefined ? {} : { nonce }),
      parameters: CARRIED.flatMap((name) => {
        const value = given.get(name);
        return value === undefined ? [] : [[name, value] as const];
      }),
    },
  };
}

const withState = (state: string | undefined): { state?: string } => (state === undefined ? {} : { state });

const count = (parameters: Parameters, name: string): number => parameters.filter(([given]) => given === name).length;

const scopesOf = (given: ReadonlyMap<string, string>): readonly string[] => [
  ...new Set((given.get('scope') ?? '').split(' ').filter((scope) => scope !== '')),
];

// RFC 8252 7.3: any port, http or https; a fragment or user in it is no redirect URI (RFC 6749 3.1.2).
function isLoopbackUri(text: string): boolean {
  if (text.length > MAX_VALUE || !URL.canParse(text)) return false;
  const { protocol, hostname, username, password } = new URL(text);
  if (protocol !== 'http:' && protocol !== 'https:') return false;
  return isLoopbackHost(hostname) && username === '' && password === '' && !text.includes('#');
}

export interface OAuthFault {
  readonly error: string;
  readonly description: string;
}

const invalid = (description: string): OAuthFault => ({ error: 'invalid_request', description });

function faultOf(
  parameters: Parameters,
  given: ReadonlyMap<string, string>,
  { baseUrl, types }: AuthorizationRules,
): OAuthFault | undefined {
  const repeated = CARRIED.find((name) => count(parameters, name) > 1);
  if (repeated) return invalid(`${repeated} is given more than once.`);
  if (CARRIED.some((name) => (given.get(name)?.length ?? 0) > MAX_VALUE)) return invalid('A parameter is too long.');
  if (given.has('request') || given.has('request_uri')) {
    return { error: 'request_not_supported', description: 'Request objects are not supported.' };
  }
  if (given.get('response_type') !== 'code') {
    return { error: 'unsupported_response_type', description: 'response_type must be code.' };
  }
  if ((given.get('response_mode') ?? 'query') !== 'query') return invalid('response_mode must be query.');
  if (given.get('code_challenge_method') !== 'S256' || !CHALLENGE.test(given.get('code_challenge') ?? '')) {
    return invalid('PKCE is needed: a code_challenge, and code_challenge_method S256.');
  }
  if (given.get('aud')?.replace(/\/$/, '') !== baseUrl.replace(/\/$/, '')) {
    return invalid(`aud must be the FHIR base, ${baseUrl}.`);
  }
  const scopes = scopesOf(given);
  if (!scopes.some((scope) => scope === 'openid' || namesFhirScope(scope, types))) {
    return { error: 'invalid_scope', description: 'Ask for openid or for a SMART scope such as patient/*.rs.' };
  }
  // OpenID Connect Core 3.1.2.6: there is no session, so a person is always needed.
  if (given.get('prompt') === 'none') return { error: 'login_required', description: 'A person must pick a role.' };
  return undefined;
}

/** Where an error goes (RFC 6749 4.1.2.1). */
export const errorRedirect = (
  request: Pick<AuthorizationRequest, 'redirectUri' | 'state'>,
  issuer: string,
  { error, description }: OAuthFault,
): string => redirectTo(request, issuer, { error, error_description: description });

/** The redirect URI with an answer, `state` and `iss` (RFC 9207) added to its query. */
export function redirectTo(
  { redirectUri, state }: Pick<AuthorizationRequest, 'redirectUri' | 'state'>,
  issuer: string,
  answer: Readonly<Record<string, string>>,
): string {
  const url = new URL(redirectUri);
  for (const [name, value] of Object.entries(answer)) url.searchParams.set(name, value);
  if (state !== undefined) url.searchParams.set('state', state);
  url.searchParams.set('iss', issuer);
  return url.href;
}
