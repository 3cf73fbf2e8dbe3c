/** Turns an HTTP request into a `FhirRequest`: headers, parameters, body. */
import type { Request, Response } from 'express';
import { badRequest } from '../core/errors.ts';
import type { Principal } from '../core/principal.ts';
import type { Conditions, FhirRequest } from '../core/request.ts';
import { originOf } from './client-address.ts';
import type { ResponseFormat } from './exchange.ts';
import { negotiate } from './negotiate.ts';
import type { BodyReader } from './read-body.ts';
import { type Parameter, readParameters } from './read-parameters.ts';
import type { RouteMatch } from './routes.ts';

export interface ReadRequest {
  readonly fhir: FhirRequest;
  readonly format: ResponseFormat;
}

/** Reads the whole request. Throws the refusals of CONTRACT.md "Status codes". */
export async function readRequest(
  request: Request,
  response: Response,
  match: RouteMatch,
  { principal, bodies }: { principal: Principal; bodies: BodyReader },
): Promise<ReadRequest> {
  const inUrl = readParameters(queryOf(request.url));
  // What the answer would look like is settled before anything is done.
  request.exchange.format = formatOf(request, inUrl);
  const inBody = match.route.body === 'form' ? await bodies.form(request, response) : [];
  const body = match.route.body === 'resource' ? await bodies.resource(request, response) : undefined;
  const patch = match.route.body === 'patch' ? await bodies.patch(request, response) : undefined;
  const { type, id, versionId, route } = match;
  const parameters = [...inUrl, ...inBody];
  const criteria = criteriaOf(match, parameters, request.headers['if-none-exist']);
  const fhir: FhirRequest = {
    interaction: route.interaction,
    type,
    parameters: criteria === undefined ? parameters.filter(isNoFormat) : [],
    parametersInBody: route.body === 'form',
    conditions: conditionsOf(request),
    ...preferencesOf(request.get('prefer') ?? ''),
    principal,
    origin: originOf(request),
    ...(criteria === undefined ? {} : { criteria }),
    ...(id === undefined ? {} : { id }),
    ...(versionId === undefined ? {} : { versionId }),
    ...(body === undefined ? {} : { body }),
    ...(patch === undefined ? {} : { patch }),
  };
  return { fhir, format: inBody.length === 0 ? request.exchange.format : formatOf(request, parameters) };
}

const isNoFormat = ([name]: Parameter): boolean => name !== '_format' && name !== '_pretty';

/** The condition of a conditional create, or of a write whose URL has criteria in place of an id. */
export function criteriaOf(
  { id, route }: Pick<RouteMatch, 'id' | 'route'>,
  inUrl: readonly Parameter[],
  ifNoneExist: string | readonly string[] | undefined,
): readonly Parameter[] | undefined {
  if (route.interaction === 'create') return ifNoneExist === undefined ? undefined : readCondition(ifNoneExist);
  return id === undefined && WRITES.has(route.interaction) ? inUrl.filter(isNoFormat) : undefined;
}

const WRITES: ReadonlySet<string> = new Set(['update', 'patch', 'delete']);

// Some clients send what stands after the `?`, some the `?` too, some the whole search URL.
function readCondition(header: string | readonly string[]): readonly Parameter[] {
  if (typeof header !== 'string') throw badRequest('If-None-Exist may be sent once.');
  const at = header.indexOf('?');
  const isUrl = at >= 0 && !header.slice(0, at).includes('=');
  return readParameters(isUrl ? header.slice(at + 1) : header);
}

/** The text between `?` and the end. */
export function queryOf(url: string): string {
  const at = url.indexOf('?');
  return at < 0 ? '' : url.slice(at + 1);
}

/** The form in which a request wants its answer. Throws 406. */
export function formatOf(request: Request, parameters: readonly Parameter[]): ResponseFormat {
  const last = (name: string): string | undefined => parameters.findLast(([given]) => given === name)?.[1];
  return negotiate({ accept: request.headers.accept, format: last('_format'), pretty: last('_pretty') });
}

function conditionsOf({ headers }: Request): Conditions {
  const ifMatch = headers['if-match'];
  const ifNoneMatch = headers['if-none-match'];
  const ifModifiedSince = headers['if-modified-since'];
  return {
    ...(ifMatch === undefined ? {} : { ifMatch }),
    ...(ifNoneMatch === undefined ? {} : { ifNoneMatch }),
    ...(ifModifiedSince === undefined ? {} : { ifModifiedSince }),
  };
}

/** RFC 7240, with the values that R4 http.html#ops names. */
export function preferencesOf(prefer: string): Pick<FhirRequest, 'preferReturn' | 'strictHandling'> {
  const wishes = prefer.split(/[,;]/, 20).map((wish) => wish.replaceAll(/[\s"]/g, ''));
  const strictHandling = wishes.includes('handling=strict');
  if (wishes.includes('return=minimal')) return { preferReturn: 'minimal', strictHandling };
  if (wishes.includes('return=OperationOutcome')) return { preferReturn: 'OperationOutcome', strictHandling };
  return { preferReturn: 'representation', strictHandling };
}
