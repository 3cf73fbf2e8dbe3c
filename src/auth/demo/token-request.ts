/** The token endpoint of demo mode: a code and its verifier for tokens (RFC 6749 4.1.3, RFC 7636 4.5). */
import type { JsonObject } from '../../core/json.ts';
import type { Parameters } from './authorization-request.ts';
import type { Codes, Grant } from './codes.ts';

export interface TokenAnswer {
  readonly status: 200 | 400;
  readonly body: JsonObject;
}

/** Seconds that a token of the sign-in is good for. */
const LIFETIME = 3600;
const NEEDED = ['grant_type', 'code', 'redirect_uri', 'client_id', 'code_verifier'] as const;

/** RFC 6749 5.2. */
export const tokenError = (error: string, description: string): TokenAnswer => ({
  status: 400,
  body: { error, error_description: description },
});

/** Answers a token request; `issue` makes the tokens of a grant. */
export async function exchangeCode(
  parameters: Parameters,
  codes: Codes,
  issue: (grant: Grant, lifetime: number) => Promise<JsonObject>,
): Promise<TokenAnswer> {
  const given = new Map(parameters.filter(([, value]) => value !== ''));
  const repeated = NEEDED.find((name) => parameters.filter(([other]) => other === name).length > 1);
  if (repeated) return tokenError('invalid_request', `${repeated} is given more than once.`);
  const grantType = given.get('grant_type');
  if (grantType !== undefined && grantType !== 'authorization_code') {
    return tokenError('unsupported_grant_type', 'grant_type must be authorization_code.');
  }
  const missing = NEEDED.find((name) => !given.has(name));
  if (missing) return tokenError('invalid_request', `${missing} is missing.`);
  const grant = codes.redeem({
    code: given.get('code') ?? '',
    clientId: given.get('client_id') ?? '',
    redirectUri: given.get('redirect_uri') ?? '',
    verifier: given.get('code_verifier') ?? '',
  });
  if (grant === undefined) {
    return tokenError('invalid_grant', 'The code is unknown, spent or too old, or belongs to another request.');
  }
  return { status: 200, body: await issue(grant, LIFETIME) };
}
