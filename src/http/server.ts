/** The Express application: every middleware in one list, in the order in which a request meets them. */
import express, { type Express, type RequestHandler } from 'express';
import { authenticate } from './authenticate.ts';
import { beginExchange } from './begin-exchange.ts';
import { allowOrigins } from './cors.ts';
import { authorizeEndpoint, tokenEndpoint } from './demo-endpoints.ts';
import { docsEndpoints } from './docs-endpoints.ts';
import { createEdgeAudit } from './edge-audit.ts';
import { createErrorHandler } from './error-handler.ts';
import { fhirEndpoint } from './fhir-endpoint.ts';
import type { DemoParts, HttpParts } from './http-parts.ts';
import { demoEndpoints, discoveryEndpoints, healthEndpoints, type OpenEndpoint, onlyGet } from './open-endpoints.ts';
import { createRateLimits } from './rate-limits.ts';
import { refuseForwarded } from './refuse-forwarded.ts';
import { unknownPath } from './routes.ts';

export interface HttpApp {
  readonly app: Express;
  /** Writes the audit counts that are still open. Call it before the audit log is closed. Never rejects. */
  close(): Promise<void>;
}

/** `at`: this very path. `below`: it and all below it. */
type Step = readonly [how: 'at' | 'below', path: string, ...handlers: RequestHandler[]];

/** Builds the application; it listens nowhere yet (`listen.ts`). */
export function createHttpApp(parts: HttpParts): HttpApp {
  const audit = createEdgeAudit(parts);
  const limits = createRateLimits(parts, audit);
  const anyOrigin = allowOrigins(['*']);
  const open = ([path, handler]: OpenEndpoint): Step => ['at', path, anyOrigin, ...limits.open, onlyGet, handler];

  const signInSteps = (demo: DemoParts): readonly Step[] => [
    ['at', '/demo/authorize', anyOrigin, ...limits.open, authorizeEndpoint(demo)],
    ['at', '/demo/token', anyOrigin, ...limits.open, tokenEndpoint(demo)],
  ];

  const steps: readonly Step[] = [
    ['below', '/', beginExchange(parts)],
    ['below', '/', ...(parts.config.mode === 'demo' ? [refuseForwarded] : [])],
    ...healthEndpoints(parts).map(([path, handler]): Step => ['at', path, onlyGet, handler]),
    ...discoveryEndpoints(parts).map(open),
    ...docsEndpoints.map(open),
    ...(parts.demo ? demoEndpoints(parts.demo) : []).map(open),
    ...(parts.demo ? signInSteps(parts.demo) : []),
    ['below', '/fhir', noStore, allowOrigins(parts.config.corsOrigins)],
    [
      'below',
      '/fhir',
      ...authenticate(parts.verifier, limits, audit),
      ...limits.subject,
      fhirEndpoint(parts, audit, limits),
    ],
    ['below', '/', ...limits.open, (_request, _response, next) => next(unknownPath())],
  ];

  const app = createExpress(parts);
  for (const [how, path, ...handlers] of steps) {
    if (handlers.length === 0) continue;
    if (how === 'at') app.all(path, ...handlers);
    else app.use(path, ...handlers);
  }
  app.use(createErrorHandler(parts.logger));
  return { app, close: () => audit.close() };
}

const noStore: RequestHandler = (_request, response, next) => {
  response.setHeader('Cache-Control', 'no-store');
  next();
};

function createExpress({ config }: HttpParts): Express {
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.set('query parser', false);
  // FHIR paths are case-sensitive (R4 http.html#general).
  app.enable('case sensitive routing');
  app.set('trust proxy', config.trustProxy ?? false);
  return app;
}
