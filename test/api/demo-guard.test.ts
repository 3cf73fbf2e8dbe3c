/** Demo mode is asked for, on loopback, or it is not there: every way of CONTRACT.md in which it could be forgotten. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { request as httpRequest } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { openDemoIssuer } from '../../src/auth/demo-issuer.ts';
import { parseConfig } from '../../src/config/parse-config.ts';
import { ConfigurationError } from '../../src/core/errors.ts';
import { createKeyring } from '../../src/crypto/keyring.ts';
import { writeKeyringFile } from '../../src/crypto/keyring-file.ts';
import { environmentOf, runVeil } from '../support/server-process.ts';
import { startVeil } from '../support/veil.ts';

const root = mkdtempSync(join(tmpdir(), 'veil-demo-guard-'));
after(() => rmSync(root, { recursive: true }));

const FORGOTTEN: Readonly<Record<string, string>>[] = [
  { NODE_ENV: 'production' },
  { TRUST_PROXY: '1' },
  { TRUST_PROXY: 'loopback' },
  { HOST: '0.0.0.0' },
  { HOST: '::' },
  { HOST: '192.168.1.10' },
  { BASE_URL: 'https://ehr.example/fhir' },
  { BASE_URL: 'http://127.0.0.1.evil.example/fhir' },
  { BASE_URL: 'http://localhost.example/fhir' },
];

const faultsOf = (env: Readonly<Record<string, string>>, demo: boolean): readonly string[] => {
  try {
    parseConfig(env, { demo });
    return [];
  } catch (error) {
    assert.ok(error instanceof ConfigurationError);
    return error.faults;
  }
};

test('demo: each forgotten variable alone refuses it, by name; without any it starts', () => {
  for (const env of FORGOTTEN) {
    const [variable = ''] = Object.keys(env);
    assert.ok(
      faultsOf(env, true).some((fault) => fault.startsWith(`${variable}:`)),
      JSON.stringify(env),
    );
  }
  for (const env of [
    {},
    { HOST: 'localhost' },
    { HOST: '::1' },
    { BASE_URL: 'http://localhost:9/fhir' },
    { NODE_ENV: 'test' },
  ]) {
    assert.deepEqual(faultsOf(env, true), [], JSON.stringify(env));
  }
});

test('demo: without --demo there is none, whatever the environment', () => {
  for (const env of [{}, { DEMO: 'true' }, { NODE_ENV: 'development' }, { OIDC_JWKS_URI: 'https://x.example/jwks' }]) {
    assert.ok(faultsOf(env, false).length > 0, JSON.stringify(env));
  }
});

test('demo: the process exits 2 before it listens', async () => {
  const runs = [
    { args: ['serve'], env: {} },
    { args: ['serve', '--demo'], env: { NODE_ENV: 'production' } },
    { args: ['serve', '--demo'], env: { BASE_URL: 'https://ehr.example/fhir' } },
  ];
  const ended = await Promise.all(
    runs.map(({ args, env }, at) => runVeil(args, { ...environmentOf(join(root, String(at))), ...env })),
  );
  for (const { code, stdout } of ended) {
    assert.equal(code, 2);
    assert.equal(stdout, '');
  }
});

test('demo: with OIDC_ISSUER --demo has no effect: no demo endpoint, and no demo token is taken', async (t) => {
  const folder = join(root, 'oidc');
  writeKeyringFile(join(folder, 'keyring.json'), createKeyring({ demo: false, random: randomBytes }));
  const veil = await startVeil({ folder, env: { OIDC_ISSUER: 'http://127.0.0.1:9' } });
  t.after(() => veil.stop());
  const origin = new URL(veil.baseUrl).origin;
  for (const path of ['/.well-known/openid-configuration', '/jwks', '/authorize', '/token']) {
    for (const method of ['GET', 'POST']) {
      assert.equal((await fetch(`${origin}/demo${path}`, { method })).status, 404, path);
    }
  }
  assert.equal((await veil.call({ roles: ['system'] }, 'GET', '/Patient')).status, 401);
  const keyFile = { read: () => undefined, create: () => undefined };
  const options = { keyFile, audience: veil.baseUrl, baseUrl: veil.baseUrl, roleClaim: 'roles', clock: Date.now };
  const own = await (await openDemoIssuer({ ...options, newId: () => 'x' })).sign({ sub: 'a', roles: ['system'] });
  const answer = await fetch(`${veil.baseUrl}/Patient`, { headers: { authorization: `Bearer ${own}` } });
  assert.equal(answer.status, 401);
});

/** By hand, since `fetch` sets Host itself. */
const statusOf = (url: string, method: string, headers: Readonly<Record<string, string>>): Promise<number> =>
  new Promise((resolve, reject) => {
    const sent = httpRequest(url, { method, headers }, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    });
    sent.on('error', reject).end();
  });

const PROXIED: readonly Readonly<Record<string, string>>[] = [
  { Forwarded: 'for=1.2.3.4' },
  { 'X-Forwarded-For': '127.0.0.1' },
  { 'X-Forwarded-Host': 'ehr.example' },
  { 'X-Forwarded-Proto': 'https' },
  { 'X-Real-IP': '1.2.3.4' },
  { Via: '1.1 proxy' },
  { Host: 'ehr.example' },
  { Host: '127.0.0.1.evil.example' },
  { Host: 'localhost.evil.example:80' },
  { Host: '10.0.0.1' },
];

test('demo: a request that came through a proxy or by another name gets nothing from any endpoint', async (t) => {
  const veil = await startVeil();
  t.after(() => veil.stop());
  const origin = new URL(veil.baseUrl).origin;
  const authorization = `Bearer ${await veil.token({ roles: ['physician'] })}`;
  const endpoints: readonly (readonly [method: string, path: string])[] = [
    ['GET', '/demo/authorize'],
    ['POST', '/demo/authorize'],
    ['POST', '/demo/token'],
    ['GET', '/demo/jwks'],
    ['GET', '/fhir/metadata'],
    ['GET', '/fhir/Patient'],
  ];
  for (const [method, path] of endpoints) {
    for (const headers of PROXIED) {
      const status = await statusOf(`${origin}${path}`, method, { ...headers, authorization });
      assert.equal(status, 403, `${path} ${JSON.stringify(headers)}`);
    }
    assert.notEqual(await statusOf(`${origin}${path}`, method, { authorization }), 403, path);
  }
});
