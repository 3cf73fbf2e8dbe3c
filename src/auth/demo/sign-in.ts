/** The sign-in of demo mode: a person picks a role and a patient, an app gets a code, and for the code its tokens. */
import type { JsonObject } from '../../core/json.ts';
import type { Clock } from '../../core/ports.ts';
import { ID } from '../../core/reference.ts';
import type { DemoIssuer } from '../demo-issuer.ts';
import {
  type AuthorizationRequest,
  errorRedirect,
  type OAuthFault,
  type Parameters,
  readAuthorization,
  redirectTo,
} from './authorization-request.ts';
import { createCodes, type Grant } from './codes.ts';
import { grantScopes, type MayDo, needsPatient } from './grant-scopes.ts';
import { exchangeCode, type TokenAnswer } from './token-request.ts';

/** A role that the page offers. */
export interface DemoRole {
  readonly name: string;
  readonly why: string;
  /** Sees its own record alone, so that a patient must be picked. */
  readonly ownRecord: boolean;
  readonly may: MayDo;
}

/** What a person picked on the page. */
export interface Choice {
  readonly role: string;
  readonly patient: string;
  /** `Practitioner/7`: who members of staff sign in as. */
  readonly practitioner?: string;
}

/** `page`: show the sign-in page, with `fault` where a choice was not good. `refused`: tell the person. */
export type AuthorizeOutcome =
  | { readonly kind: 'page'; readonly request: AuthorizationRequest; readonly fault?: string }
  | { readonly kind: 'redirect'; readonly location: string }
  | { readonly kind: 'refused'; readonly reason: string };

export interface DemoSignIn {
  readonly roles: readonly DemoRole[];
  /** An app's request, before anything was picked. */
  begin(parameters: Parameters): AuthorizeOutcome;
  decide(parameters: Parameters, choice: Choice): AuthorizeOutcome;
  deny(parameters: Parameters): AuthorizeOutcome;
  /** The token endpoint. */
  exchange(parameters: Parameters): Promise<TokenAnswer>;
}

export interface DemoSignInOptions {
  readonly issuer: DemoIssuer;
  readonly baseUrl: string;
  readonly types: ReadonlySet<string>;
  readonly roles: readonly DemoRole[];
  readonly clock: Clock;
}

/** The sign-in over an issuer. */
export function createDemoSignIn({ issuer, baseUrl, types, roles, clock }: DemoSignInOptions): DemoSignIn {
  const codes = createCodes(clock);
  const rules = { issuer: issuer.issuer, baseUrl, types };

  const then = (
    parameters: Parameters,
    next: (request: AuthorizationRequest) => AuthorizeOutcome,
  ): AuthorizeOutcome => {
    const read = readAuthorization(parameters, rules);
    if (read.kind === 'request') return next(read.request);
    return read.kind === 'error' ? { kind: 'redirect', location: read.location } : read;
  };

  const answer = (request: AuthorizationRequest, choice: Choice): AuthorizeOutcome => {
    const granted = grantFor(request, choice, { roles, types });
    if (typeof granted === 'string') return { kind: 'page', request, fault: granted };
    return { kind: 'redirect', location: redirectTo(request, issuer.issuer, { code: codes.issue(granted) }) };
  };

  return {
    roles,
    begin: (parameters) => then(parameters, (request) => ({ kind: 'page', request })),
    decide: (parameters, choice) => then(parameters, (request) => answer(request, choice)),
    deny: (parameters) =>
      then(parameters, (request) => ({
        kind: 'redirect',
        location: errorRedirect(request, issuer.issuer, DENIED),
      })),
    exchange: (parameters) =>
      exchangeCode(parameters, codes, (grant, lifetime) => tokensFor(grant, lifetime, { issuer, baseUrl })),
  };
}

const DENIED: OAuthFault = { error: 'access_denied', description: 'The sign-in was cancelled.' };

// A text says what is wrong with the choice.
function grantFor(
  request: AuthorizationRequest,
  choice: Choice,
  { roles, types }: Pick<DemoSignInOptions, 'roles' | 'types'>,
): Grant | string {
  const role = roles.find(({ name }) => name === choice.role);
  if (role === undefined) return 'Choose a role.';
  if (choice.patient !== '' && !ID.test(choice.patient)) return 'This is no patient id.';
  const scopes = grantScopes(request.scopes, { types, may: role.may });
  if (choice.patient === '' && (role.ownRecord || needsPatient(scopes))) {
    return 'Choose a patient: the role or the app works on one.';
  }
  if (!scopes.some((scope) => scope === 'openid' || scope.includes('.'))) {
    return 'This role may do nothing of what the app asks for. Choose another one.';
  }
  const fhirUser = role.ownRecord ? `Patient/${choice.patient}` : choice.practitioner;
  return {
    request,
    scopes,
    role: role.name,
    ...(choice.patient === '' ? {} : { patient: choice.patient }),
    ...(fhirUser === undefined ? {} : { fhirUser }),
  };
}

async function tokensFor(
  { request, scopes, role, patient, fhirUser }: Grant,
  lifetime: number,
  { issuer, baseUrl }: { issuer: DemoIssuer; baseUrl: string },
): Promise<JsonObject> {
  const person = {
    sub: patient !== undefined && fhirUser === `Patient/${patient}` ? `demo-${role}-${patient}` : `demo-${role}`,
    name: `Demo ${role}`,
    clientId: request.clientId,
    lifetime,
    ...(fhirUser !== undefined && scopes.includes('fhirUser') ? { fhirUser: `${baseUrl}/${fhirUser}` } : {}),
  };
  const scope = scopes.join(' ');
  const inContext = patient === undefined ? {} : { patient };
  const token = await issuer.sign({ ...person, roles: [role], scope, ...inContext });
  const nonce = request.nonce === undefined ? {} : { nonce: request.nonce };
  return {
    access_token: token,
    token_type: 'Bearer',
    expires_in: lifetime,
    scope,
    ...inContext,
    ...(patient === undefined ? {} : { need_patient_banner: true }),
    ...(scopes.includes('openid')
      ? { id_token: await issuer.signIdToken({ ...person, accessToken: token, ...nonce }) }
      : {}),
  };
}
