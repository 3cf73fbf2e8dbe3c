/** TLS: 1.2 and up, and client certificates where an authority for them is given. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { type RequestOptions, request } from 'node:https';
import { type TestContext, test } from 'node:test';
import { openListener } from '../../../src/http/listen.ts';
import { quietLogger } from '../../support/quiet-logger.ts';

const pem = (name: string): string => readFileSync(new URL(`../../fixtures/tls/${name}.pem`, import.meta.url), 'utf8');

async function startTls(t: TestContext, clientCa?: string): Promise<number> {
  const tls = { cert: pem('server-cert'), key: pem('server-key'), ...(clientCa === undefined ? {} : { clientCa }) };
  const listener = await openListener({ host: '127.0.0.1', port: 0, tls, logger: quietLogger() });
  t.after(() => listener.stop(0));
  listener.serve((_request, response) => response.end(), '');
  return listener.port;
}

const statusOf = (port: number, options: RequestOptions = {}): Promise<number | undefined> =>
  new Promise((resolve, reject) => {
    const ca = pem('server-cert');
    const sent = request({ host: 'localhost', port, ca, agent: false, ...options }, (response) => {
      response.resume();
      resolve(response.statusCode);
    });
    sent.on('error', reject).end();
  });

test('TLS: 1.2 and 1.3 are spoken, 1.1 is not', async (t) => {
  const port = await startTls(t);
  assert.equal(await statusOf(port, { maxVersion: 'TLSv1.2' }), 200);
  assert.equal(await statusOf(port), 200);
  await assert.rejects(statusOf(port, { minVersion: 'TLSv1.1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' }));
});

test('TLS: with a client authority, a client without its certificate is refused', async (t) => {
  const port = await startTls(t, pem('client-cert'));
  await assert.rejects(statusOf(port));
  await assert.rejects(statusOf(port, { cert: pem('server-cert'), key: pem('server-key') }));
  assert.equal(await statusOf(port, { cert: pem('client-cert'), key: pem('client-key') }), 200);
});
