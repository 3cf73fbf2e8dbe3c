/** The demo issuer's sign-in over HTTP: the authorization endpoint with its page, and the token endpoint. */
import type { Request, RequestHandler, Response } from 'express';
import type { Parameters } from '../auth/demo/authorization-request.ts';
import { s256 } from '../auth/demo/codes.ts';
import type { People } from '../auth/demo/people.ts';
import type { AuthorizeOutcome, Choice } from '../auth/demo/sign-in.ts';
import { type TokenAnswer, tokenError } from '../auth/demo/token-request.ts';
import { FhirError } from '../core/errors.ts';
import { originOf } from './client-address.ts';
import type { DemoParts } from './http-parts.ts';
import { createBodyReader } from './read-body.ts';
import { readParameters } from './read-parameters.ts';
import { queryOf } from './read-request.ts';
import { methodNotAllowed } from './routes.ts';
import { sendJson } from './send-answer.ts';
import { refusalPage, STYLE, signInPage } from './sign-in-page.ts';

const FORM_LIMIT = 64 * 1024;
const NOBODY: People = { patients: [], practitioners: [] };

/** `/demo/authorize`: GET and POST show the page, a POST with a choice goes back to the app (RFC 6749 3.1). */
export function authorizeEndpoint({ signIn, people }: DemoParts): RequestHandler {
  const bodies = createBodyReader(FORM_LIMIT);

  const outcomeOf = async (request: Request, parameters: Parameters): Promise<AuthorizeOutcome> => {
    const sent = new Map(parameters);
    if (request.method !== 'POST' || !(sent.has('role') || sent.has('deny'))) return signIn.begin(parameters);
    if (!isOwnForm(request)) return { kind: 'refused', reason: 'A choice is taken from the sign-in page alone.' };
    if (sent.has('deny')) return signIn.deny(parameters);
    const [practitioner] = (await people(originOf(request))).practitioners;
    return signIn.decide(parameters, {
      ...choiceIn(sent),
      ...(practitioner ? { practitioner: `Practitioner/${practitioner.id}` } : {}),
    });
  };

  return async (request, response) => {
    request.exchange.route = `${request.method} /demo/authorize`;
    if (!['GET', 'HEAD', 'POST'].includes(request.method)) throw methodNotAllowed(['GET', 'POST']);
    response.setHeader('Cache-Control', 'no-store');
    const parameters = await parametersOf(request, response, bodies.form).catch(unreadable);
    if (typeof parameters === 'string') return sendPage(response, 400, refusalPage(parameters));
    const outcome = await outcomeOf(request, parameters);
    switch (outcome.kind) {
      case 'redirect':
        response.writeHead(303, { Location: outcome.location }).end();
        return;
      case 'refused':
        return sendPage(response, 400, refusalPage(outcome.reason));
      case 'page': {
        // A script of another page may fetch this address (CORS), and needs to know no one's name.
        const listed = isForeignScript(request) ? NOBODY : await people(originOf(request));
        const { role, patient } = choiceIn(new Map(parameters));
        const page = signInPage({ ...outcome, roles: signIn.roles, people: listed, role, patient });
        return sendPage(response, outcome.fault === undefined ? 200 : 400, page, outcome.request.redirectUri);
      }
      default:
        return outcome satisfies never;
    }
  };
}

const parametersOf = async (
  request: Request,
  response: Response,
  form: (request: Request, response: Response) => Promise<Parameters>,
): Promise<Parameters> => (request.method === 'POST' ? form(request, response) : readParameters(queryOf(request.url)));

function unreadable(error: unknown): string {
  if (error instanceof FhirError) return error.issues.map(({ diagnostics }) => diagnostics).join(' ');
  throw error;
}

const choiceIn = (sent: ReadonlyMap<string, string>): Choice => ({
  role: sent.get('role') ?? '',
  patient: (sent.get('patient_id') || sent.get('patient') || '').trim(),
});

// Browsers send Origin with every form that is posted; one of another page would be a forged choice.
const isOwnForm = ({ headers: { origin, host } }: Request): boolean =>
  origin === undefined || origin === `http://${host}` || origin === `https://${host}`;

// A script that may read the answer of another origin sends Origin, and can set neither of these headers itself.
const isForeignScript = ({ headers }: Request): boolean =>
  headers.origin !== undefined && headers['sec-fetch-mode'] !== 'navigate';

function sendPage(response: Response, status: number, html: string, redirectUri?: string): void {
  response.statusCode = status;
  const target = redirectUri === undefined ? '' : ` ${formTarget(redirectUri)}`;
  response.setHeader(
    'Content-Security-Policy',
    `default-src 'none'; style-src 'sha256-${hashSource(STYLE)}'; form-action 'self'${target}; frame-ancestors 'none'; base-uri 'none'`,
  );
  // With no-referrer a browser would send `Origin: null` with the form.
  response.setHeader('Referrer-Policy', 'same-origin');
  sendJson(response, html, 'text/html; charset=utf-8');
}

// Browsers hold the redirect after a form to form-action as well; CSP has no notation for IPv6 addresses.
function formTarget(redirectUri: string): string {
  const { hostname, origin, protocol } = new URL(redirectUri);
  return hostname.startsWith('[') ? protocol : origin;
}

const hashSource = (text: string): string => Buffer.from(s256(text), 'base64url').toString('base64');

/** `/demo/token`: POST alone (RFC 6749 3.2). */
export function tokenEndpoint({ signIn }: DemoParts): RequestHandler {
  const bodies = createBodyReader(FORM_LIMIT);
  return async (request, response) => {
    request.exchange.route = `${request.method} /demo/token`;
    if (request.method !== 'POST') throw methodNotAllowed(['POST']);
    const parameters = await bodies.form(request, response).catch(unreadable);
    const answer: TokenAnswer =
      typeof parameters === 'string' ? tokenError('invalid_request', parameters) : await signIn.exchange(parameters);
    response.statusCode = answer.status;
    response.setHeader('Cache-Control', 'no-store');
    response.setHeader('Pragma', 'no-cache');
    sendJson(response, JSON.stringify(answer.body), 'application/json; charset=utf-8');
  };
}
