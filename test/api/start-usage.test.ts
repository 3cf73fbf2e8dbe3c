/** Help and bad usage of every command (CONTRACT.md "Commands"). */
import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { type Ended, environmentOf, runVeil } from '../support/server-process.ts';

const folder = mkdtempSync(join(tmpdir(), 'veil-usage-'));
after(() => rmSync(folder, { recursive: true }));
const veil = (args: string): Promise<Ended> => runVeil(args.split(' ').filter(Boolean), environmentOf(folder));

test('help: of the program and of every command is on stdout, and exits 0', async () => {
  const commands = ['', 'serve', 'token', 'load', 'policy check', 'keys init', 'audit verify'];
  const all = await Promise.all(commands.map((command) => veil(`${command} --help`)));
  for (const [at, { code, stdout }] of all.entries()) {
    assert.equal(code, 0, commands[at]);
    assert.match(stdout, /^Usage: veil/, commands[at]);
  }
  for (const command of ['serve', 'token', 'load', 'policy', 'keys'])
    assert.match(all[0]?.stdout ?? '', new RegExp(command));
});

test('usage: what is wrong exits 2, with a message on stderr and nothing made', async () => {
  const wrong = ['nonsense', 'serve --nonsense', 'token', 'load', 'keys nonsense', ''];
  for (const [at, { code, stdout, stderr }] of (await Promise.all(wrong.map(veil))).entries()) {
    assert.equal(code, 2, `veil ${wrong[at]}`);
    assert.notEqual(stderr, '', wrong[at]);
    assert.equal(stdout, '', wrong[at]);
  }
  assert.deepEqual(readdirSync(folder), []);
});

test('policy check: the shipped profiles compile', async () => {
  assert.equal((await veil('policy check')).code, 0);
});
