/** `/openapi.yaml` and `/docs`: what the server offers, for people and for tools; files of the package alone, no token. */
import { createReadStream } from 'node:fs';
import type { Response } from 'express';
import type { OpenEndpoint } from './open-endpoints.ts';

const HTML = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>Veil: API</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="stylesheet" href="/docs/swagger-ui.css">
</head>
<body>
<div id="docs"></div>
<noscript>The API is described in <a href="/openapi.yaml">openapi.yaml</a>.</noscript>
<script src="/docs/swagger-ui-bundle.js"></script>
<script src="/docs/start.js"></script>
</body>
</html>
`;

const START = `SwaggerUIBundle({ url: '/openapi.yaml', dom_id: '#docs', deepLinking: true, validatorUrl: null });\n`;

// Nothing from elsewhere, no script in the page; Swagger UI sets styles of its own and shows its icons from data URLs.
const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; " +
  "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/** The description and its page. */
export const docsEndpoints: readonly OpenEndpoint[] = [
  [
    '/openapi.yaml',
    (_request, response) => sendFile(response, new URL('../../openapi.yaml', import.meta.url), 'application/yaml'),
  ],
  ['/docs', (_request, response) => sendText(response, HTML, 'text/html')],
  ['/docs/start.js', (_request, response) => sendText(response, START, 'text/javascript')],
  ['/docs/swagger-ui.css', (_request, response) => sendFile(response, packaged('swagger-ui.css'), 'text/css')],
  [
    '/docs/swagger-ui-bundle.js',
    (_request, response) => sendFile(response, packaged('swagger-ui-bundle.js'), 'text/javascript'),
  ],
];

const packaged = (name: string): URL => new URL(import.meta.resolve(`swagger-ui-dist/${name}`));

function head(response: Response, type: string): void {
  response.setHeader('Content-Type', `${type}; charset=utf-8`);
  response.setHeader('Cache-Control', 'public, max-age=300');
  response.setHeader('Content-Security-Policy', POLICY);
}

function sendText(response: Response, text: string, type: string): void {
  head(response, type);
  response.end(text);
}

// Streamed, so that a megabyte of script is never held; a file that cannot be read breaks the answer off.
function sendFile(response: Response, file: URL, type: string): void {
  head(response, type);
  createReadStream(file)
    .on('error', () => response.destroy())
    .pipe(response);
}
