/** Promise 4: no value of an element stands in clear in a file of the server or in a line that it prints. */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import type { ResourceJson } from '../../src/core/json.ts';
import { packBoxes } from '../../src/crypto/box-format.ts';
import { sealedBytes } from '../../src/crypto/sealed.ts';
import type { Vault } from '../../src/crypto/vault-port.ts';
import { loadDefinitions } from '../../src/definitions/registry.ts';
import { createClassifier } from '../../src/fhirpath/classify.ts';
import { createRepository } from '../../src/store/create-repository.ts';
import { openStore } from '../../src/store/open-store.ts';
import { BASE_URL, resourceOf } from '../support/repository.ts';
import { type ServerProcess, startServer } from '../support/server-process.ts';
import { testSecrets } from '../support/store-data.ts';
import { createScanner, filesOf, type Hit, idsOf, MIN_BYTES, type Scanner, valuesOf } from './raw-scan.ts';

const folder = mkdtempSync(join(tmpdir(), 'veil-raw-'));
after(() => rmSync(folder, { recursive: true }));

const seed = readFileSync('seed/seed.ndjson', 'utf8')
  .split('\n')
  .filter((line) => line !== '');
const resources: readonly unknown[] = seed.map((line) => JSON.parse(line));
const served = loadDefinitions('profiles').servedTypes;
const seedValues = [...valuesOf(resources)].filter((value) => Buffer.byteLength(value) >= MIN_BYTES);
// SQLite's own schema has `table` before the table `timeline`, which reads as a tablet.
const inClear = [...idsOf(resources), ...served, 'tabletimeline'];

// Values that nobody but this test sends: in bodies that are kept, in bodies that are refused, in URLs and forms.
const SENT = {
  family: 'Quillfeather-Ōtomo',
  note: 'canary "note" of a new order, nested \\ twice',
  refused: 'canary-refused-value',
  unknown: 'canary-of-an-unknown-element',
  query: 'Canarysearch',
  form: 'Canaryform',
  criterion: 'Canarymiddle',
  syntax: 'canary-in-broken-json',
  token: 'canary.token.value',
};

test('scan: finds a value in every form and at every alignment, and excuses only what lies inside of a clear text', () => {
  const scan = createScanner(['Whitcombe', 'say "aah"', 'inhaler'], ['rx-inhaler-1', 'Patient']);
  const found = (text: string): readonly string[] => scan(Buffer.from(text)).map(({ form }) => form);
  assert.deepEqual(found('xxWhitcombexx'), ['utf8', 'json']);
  assert.deepEqual(found(JSON.stringify({ a: 'say "aah"' })), ['json']);
  for (const before of ['', 'x', 'xy', 'xyz']) {
    const bytes = Buffer.from(`${before}Whitcombe>?>`);
    assert.deepEqual(found(bytes.toString('base64')), ['base64'], before);
    assert.deepEqual(found(bytes.toString('base64url')), ['base64'], before);
    assert.deepEqual(found(bytes.toString('hex')), ['hex'], before);
    assert.deepEqual(found(bytes.toString('hex').toUpperCase()), ['hex'], before);
  }
  assert.deepEqual(found('..rx-inhaler-1..'), []);
  assert.deepEqual(found('..rx-inhaler-1..an inhaler..'), ['utf8', 'json']);
  assert.deepEqual(found('Patient/inhaler'), ['utf8', 'json']);
});

test('raw scan: with sealing switched off, the scan finds every value of the seed in the database', async () => {
  const plain = join(folder, 'plain');
  await writePlain(join(plain, 'veil.db'));
  const scan = createScanner(seedValues);
  const found = new Set([...filesOf(plain).values()].flatMap((bytes) => scan(bytes).map((hit) => hit.value)));
  assert.ok(seedValues.length > 300);
  assert.deepEqual(
    seedValues.filter((value) => !found.has(value)),
    [],
  );
});

test('raw scan: a server at work leaves no value in a file or a line, neither running nor stopped', async (t) => {
  const own = join(folder, 'sealed');
  const server = await startServer(own, { LOG_LEVEL: 'silly' });
  t.after(() => server.kill('SIGKILL'));
  const scan = createScanner([...seedValues, ...Object.values(SENT)], inClear);
  await work(server);
  assert.ok(filesOf(own).has('veil.db-wal'));
  assert.deepEqual(hitsIn(own, scan), []);
  const { code, stdout, stderr } = await server.kill('SIGTERM');
  assert.equal(code, 0);
  assert.ok([...filesOf(own).values()].some((bytes) => bytes.length > 100_000));
  assert.deepEqual(hitsIn(own, scan), []);
  const lines = stdout.split('\n').filter((line) => line !== '');
  assert.ok(lines.filter((line) => JSON.parse(line).message === 'request').length > 20);
  // "stopped" is a status of a MedicationRequest too; here it is the server's own last word.
  assert.deepEqual(scan(Buffer.from(stdout.replace('"message":"stopped"', ''))), []);
  assert.deepEqual(scan(Buffer.from(withoutDemoLines(stderr))), []);
});

const hitsIn = (at: string, scan: Scanner): readonly (Hit & { readonly file: string })[] =>
  [...filesOf(at)].flatMap(([file, bytes]) => scan(bytes).map((hit) => ({ file, ...hit })));

// CONTRACT.md `npm start`: one token a role, and lines to paste, which name the demo patient by its id.
const withoutDemoLines = (stderr: string): string =>
  stderr
    .replaceAll(/^[A-Z]+=[\w.-]+$/gm, '')
    .replaceAll(/^curl .*\/(?:Patient\/|AuditEvent\?patient=)ann-lee.*$/gm, '');

async function work(server: ServerProcess): Promise<void> {
  const call = (role: string, method: string, path: string, body?: unknown, type = 'application/fhir+json') =>
    fetch(`${server.baseUrl}${path}`, {
      method,
      headers: {
        Authorization: `Bearer ${server.token(role)}`,
        ...(body === undefined ? {} : { 'Content-Type': type }),
      },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    }).then(async (response) => ({ status: response.status, text: await response.text() }));
  const expect = async (status: number, answer: ReturnType<typeof call>): Promise<string> => {
    const { status: given, text } = await answer;
    assert.equal(given, status, text);
    return text;
  };

  for (const role of ['physician', 'nurse', 'pharmacist', 'scheduler', 'billing', 'patient', 'compliance', 'system']) {
    await expect(200, call(role, 'GET', '/Patient/ann-lee'));
  }
  await expect(200, call('system', 'GET', '/Patient?family=Whitcombe&birthdate=1979-03-14'));
  await expect(200, call('system', 'GET', '/Patient?identifier=http://hl7.org/fhir/sid/us-ssn|999-12-3456'));
  await expect(200, call('system', 'GET', `/Patient?name=${SENT.query}`));
  await expect(
    200,
    call('system', 'POST', '/Patient/_search', `name=${SENT.form}`, 'application/x-www-form-urlencoded'),
  );
  for (const type of ['Observation', 'MedicationRequest', 'Appointment', 'Coverage']) {
    await expect(200, call('system', 'GET', `/${type}?_count=100`));
  }
  const patient = {
    resourceType: 'Patient',
    name: [{ family: SENT.family }],
    gender: 'female',
    birthDate: '1961-12-24',
  };
  const created = JSON.parse(await expect(201, call('physician', 'POST', '/Patient', patient)));
  await expect(
    200,
    call('physician', 'PUT', `/Patient/${created.id}`, { ...created, contact: [{ name: { text: SENT.note } }] }),
  );
  await expect(200, call('system', 'GET', `/Patient?family=${encodeURIComponent(SENT.family)}`));
  const order = { resourceType: 'MedicationRequest', status: 'active', intent: 'order', note: [{ text: SENT.note }] };
  const medication = {
    medicationCodeableConcept: { text: SENT.note },
    subject: { reference: `Patient/${created.id}` },
  };
  const placed = JSON.parse(
    await expect(201, call('physician', 'POST', '/MedicationRequest', { ...order, ...medication })),
  );
  await expect(204, call('physician', 'DELETE', `/MedicationRequest/${placed.id}`));
  await expect(422, call('physician', 'POST', '/Patient', { ...patient, birthDate: SENT.refused }));
  await expect(422, call('physician', 'POST', '/Patient', { ...patient, [SENT.unknown]: SENT.refused }));
  await expect(400, call('physician', 'POST', '/Patient', `{"resourceType":"${SENT.syntax}",`));
  await expect(400, call('physician', 'GET', `/Patient?birthdate=${SENT.query}`));
  await expect(404, call('physician', 'GET', `/Patient/${SENT.refused}`));
  await expect(
    403,
    call('nurse', 'GET', `/Patient?maritalstatus:missing=${SENT.criterion}&identifier:not=${SENT.query}`),
  );
  await expect(200, call('compliance', 'GET', '/AuditEvent?patient=ann-lee&_count=50'));
  const unknown = await fetch(`${server.baseUrl}/Patient`, { headers: { Authorization: `Bearer ${SENT.token}` } });
  assert.equal(unknown.status, 401);
}

// The seed through a repository whose vault keeps the texts of the boxes as they are.
async function writePlain(path: string): Promise<void> {
  const secrets = testSecrets();
  const definitions = loadDefinitions('profiles');
  const opened = await openStore({ databaseUrl: `sqlite:${path}`, mode: 'demo', secrets, access: 'write' });
  const sealBoxes: Vault['sealBoxes'] = (_key, _identity, boxes) =>
    sealedBytes(packBoxes([...boxes].map(([name, text]) => ({ name, body: Buffer.from(`${'0'.repeat(28)}${text}`) }))));
  const repository = createRepository({
    store: opened.records,
    keys: opened.keys,
    secrets: { terms: secrets.terms, vault: { ...secrets.vault, sealBoxes } },
    definitions,
    classify: createClassifier(definitions),
    clock: Date.now,
    baseUrl: BASE_URL,
    indexOf: () => ({ terms: [], rowTerms: [], references: [] }),
  });
  for (const line of seed) {
    const resource: ResourceJson = resourceOf(line);
    const { resourceType: type, id } = resource;
    const written = await repository.prepareWrite({ type, id: String(id), resource });
    await repository.commit([written], []);
  }
  await opened.close();
}
