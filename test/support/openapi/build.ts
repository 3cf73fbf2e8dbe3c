/** `openapi.yaml` from what the server itself has: the table of routes, the served types, their search parameters. */
import type { Definitions } from '../../../src/definitions/types.ts';
import { ROUTES, type Route } from '../../../src/http/routes.ts';
import type { SearchRegistry } from '../../../src/search/parameters.ts';

export interface OpenApiParts {
  readonly definitions: Definitions;
  readonly registry: SearchRegistry;
  readonly version: string;
  /** Names of AuditEvent's own search parameters. */
  readonly auditParameters: readonly { readonly code: string; readonly type: string }[];
  /** Real answers, by name. */
  readonly examples: Readonly<Record<string, unknown>>;
}

type Json = Readonly<Record<string, unknown>>;

const FHIR = 'application/fhir+json';
const ref = (kind: string, name: string): Json => ({ $ref: `#/components/${kind}/${name}` });
const resourceContent = (examples: Json = {}): Json => ({
  [FHIR]: { schema: ref('schemas', 'Resource'), ...(Object.keys(examples).length > 0 ? { examples } : {}) },
});

const TITLES: Readonly<Record<string, string>> = {
  read: 'Read the current version',
  vread: 'Read one version',
  create: 'Create',
  update: 'Update, or create under an id where that is allowed',
  patch: 'Patch what the caller sees (JSON Patch or FHIRPath Patch)',
  delete: 'Delete',
  'history-instance': 'Versions of one resource',
  'history-type': 'Versions of all resources of the type',
  'search-type': 'Search',
};

/** The whole description. */
export function buildOpenApi(parts: OpenApiParts): Json {
  const paths: Record<string, Record<string, unknown>> = {};
  for (const [path, item] of openPaths()) paths[path] = item;
  paths['/fhir'] = { post: BUNDLE };
  for (const type of parts.definitions.servedTypes) {
    for (const route of ROUTES) {
      if (!isServed(route, type)) continue;
      const path = `/fhir${pathFor(route, type)}`;
      paths[path] = { ...paths[path], [route.method.toLowerCase()]: operation(parts, route, type) };
    }
  }
  for (const route of ROUTES.filter(({ path }) => !path.startsWith('/:type'))) {
    const path = `/fhir${pathFor(route, '')}`;
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: operation(parts, route, '') };
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Veil',
      version: parts.version,
      summary: 'A FHIR R4 server that shows each reader only what that reader needs.',
      description:
        'Each answer is what the roles and SMART scopes of the token let its caller see. GET is answered for HEAD too. Errors are OperationOutcomes and never hold a stored value.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: '/' }],
    security: [{ bearer: [] }],
    paths,
    components: components(parts),
  };
}

// A batch or transaction is no interaction of one type: `http/read-bundle.ts` reads it, not the table of routes.
const BUNDLE: Json = {
  operationId: 'post-bundle',
  tags: ['System'],
  summary: 'Batch or transaction: a Bundle of requests, each decided, masked and audited as if it came alone',
  requestBody: { required: true, description: 'Bundle of type batch or transaction', content: resourceContent() },
  responses: {
    200: { description: 'Bundle of type batch-response or transaction-response', content: resourceContent() },
    ...Object.fromEntries(
      [400, 403, 409, 412, 413, 422, 429, 503].map((status) => [status, ref('responses', 'Refused')]),
    ),
    401: ref('responses', 'Unauthenticated'),
  },
};

/** AuditEvents are read and searched alone. */
const isServed = ({ path, interaction }: Route, type: string): boolean =>
  path.startsWith('/:type') && (type !== 'AuditEvent' || ['read', 'search-type'].includes(interaction));

/** The path as OpenAPI writes it, below `/fhir`. */
export const pathFor = ({ path }: Pick<Route, 'path'>, type: string): string =>
  path
    .replace(':type', type)
    .replaceAll(/:([A-Za-z]+)/g, '{$1}')
    .replace(/\/$/, '');

function operation(parts: OpenApiParts, route: Route, type: string): Json {
  const { interaction, body } = route;
  const onCriteria = !route.path.includes(':id') && ['update', 'patch', 'delete'].includes(interaction);
  const names = [...route.path.matchAll(/:([A-Za-z]+)/g)]
    .map(([, name = '']) => name)
    .filter((name) => name !== 'type');
  const isSearch = interaction === 'search-type' && type !== '';
  return {
    operationId: [
      route.method.toLowerCase(),
      interaction,
      type,
      body === 'form' ? 'form' : '',
      onCriteria ? 'criteria' : '',
    ]
      .filter((part) => part !== '')
      .join('-'),
    tags: [type === '' ? 'System' : type],
    summary: `${TITLES[interaction] ?? interaction}${onCriteria ? ', by criteria' : ''}`,
    parameters: [
      ...names.map((name) => ref('parameters', name)),
      ...(isSearch && body !== 'form' ? searchParameters(parts, type) : []),
      ...(isSearch
        ? ['_count', '_total', '_summary', '_elements', '_sort'].map((name) => ref('parameters', name))
        : []),
      ...(interaction.startsWith('history') ? ['_count', '_since', '_at'].map((name) => ref('parameters', name)) : []),
      ...(['update', 'patch', 'delete'].includes(interaction) ? [ref('parameters', 'If-Match')] : []),
      ...(interaction === 'create' ? [ref('parameters', 'If-None-Exist')] : []),
      ...(['read', 'vread'].includes(interaction)
        ? ['If-None-Match', 'If-Modified-Since'].map((name) => ref('parameters', name))
        : []),
    ],
    ...requestBody(route, type),
    responses: responses(parts, route, type),
  };
}

function searchParameters({ registry, auditParameters }: OpenApiParts, type: string): readonly Json[] {
  const own =
    type === 'AuditEvent'
      ? auditParameters.map(({ code, type: kind }) => [code, kind, ''] as const)
      : registry.supported(type).map(({ code, kind, definition }) => [code, kind, definition.url] as const);
  return own.map(([name, kind, url]) => ({
    name,
    in: 'query',
    description: `${kind === 'id' ? 'token' : kind}${url === '' ? '' : `, ${url}`}`,
    schema: { type: 'string' },
  }));
}

function requestBody({ body }: Route, type: string): Json {
  switch (body) {
    case 'none':
      return {};
    case 'form':
      return {
        requestBody: {
          content: { 'application/x-www-form-urlencoded': { schema: { type: 'object', additionalProperties: true } } },
        },
      };
    case 'patch':
      return {
        requestBody: {
          required: true,
          content: {
            'application/json-patch+json': { schema: ref('schemas', 'JsonPatch') },
            [FHIR]: { schema: ref('schemas', 'Resource') },
          },
        },
      };
    default:
      return { requestBody: { required: true, description: type, content: resourceContent() } };
  }
}

const SUCCESS: Readonly<Record<string, readonly [status: string, description: string]>> = {
  create: ['201', 'Created; Location and ETag name the version'],
  delete: ['204', 'Deleted, or nothing to delete'],
};

function responses({ examples }: OpenApiParts, { interaction, method }: Route, type: string): Json {
  const [status, description] = SUCCESS[interaction] ?? ['200', 'What the caller may see'];
  const example = examples[`${method} ${interaction} ${type}`];
  const content =
    interaction === 'delete'
      ? {}
      : { content: resourceContent(example === undefined ? {} : { answer: { value: example } }) };
  return {
    [status]: { description, ...content },
    ...(interaction === 'update'
      ? { 201: { description: 'Created under the id of the URL', content: resourceContent() } }
      : {}),
    ...(['read', 'vread'].includes(interaction) ? { 304: { description: 'Not modified' } } : {}),
    400: ref('responses', 'Refused'),
    401: ref('responses', 'Unauthenticated'),
    403: ref('responses', 'Refused'),
    ...(interaction === 'search-type' || interaction === 'create' ? {} : { 404: ref('responses', 'NotFound') }),
    ...(['create', 'update', 'patch', 'delete'].includes(interaction)
      ? { 409: ref('responses', 'Refused'), 412: ref('responses', 'Refused'), 422: ref('responses', 'Refused') }
      : {}),
    429: ref('responses', 'Refused'),
    503: ref('responses', 'Refused'),
  };
}

const OPEN: readonly (readonly [path: string, method: string, summary: string, type: string])[] = [
  ['/fhir/metadata', 'get', 'CapabilityStatement', FHIR],
  ['/fhir/.well-known/smart-configuration', 'get', 'SMART App Launch discovery', 'application/json'],
  ['/health/live', 'get', 'The process runs', 'application/json'],
  ['/health/ready', 'get', 'Requests can be answered (503 while they cannot)', 'application/json'],
  ['/openapi.yaml', 'get', 'This description', 'application/yaml'],
  ['/docs', 'get', 'This description as a page', 'text/html'],
  ['/demo/.well-known/openid-configuration', 'get', 'Demo mode alone: OpenID discovery', 'application/json'],
  ['/demo/jwks', 'get', 'Demo mode alone: keys', 'application/json'],
  ['/demo/authorize', 'get', 'Demo mode alone: the sign-in page (authorization code with PKCE)', 'text/html'],
  ['/demo/authorize', 'post', 'Demo mode alone: a choice of role and patient', 'text/html'],
  ['/demo/token', 'post', 'Demo mode alone: a code for a token', 'application/json'],
];

/** Paths that need no token. */
export const OPEN_PATHS: readonly string[] = [...new Set(OPEN.map(([path]) => path))];

function openPaths(): readonly (readonly [string, Record<string, unknown>])[] {
  return OPEN_PATHS.map((path) => {
    const rows = OPEN.filter(([own]) => own === path);
    const item = rows.map(([, method, summary, type]) => [
      method,
      {
        operationId: `${method}-${path.split('/').filter(Boolean).join('-')}`,
        tags: ['Open'],
        summary,
        security: [],
        responses: { 200: { description: summary, content: { [type]: {} } } },
      },
    ]);
    return [path, Object.fromEntries(item)] as const;
  });
}

const header = (name: string, description: string): Json => ({
  name,
  in: 'header',
  description,
  schema: { type: 'string' },
});
const query = (name: string, description: string): Json => ({
  name,
  in: 'query',
  description,
  schema: { type: 'string' },
});
const path = (name: string, description: string): Json => ({
  name,
  in: 'path',
  required: true,
  description,
  schema: { type: 'string', pattern: '^[A-Za-z0-9.-]{1,64}$' },
});

function components({ examples }: OpenApiParts): Json {
  const outcome = (name: string): Json => resourceContent({ answer: { value: examples[name] } });
  return {
    securitySchemes: { bearer: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT (RFC 9068)' } },
    parameters: {
      id: path('id', 'Logical id; a pseudonym for the role researcher'),
      versionId: path('versionId', 'Version'),
      compartmentType: path('compartmentType', 'A resource type, or * for all'),
      _count: query('_count', 'Entries a page: 20 unless given, 500 at most; 0 is _summary=count'),
      _total: query('_total', 'none, estimate or accurate'),
      _summary: query('_summary', 'true, text, data, count or false'),
      _elements: query('_elements', 'Elements to show, comma-separated'),
      _sort: query('_sort', 'Parameters to order by, - for descending'),
      _since: query('_since', 'Versions at or after this instant'),
      _at: query('_at', 'Versions that were current then'),
      'If-Match': header('If-Match', 'ETag of the version that the write is meant for'),
      'If-None-Match': header('If-None-Match', 'ETag that the caller has'),
      'If-Modified-Since': header('If-Modified-Since', 'Time of what the caller has'),
      'If-None-Exist': header('If-None-Exist', 'Criteria that nothing visible may match'),
    },
    responses: {
      Refused: { description: 'Refused, with what to do about it', content: outcome('refused') },
      NotFound: {
        description: 'Not there, or not for this caller: one answer for both',
        content: outcome('not found'),
      },
      Unauthenticated: {
        description: 'No token, or one that is not good',
        headers: { 'WWW-Authenticate': { schema: { type: 'string' } } },
        content: outcome('unauthenticated'),
      },
    },
    schemas: {
      Resource: {
        type: 'object',
        required: ['resourceType'],
        properties: { resourceType: { type: 'string' }, id: { type: 'string' }, meta: { type: 'object' } },
        additionalProperties: true,
        description: 'A FHIR R4 resource or Bundle (hl7.org/fhir/R4)',
      },
      JsonPatch: {
        type: 'array',
        maxItems: 1000,
        items: {
          type: 'object',
          required: ['op', 'path'],
          properties: {
            op: { enum: ['add', 'remove', 'replace', 'move', 'copy', 'test'] },
            path: { type: 'string' },
            from: { type: 'string' },
            value: {},
          },
        },
      },
    },
  };
}
