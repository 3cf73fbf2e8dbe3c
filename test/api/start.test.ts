/** Starting and stopping as a process: configuration, exit codes, one writer, help (CONTRACT.md "Commands"). */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { type Ended, environmentOf, runVeil, startServer } from '../support/server-process.ts';

const root = mkdtempSync(join(tmpdir(), 'veil-start-'));
after(() => rmSync(root, { recursive: true }));
let folders = 0;
const newFolder = (): string => join(root, String(++folders));
const veil = (args: string, folder: string, env: Readonly<Record<string, string>> = {}): Promise<Ended> =>
  runVeil(args === '' ? [] : args.split(' '), { ...environmentOf(folder), ...env });

// A person's message, never a stack.
function saysAll(ended: Ended, code: number, words: readonly (string | RegExp)[]): void {
  assert.equal(ended.code, code, ended.stderr);
  for (const word of words) assert.match(ended.stderr, word instanceof RegExp ? word : new RegExp(`^${word}\\b`, 'm'));
  assert.doesNotMatch(ended.stderr, /^\s+at .*:\d+/m, 'a stack');
}

test('configuration: every mistake is named at once, and the exit code is 2', async () => {
  const wrong = {
    PORT: '99999',
    DATABASE_URL: 'postgres://x',
    RATE_LIMIT: 'many',
    LOG_LEVEL: 'loud',
    CORS_ORIGINS: 'app.example/',
    TRUST_PROXY: 'true',
    AUDIT_RETENTION: 'forever',
    REFERENCES: 'maybe',
    SMART_REQUIRED: 'perhaps',
    KEYRING_FILE: '',
  };
  const ended = await veil('serve --demo', newFolder(), wrong);
  saysAll(ended, 2, Object.keys(wrong));
  assert.equal(ended.stdout, '');
});

test('serve: with neither --demo nor OIDC_ISSUER it exits 2 and says which variable', async () => {
  saysAll(await veil('serve', newFolder()), 2, ['OIDC_ISSUER']);
});

test('serve: demo mode refuses the network, a proxy and production, all at once', async () => {
  const env = { HOST: '0.0.0.0', TRUST_PROXY: '1', NODE_ENV: 'production', BASE_URL: 'https://veil.example/fhir' };
  saysAll(await veil('serve --demo', newFolder(), env), 2, Object.keys(env));
});

test('serve: outside demo mode plain HTTP on the network is refused, and a missing keyring', async () => {
  const issuer = { OIDC_ISSUER: 'https://idp.example' };
  const [network, keyring] = await Promise.all([
    veil('serve', newFolder(), { ...issuer, HOST: '0.0.0.0' }),
    veil('serve', newFolder(), issuer),
  ]);
  saysAll(network, 2, ['HOST']);
  saysAll(keyring, 2, ['KEYRING_FILE']);
});

test('serve: profiles that do not compile stop the start with file and place', async () => {
  saysAll(await veil('serve --demo', newFolder(), { PROFILES_DIR: join(root, 'nowhere') }), 2, []);
});

test('keyring: init writes mode 0600 and never overwrites; demo and real ones are never mixed', async () => {
  const folder = newFolder();
  const file = join(folder, 'keyring.json');
  assert.equal((await veil('keys init', folder)).code, 0);
  assert.equal(statSync(file).mode & 0o777, 0o600);
  const before = readFileSync(file);
  saysAll(await veil('keys init', folder), 2, [/KEYRING_FILE/]);
  assert.deepEqual(readFileSync(file), before);
  saysAll(await veil('serve --demo', folder), 2, [/KEYRING_FILE/]);
  const demo = newFolder();
  await (await startServer(demo)).kill('SIGTERM');
  saysAll(await veil('serve', demo, { OIDC_ISSUER: 'https://idp.example' }), 2, [/KEYRING_FILE/]);
});

test('one writer: a second server and a command that writes are refused while a server runs; SIGTERM exits 0', async (t) => {
  const folder = newFolder();
  const server = await startServer(folder);
  t.after(() => server.kill('SIGKILL'));
  const good = join(root, 'good.ndjson');
  writeFileSync(good, '{"resourceType":"Patient","id":"p"}\n');
  saysAll(await veil('serve --demo', folder), 1, [/another process/]);
  saysAll(await veil(`load ${good}`, folder), 1, [/another process|server/]);
  const alive = await fetch(`${server.baseUrl}/Patient/ann-lee`, {
    headers: { Authorization: `Bearer ${server.token('physician')}` },
  });
  assert.equal(alive.status, 200);
  const { code, signal, stdout } = await server.kill('SIGTERM');
  assert.equal(signal, null);
  assert.equal(code, 0);
  for (const line of stdout.trim().split('\n')) assert.equal(typeof JSON.parse(line).message, 'string');
});

test('token: prints a token that a running demo server takes', async (t) => {
  const folder = newFolder();
  const server = await startServer(folder);
  t.after(() => server.kill('SIGKILL'));
  const port = new URL(server.baseUrl).port;
  const { code, stdout } = await veil('token --role patient --patient ann-lee', folder, { PORT: port });
  assert.equal(code, 0);
  const ask = (id: string): Promise<Response> =>
    fetch(`${server.baseUrl}/Patient/${id}`, { headers: { Authorization: `Bearer ${stdout.trim()}` } });
  assert.equal((await ask('ann-lee')).status, 200);
  assert.equal((await ask('nobody')).status, 404);
});
