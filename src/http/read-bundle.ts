/** Reads a Bundle that is sent to the base: each entry becomes the request that it stands for (R4 http.html#transaction). */
import type { Request, Response } from 'express';
import { badRequest, FhirError, malformed, unprocessable } from '../core/errors.ts';
import { isArray, isObject, type Json, type JsonObject, member } from '../core/json.ts';
import { parseJson } from '../core/parse-json.ts';
import type { Principal } from '../core/principal.ts';
import type { BundleRequest, Conditions, EntryRequest, FhirRequest, PatchDocument } from '../core/request.ts';
import { originOf } from './client-address.ts';
import type { BodyReader } from './read-body.ts';
import { readParameters } from './read-parameters.ts';
import { criteriaOf, formatOf, preferencesOf, queryOf } from './read-request.ts';
import type { RouteMatch, Router } from './routes.ts';

/** Entries of one Bundle; more are 413. */
export const MAX_ENTRIES = 1000;

interface Reading {
  readonly principal: Principal;
  readonly bodies: BodyReader;
  readonly router: Router;
  readonly baseUrl: string;
}

type Shared = Pick<FhirRequest, 'principal' | 'origin' | 'preferReturn' | 'strictHandling'>;

/** Reads the whole. Throws for what is no Bundle; an entry that cannot be read holds its refusal. */
export async function readBundle(request: Request, response: Response, reading: Reading): Promise<BundleRequest> {
  request.exchange.format = formatOf(request, readParameters(queryOf(request.url)));
  const bundle = await reading.bodies.resource(request, response);
  const kind = member(bundle, 'type');
  if (member(bundle, 'resourceType') !== 'Bundle' || (kind !== 'batch' && kind !== 'transaction')) {
    throw unprocessable([
      { severity: 'error', code: 'structure', diagnostics: 'The base takes a Bundle of type batch or transaction.' },
    ]);
  }
  const list = member(bundle, 'entry') ?? [];
  if (!isArray(list))
    throw unprocessable([{ severity: 'error', code: 'structure', diagnostics: 'entry must be a list.' }]);
  if (list.length > MAX_ENTRIES) {
    const diagnostics = `A Bundle may have ${MAX_ENTRIES} entries at most.`;
    throw new FhirError(413, [{ severity: 'error', code: 'too-long', diagnostics }]);
  }
  const { principal } = reading;
  const shared = { principal, origin: originOf(request), ...preferencesOf(request.get('prefer') ?? '') };
  return {
    kind,
    principal,
    origin: shared.origin,
    entries: list.map((entry, index) => readEntry(entry, index, { ...reading, shared })),
  };
}

function readEntry(entry: Json, index: number, reading: Reading & { readonly shared: Shared }): EntryRequest {
  const fullUrl = isObject(entry) ? member(entry, 'fullUrl') : undefined;
  const named = typeof fullUrl === 'string' ? { fullUrl } : {};
  try {
    return { index, ...named, request: requestOf(isObject(entry) ? entry : {}, reading) };
  } catch (error) {
    if (error instanceof FhirError) return { index, ...named, request: error };
    throw error;
  }
}

function requestOf(entry: JsonObject, { router, baseUrl, shared }: Reading & { readonly shared: Shared }): FhirRequest {
  const request = member(entry, 'request');
  if (!isObject(request)) throw badRequest('The entry has no request.');
  const method = text(request, 'method');
  const sent = text(request, 'url');
  if (method === undefined || sent === undefined) throw badRequest('The request of the entry needs method and url.');
  const url = sent.startsWith(`${baseUrl}/`) ? sent.slice(baseUrl.length + 1) : sent.replace(/^\//, '');
  const at = url.indexOf('?');
  const match = router.match(method, `/${at < 0 ? url : url.slice(0, at)}`);
  if (match.route.body === 'form') throw badRequest('In a Bundle a search is a GET.');
  const inUrl = readParameters(queryOf(url));
  const criteria = criteriaOf(match, inUrl, text(request, 'ifNoneExist'));
  const { route, type, id, versionId } = match;
  return {
    interaction: route.interaction,
    type,
    parameters: criteria === undefined ? inUrl.filter(([name]) => name !== '_format' && name !== '_pretty') : [],
    parametersInBody: false,
    conditions: conditionsOf(request),
    ...shared,
    ...(criteria === undefined ? {} : { criteria }),
    ...(id === undefined ? {} : { id }),
    ...(versionId === undefined ? {} : { versionId }),
    ...contentOf(entry, match),
  };
}

function text(object: JsonObject, name: string): string | undefined {
  const value = member(object, name);
  return typeof value === 'string' ? value : undefined;
}

function conditionsOf(request: JsonObject): Conditions {
  const [ifMatch, ifNoneMatch, since] = ['ifMatch', 'ifNoneMatch', 'ifModifiedSince'].map((name) =>
    text(request, name),
  );
  return {
    ...(ifMatch === undefined ? {} : { ifMatch }),
    ...(ifNoneMatch === undefined ? {} : { ifNoneMatch }),
    ...(since === undefined ? {} : { ifModifiedSince: since }),
  };
}

function contentOf(entry: JsonObject, { route }: RouteMatch): Pick<FhirRequest, 'body' | 'patch'> {
  if (route.body === 'none') return {};
  const resource = member(entry, 'resource');
  if (!isObject(resource)) throw badRequest('The entry needs a resource.');
  return route.body === 'patch' ? { patch: patchOf(resource) } : { body: resource };
}

// R4 http.html#patch: in a Bundle a patch is a Parameters resource, or a Binary with the patch in its data.
function patchOf(resource: JsonObject): PatchDocument {
  if (member(resource, 'resourceType') !== 'Binary') return { kind: 'fhirpath-patch', parameters: resource };
  const data = text(resource, 'data');
  if (text(resource, 'contentType') !== 'application/json-patch+json' || data === undefined) {
    throw new FhirError(415, [
      {
        severity: 'error',
        code: 'not-supported',
        diagnostics: 'A Binary holds a patch of type application/json-patch+json.',
      },
    ]);
  }
  const parsed = parseJson(Buffer.from(data, 'base64').toString('utf8'));
  if (!parsed.ok) throw malformed('The patch in the Binary is not valid JSON.');
  return { kind: 'json-patch', operations: parsed.value };
}
