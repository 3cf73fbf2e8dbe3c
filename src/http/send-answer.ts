/** Writes an answer to the wire: the one place under `/fhir` where a body leaves. */
import type { Response } from 'express';
import { outcomeOf } from '../core/outcome.ts';
import type { Answer, AnswerBody } from '../core/request.ts';

import { indentJson } from './indent-json.ts';

/** Sends an answer in the format that the exchange agreed on; HEAD gets the headers alone. */
export function sendAnswer(response: Response, { status, headers, body }: Answer): void {
  response.statusCode = status;
  for (const name in headers) response.setHeader(name, headers[name] ?? '');
  const text = textOf(body);
  if (text === undefined) {
    // RFC 9110 8.6: neither 204 nor 304 carries a length.
    if (status !== 204 && status !== 304) response.setHeader('Content-Length', 0);
    response.end();
    return;
  }
  const { format } = response.req.exchange;
  sendJson(response, format.pretty ? indentJson(text) : text, `${format.contentType}; charset=utf-8`);
}

/** Sends JSON text under a content type; the status is already set. */
export function sendJson(response: Response, text: string, contentType: string): void {
  const bytes = Buffer.from(text);
  response.setHeader('Content-Type', contentType);
  response.setHeader('Content-Length', bytes.length);
  if (response.req.method === 'HEAD') response.end();
  else response.end(bytes);
}

function textOf(body: AnswerBody): string | undefined {
  switch (body.kind) {
    case 'resource':
      return body.resource.text;
    case 'bundle':
      return body.bundle.text;
    case 'outcome':
      return JSON.stringify(outcomeOf(body.issues));
    case 'capability':
      return JSON.stringify(body.resource);
    case 'empty':
      return undefined;
    default:
      return body satisfies never;
  }
}
