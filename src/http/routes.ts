/** The FHIR endpoints as a table (R4 http.html), and how a path finds its row. */
import { FhirError } from '../core/errors.ts';
import type { Interaction } from '../core/request.ts';
import { decodePercent } from './read-parameters.ts';

type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

export interface Route {
  readonly method: Method;
  /** Below `/fhir`. */
  readonly path: string;
  readonly interaction: Interaction;
  readonly body: 'none' | 'resource' | 'patch' | 'form';
}

/** One row an endpoint; HEAD is answered as GET. */
export const ROUTES: readonly Route[] = [
  { method: 'GET', path: '/:type/:id', interaction: 'read', body: 'none' },
  { method: 'GET', path: '/:type', interaction: 'search-type', body: 'none' },
  { method: 'POST', path: '/:type/_search', interaction: 'search-type', body: 'form' },
  { method: 'POST', path: '/:type', interaction: 'create', body: 'resource' },
  { method: 'PUT', path: '/:type/:id', interaction: 'update', body: 'resource' },
  { method: 'PATCH', path: '/:type/:id', interaction: 'patch', body: 'patch' },
  { method: 'DELETE', path: '/:type/:id', interaction: 'delete', body: 'none' },
  { method: 'PUT', path: '/:type', interaction: 'update', body: 'resource' },
  { method: 'PATCH', path: '/:type', interaction: 'patch', body: 'patch' },
  { method: 'DELETE', path: '/:type', interaction: 'delete', body: 'none' },
  { method: 'GET', path: '/:type/:id/_history/:versionId', interaction: 'vread', body: 'none' },
  { method: 'GET', path: '/:type/:id/_history', interaction: 'history-instance', body: 'none' },
  { method: 'GET', path: '/:type/_history', interaction: 'history-type', body: 'none' },
];

export interface RouteMatch {
  readonly route: Route;
  readonly type: string;
  readonly id?: string;
  readonly versionId?: string;
}

export interface Router {
  /** Finds the row of a request. Throws 404 for an unknown path or type, 405 for another method, 400 for bad escapes. */
  match(method: string, path: string): RouteMatch;
}

interface CompiledRoute {
  readonly route: Route;
  readonly pieces: readonly string[];
}

/** The routes of the interactions that the registry offers. */
export function createRouter(types: ReadonlySet<string>, interactions: ReadonlySet<Interaction>): Router {
  const offered = ROUTES.filter((route) => interactions.has(route.interaction));
  const compiled = offered.map((route): CompiledRoute => ({ route, pieces: route.path.slice(1).split('/') }));
  return {
    match: (method, path) => {
      const segments = segmentsOf(path);
      const [type = ''] = segments;
      const fitting = types.has(type) ? compiled.filter(({ pieces }) => fits(pieces, segments)) : [];
      if (fitting.length === 0) throw unknownPath();
      const wanted = method === 'HEAD' ? 'GET' : method;
      const found = fitting.find(({ route }) => route.method === wanted);
      if (!found) throw methodNotAllowed(fitting.map(({ route }) => route.method));
      return { route: found.route, type, ...namesIn(found.pieces, segments) };
    },
  };
}

/** 404 for a path that leads nowhere. */
export const unknownPath = (): FhirError =>
  new FhirError(404, [
    { severity: 'error', code: 'not-found', diagnostics: 'No such endpoint. Check the path and the resource type.' },
  ]);

/** 405 with the methods that would do (RFC 9110 15.5.6). */
export function methodNotAllowed(methods: readonly string[]): FhirError {
  const allow = [...new Set(methods.flatMap((method) => (method === 'GET' ? ['GET', 'HEAD'] : [method])))];
  const diagnostics = `This endpoint takes ${allow.join(', ')}.`;
  return new FhirError(405, [{ severity: 'error', code: 'not-supported', diagnostics }], {
    headers: { Allow: allow.join(', ') },
  });
}

// One trailing slash is what some clients send for a search.
function segmentsOf(path: string): readonly string[] {
  const segments = path.slice(1).split('/', 8);
  return (segments.at(-1) === '' ? segments.slice(0, -1) : segments).map(decodePercent);
}

const fits = (pieces: readonly string[], segments: readonly string[]): boolean =>
  pieces.length === segments.length && pieces.every((piece, at) => fitsPiece(piece, segments[at] ?? ''));

// No id begins with `_` or `$` (R4 datatypes.html#id), so keywords and operations never pass for one.
const fitsPiece = (piece: string, segment: string): boolean =>
  piece.startsWith(':') ? segment !== '' && !/^[_$]/.test(segment) : piece === segment;

function namesIn(pieces: readonly string[], segments: readonly string[]): { id?: string; versionId?: string } {
  const named = (name: string): string | undefined => segments[pieces.indexOf(name)];
  const id = named(':id');
  const versionId = named(':versionId');
  return { ...(id === undefined ? {} : { id }), ...(versionId === undefined ? {} : { versionId }) };
}
