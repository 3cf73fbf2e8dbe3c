/** The socket: starting, stopping with requests in flight, and what Node's parser refuses. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { test } from 'node:test';
import type { Answer } from '../../../src/core/request.ts';
import { openListener } from '../../../src/http/listen.ts';
import { issueCodes, startEdge } from '../../support/http-edge.ts';
import { quietLogger } from '../../support/quiet-logger.ts';

const empty: Answer = { status: 200, headers: {}, body: { kind: 'empty' } };

test('listen: before the application is there, 503; then a log line with the URL', async (t) => {
  const logger = quietLogger();
  const listener = await openListener({ host: '127.0.0.1', port: 0, logger });
  t.after(() => listener.stop(0));
  const response = await fetch(`http://127.0.0.1:${listener.port}/fhir/metadata`);
  assert.equal(response.status, 503);
  assert.deepEqual(await issueCodes(response), ['transient']);
  listener.serve((_request, answer) => answer.end('ok'), 'http://x/fhir');
  assert.deepEqual(logger.lines, [{ level: 'info', message: 'listening', fields: { url: 'http://x/fhir' } }]);
  assert.equal((await fetch(`http://127.0.0.1:${listener.port}/`)).status, 200);
});

test('listen: a port that is taken rejects', async (t) => {
  const logger = quietLogger();
  const listener = await openListener({ host: '127.0.0.1', port: 0, logger });
  t.after(() => listener.stop(0));
  await assert.rejects(openListener({ host: '127.0.0.1', port: listener.port, logger }), { code: 'EADDRINUSE' });
});

test('stop: what is in flight is finished, new connections are refused', async (t) => {
  const started = Promise.withResolvers<void>();
  const release = Promise.withResolvers<void>();
  const edge = await startEdge(t, {
    handle: async () => {
      started.resolve();
      await release.promise;
      return empty;
    },
  });
  const inFlight = edge.call('/Patient/1');
  await started.promise;
  const stopped = edge.listener.stop();
  await assert.rejects(fetch(`${edge.origin}/health/live`));
  release.resolve();
  assert.equal((await inFlight).status, 200);
  await stopped;
});

test('stop: what does not end within the grace is cut', async (t) => {
  const started = Promise.withResolvers<void>();
  const edge = await startEdge(t, {
    handle: () => {
      started.resolve();
      return new Promise<Answer>(() => undefined);
    },
  });
  const inFlight = edge.call('/Patient/1');
  await started.promise;
  await Promise.all([edge.listener.stop(20), assert.rejects(inFlight)]);
});

async function rawAnswer(port: number, text: string): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  socket.write(text);
  const chunks: Buffer[] = [];
  socket.on('data', (chunk) => chunks.push(chunk));
  await once(socket, 'close');
  return Buffer.concat(chunks).toString();
}

test('parser: what is no HTTP, or too long, is answered with an OperationOutcome', async (t) => {
  const edge = await startEdge(t);
  const bad = await rawAnswer(edge.port, 'HELLO\r\n\r\n');
  assert.match(bad, /^HTTP\/1\.1 400 /);
  assert.match(bad, /"resourceType":"OperationOutcome"/);
  const long = await rawAnswer(
    edge.port,
    `GET /fhir/Patient?a=${'x'.repeat(60_000)} HTTP/1.1\r\nHost: localhost\r\n\r\n`,
  );
  assert.match(long, /^HTTP\/1\.1 431 /);
  assert.match(long, /"code":"too-long"/);
});

test('body: a client that hangs up half way is no failure of the server', async (t) => {
  const edge = await startEdge(t);
  const head = `POST /fhir/Patient HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${await edge.token()}\r\n`;
  const socket = connect(edge.port, '127.0.0.1');
  socket.write(`${head}Content-Type: application/fhir+json\r\nContent-Length: 100\r\n\r\n{"a`);
  await once(socket, 'connect');
  socket.destroy();
  assert.equal((await edge.call('/Patient/1')).status, 200);
  assert.equal(edge.lines.filter((line) => line.level === 'error').length, 0);
});
