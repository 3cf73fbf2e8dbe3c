/** The listening socket: bound first, served once the application is there, stopped gracefully. */

import type { RequestListener } from 'node:http';
import { createServer, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import type { IssueCode } from '../core/errors.ts';
import { outcomeOf } from '../core/outcome.ts';
import type { Logger } from '../core/ports.ts';

/** Contents of PEM files. */
export interface TlsFiles {
  readonly cert: string;
  readonly key: string;
  /** Authorities of client certificates; with it a client must show one. */
  readonly clientCa?: string;
}

export interface ListenOptions {
  readonly host: string;
  /** 0 picks a free one. */
  readonly port: number;
  readonly tls?: TlsFiles;
  readonly logger: Logger;
}

export interface Listener {
  /** The port that was bound. */
  readonly port: number;
  /** Answers requests with the application, and says so in the log: `url` is the FHIR base. */
  serve(app: RequestListener, url: string): void;
  /** Stops accepting, lets what is in flight end (`grace` ms, 10 s unless given), then cuts what is left. */
  stop(grace?: number): Promise<void>;
}

const GRACE_MS = 10_000;
// A token may take 16 KiB, and a search URL some more.
const MAX_HEADER_BYTES = 48 * 1024;
const TIMEOUTS = { headersTimeout: 10_000, requestTimeout: 60_000, keepAliveTimeout: 30_000 };
const MAX_CONNECTIONS = 4096;

/** Binds the socket; until `serve` each request gets 503. Rejects when the port cannot be bound. */
export async function openListener({ host, port, tls, logger }: ListenOptions): Promise<Listener> {
  const server = createBareServer(tls);
  server.maxConnections = MAX_CONNECTIONS;
  let app: RequestListener = (_request, response) => {
    response.writeHead(503, { 'Content-Type': CONTENT_TYPE, 'Retry-After': '1' });
    response.end(outcomeText('transient', 'The server is starting.'));
  };
  server.on('request', (request, response) => {
    if (!server.listening) response.setHeader('Connection', 'close');
    app(request, response);
  });
  server.on('clientError', answerClientError);
  await bind(server, host, port);
  server.on('error', (error) => logger.error('listener failed', { error }));
  return {
    port: boundPort(server),
    serve: (ready, url) => {
      app = ready;
      logger.info('listening', { url });
    },
    stop: (grace = GRACE_MS) => stop(server, grace),
  };
}

function createBareServer(tls: TlsFiles | undefined): Server {
  const options = { ...TIMEOUTS, maxHeaderSize: MAX_HEADER_BYTES };
  if (tls === undefined) return createServer(options);
  const client = tls.clientCa === undefined ? {} : { ca: tls.clientCa, requestCert: true, rejectUnauthorized: true };
  return createTlsServer({ ...options, cert: tls.cert, key: tls.key, minVersion: 'TLSv1.2', ...client });
}

const bind = (server: Server, host: string, port: number): Promise<void> =>
  new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host, port }, () => {
      server.off('error', reject);
      resolve();
    });
  });

function boundPort(server: Server): number {
  const address: AddressInfo | string | null = server.address();
  if (typeof address === 'object' && address !== null) return address.port;
  throw new TypeError('the server is bound to no port');
}

function stop(server: Server, grace: number): Promise<void> {
  return new Promise((resolve) => {
    const cut = setTimeout(() => server.closeAllConnections(), grace);
    // A kept-alive connection falls idle when its last answer is out; nothing tells when.
    const idle = setInterval(() => server.closeIdleConnections(), 50);
    server.close(() => {
      clearTimeout(cut);
      clearInterval(idle);
      resolve();
    });
    server.closeIdleConnections();
  });
}

const CONTENT_TYPE = 'application/fhir+json; charset=utf-8';

const outcomeText = (code: IssueCode, diagnostics: string): string =>
  JSON.stringify(outcomeOf([{ severity: 'error', code, diagnostics }]));

// What Node's parser refuses never becomes a request; the answer is written by hand.
function answerClientError(error: NodeJS.ErrnoException, socket: Socket): void {
  if (!socket.writable || error.code === 'ECONNRESET') {
    socket.destroy();
    return;
  }
  const [status, code, text] = statusOf(error.code);
  const body = outcomeText(code, text);
  socket.end(
    `HTTP/1.1 ${status}\r\nConnection: close\r\nCache-Control: no-store\r\nContent-Type: ${CONTENT_TYPE}\r\n` +
      `Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );
}

function statusOf(code: string | undefined): readonly [string, IssueCode, string] {
  if (code === 'HPE_HEADER_OVERFLOW') {
    return ['431 Request Header Fields Too Large', 'too-long', 'The URL and headers are too long.'];
  }
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return ['408 Request Timeout', 'transient', 'The request came too slowly.'];
  return ['400 Bad Request', 'structure', 'This is not an HTTP request that the server understands.'];
}
