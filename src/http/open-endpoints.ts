/** What is answered without a token: health, capabilities, discovery, the demo issuer's documents. */
import type { RequestHandler, Response } from 'express';
import type { JsonObject } from '../core/json.ts';
import type { DemoParts, HttpParts } from './http-parts.ts';
import { negotiate } from './negotiate.ts';
import { readParameters } from './read-parameters.ts';
import { queryOf } from './read-request.ts';
import { methodNotAllowed } from './routes.ts';
import { sendAnswer, sendJson } from './send-answer.ts';

/** A path and what GET and HEAD on it answer. */
export type OpenEndpoint = readonly [path: string, handler: RequestHandler];

/** Health: no limits, no token, nothing told but the state. */
export const healthEndpoints = ({ ready }: HttpParts): readonly OpenEndpoint[] => [
  ['/health/live', (_request, response) => sendState(response, 200, 'live')],
  [
    '/health/ready',
    async (_request, response) => {
      const isReady = await ready().catch(() => false);
      sendState(response, isReady ? 200 : 503, isReady ? 'ready' : 'not-ready');
    },
  ],
];

/** Capabilities and SMART discovery. */
export const discoveryEndpoints = ({ metadata, smartConfiguration }: HttpParts): readonly OpenEndpoint[] => [
  [
    '/fhir/metadata',
    async (request, response) => {
      const parameters = readParameters(queryOf(request.url));
      const last = (name: string): string | undefined => parameters.findLast(([given]) => given === name)?.[1];
      const { accept } = request.headers;
      request.exchange.format = negotiate({ accept, format: last('_format'), pretty: last('_pretty') });
      response.setHeader('Vary', 'Accept');
      const resource = await metadata();
      sendAnswer(response, { status: 200, headers: CACHED, body: { kind: 'capability', resource } });
    },
  ],
  [
    '/fhir/.well-known/smart-configuration',
    async (_request, response) => sendDocument(response, await smartConfiguration()),
  ],
];

/** The demo issuer's public documents. */
export const demoEndpoints = ({ configuration, jwks }: DemoParts): readonly OpenEndpoint[] => [
  ['/demo/.well-known/openid-configuration', (_request, response) => sendDocument(response, configuration)],
  ['/demo/jwks', (_request, response) => sendDocument(response, jwks)],
];

/** Lets GET and HEAD through; 405 for the rest. */
export const onlyGet: RequestHandler = (request, _response, next) => {
  request.exchange.route = `GET ${request.path}`;
  next(request.method === 'GET' || request.method === 'HEAD' ? undefined : methodNotAllowed(['GET']));
};

const CACHED: Readonly<Record<string, string>> = { 'Cache-Control': 'public, max-age=60' };

function sendState(response: Response, status: number, state: string): void {
  response.statusCode = status;
  response.setHeader('Cache-Control', 'no-store');
  sendJson(response, JSON.stringify({ status: state }), 'application/json; charset=utf-8');
}

function sendDocument(response: Response, document: JsonObject): void {
  response.setHeader('Cache-Control', 'public, max-age=60');
  sendJson(response, JSON.stringify(document), 'application/json; charset=utf-8');
}
