/** Help and bad usage of every command (CONTRACT.md "Commands"). */
import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { type Ended, environmentOf, runVeil } from '../support/server-process.ts';

const folder = mkdtempSync(join(tmpdir(), 'veil-usage-'));
after(() => rmSync(folder, { recursive: true }));
const veil = (args: string): Promise<Ended> => runVeil(args.split(' ').filter(Boolean), environmentOf(folder));

test('help: of the program and of every command is on stdout, and exits 0', async () => {
  const commands = [
    '',
    'serve',
    'token',
    'load',
    'policy check',
    'policy matrix',
    'policy explain',
    'keys init',
    'audit verify',
  ];
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

test('policy matrix: a table, JSON and CSV of the same rows; unknown names exit 2', async () => {
  const only = 'policy matrix --type Patient --role nurse billing';
  const [table, json, csv, wrong] = await Promise.all([
    veil(only),
    veil(`${only} --json`),
    veil(`${only} --format csv`),
    veil('policy matrix --role nobody'),
  ]);
  assert.match(table.stdout, /^Patient\.maritalStatus +- +-$/m);
  const rows: readonly { role: string; path: string; shown: string }[] = JSON.parse(json.stdout);
  const contact = rows.filter(({ path }) => path === 'Patient.contact').map(({ role, shown }) => [role, shown]);
  assert.deepEqual(contact, [
    ['billing', 'hidden'],
    ['nurse', 'listed'],
  ]);
  assert.match(csv.stdout, /^Patient,Patient\.contact,nurse,listed,,none,none\r$/m);
  assert.equal(csv.stdout.trim().split('\r\n').length, rows.length + 1);
  assert.equal(wrong.code, 2);
});

test('policy explain: a type and a resource; no view, or out of sight, exits 1', async () => {
  const file = join(folder, 'patient.json');
  const contact = [{ name: { family: 'Canary' } }];
  writeFileSync(file, JSON.stringify({ resourceType: 'Patient', id: 'a', active: true, contact }));
  const [type, resource, none, other, missing] = await Promise.all([
    veil('policy explain Patient --role billing'),
    veil(`policy explain ${file} --role billing --json`),
    veil('policy explain Observation --role billing'),
    veil(`policy explain ${file} --role patient --patient b`),
    veil('policy explain nowhere.json --role billing'),
  ]);
  rmSync(file);
  assert.match(type.stdout, /^general-practitioner +refused \(403\) /m);
  assert.deepEqual(JSON.parse(resource.stdout).resource, {
    sight: 'seen',
    findings: [{ path: 'Patient.contact[0]', effect: 'hidden', because: 'not listed' }],
  });
  assert.doesNotMatch(resource.stdout, /Canary/);
  assert.deepEqual(
    [type, resource, none, other, missing].map(({ code }) => code),
    [0, 0, 1, 1, 2],
  );
});
