/** The repository: what was written reads back, under the right key, and nothing else opens. */
import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, test } from 'node:test';
import { DamagedRecordError } from '../../../src/core/errors.ts';
import type { ResourceJson } from '../../../src/core/json.ts';
import { term } from '../../../src/core/plan.ts';
import type { OpenRecord } from '../../../src/core/record.ts';
import { createDataKeys } from '../../../src/store/data-keys.ts';
import {
  BASE_URL,
  NOW,
  openTestRepository,
  resourceOf,
  statusTerm,
  type TestRepository,
} from '../../support/repository.ts';
import { entryOf } from '../../support/store-data.ts';

const folder = mkdtempSync(join(tmpdir(), 'veil-repository-'));
after(() => rmSync(folder, { recursive: true }));

const PATIENT =
  resourceOf(`{"resourceType":"Patient","id":"p1","active":true,"gender":"female","birthDate":"1980-02-03",
  "name":[{"family":"Zwetschgenbaum"}],"identifier":[{"system":"http://hl7.org/fhir/sid/us-ssn","value":"987-65-4320"}]}`);
const observation = (subject?: string): ResourceJson =>
  resourceOf(`{"resourceType":"Observation","status":"final","code":{"text":"weight"},"valueQuantity":{"value":1.50}
    ${subject ? `,"subject":{"reference":"${subject}"}` : ''}}`);

async function save(t: TestRepository, id: string, resource: ResourceJson, previous?: OpenRecord): Promise<OpenRecord> {
  const { resourceType: type } = resource;
  const prepared = await t.repository.prepareWrite({ type, id, resource, ...(previous ? { previous } : {}) });
  assert.deepEqual(await t.repository.commit([prepared], [entryOf(t.secrets, prepared.digest)]), { done: true });
  return read(t, type, id);
}

async function read(t: TestRepository, type: string, id: string): Promise<OpenRecord> {
  const record = await t.repository.read(type, id);
  assert.ok(record);
  return record;
}

test('repository: a resource reads back with id and meta, decimals as sent', async () => {
  const t = await openTestRepository();
  const record = await save(t, 'o1', observation('Patient/p1'));
  assert.equal(JSON.stringify(record.resource()?.['valueQuantity']), '{"value":1.50}');
  assert.equal(record.resource()?.id, 'o1');
  assert.deepEqual(record.resource()?.['meta'], { versionId: '1', lastUpdated: new Date(NOW).toISOString() });
  assert.deepEqual([...record.rowTerms], [statusTerm(t.secrets, observation())]);
  assert.equal(record.open('no such box'), undefined);
  assert.equal(await t.repository.read('Observation', 'p1'), undefined);
  assert.equal((await t.repository.readUid(record.uid))?.id, 'o1');
});

test('repository: versions follow each other, also when the clock steps back; a deletion keeps the row terms', async () => {
  const t = await openTestRepository();
  const first = await save(t, 'p1', PATIENT);
  t.setTime(NOW - 5000);
  const second = await save(t, 'p1', { ...PATIENT, gender: 'male' }, first);
  assert.deepEqual([second.version, second.lastUpdated], [2, NOW]);
  const deletion = await t.repository.prepareDeletion(second);
  assert.equal(deletion.version, 3);
  assert.deepEqual(await t.repository.commit([deletion], []), { done: true });
  const gone = await read(t, 'Patient', 'p1');
  assert.deepEqual([gone.deleted, gone.version, gone.resource()], [true, 3, undefined]);
  assert.deepEqual(gone.rowTerms, second.rowTerms);
  assert.equal((await t.repository.readVersion('Patient', 'p1', 1))?.resource()?.['gender'], 'female');
  const again = await save(t, 'p1', PATIENT, gone);
  assert.deepEqual([again.version, again.deleted], [4, false]);
});

test('repository: two that follow the same version: the second is a conflict and writes nothing', async () => {
  const t = await openTestRepository();
  const previous = await save(t, 'p1', PATIENT);
  const prepare = (gender: string) =>
    t.repository.prepareWrite({ type: 'Patient', id: 'p1', resource: { ...PATIENT, gender }, previous });
  const [a, b] = [await prepare('male'), await prepare('other')];
  const results = await Promise.all([t.repository.commit([a], []), t.repository.commit([b], [])]);
  assert.deepEqual(results, [{ done: true }, { done: false, conflict: previous.uid }]);
  assert.equal((await read(t, 'Patient', 'p1')).resource()?.['gender'], 'male');
});

test('repository: rows and counts by plan, newest first', async () => {
  const t = await openTestRepository();
  for (const id of ['a', 'b', 'c']) await save(t, id, observation('Patient/p1'));
  const where = term(statusTerm(t.secrets, observation()));
  const rows = await t.repository.rows({ type: 'Observation', where, limit: 2 });
  assert.deepEqual(
    rows.map((row) => row.id),
    ['c', 'b'],
  );
  assert.equal(await t.repository.count('Observation', where, 10), 3);
});

test('repository: the key is that of the one patient, of the type, or of the resource for several patients', async () => {
  const t = await openTestRepository();
  const keyOf = async (id: string, resource: ResourceJson) => (await save(t, id, resource)).keyId;
  const patient = await keyOf('p1', PATIENT);
  assert.equal(await keyOf('o1', observation('Patient/p1')), patient);
  assert.equal(await keyOf('o2', observation(`${BASE_URL}/Patient/p1/_history/1`)), patient);
  const own = [
    await keyOf('o3', observation('Patient/p2')),
    await keyOf('o4', observation('http://other/fhir/Patient/p1')),
  ];
  assert.equal(await keyOf('o5', observation()), own[1]);
  const group = (...ids: string[]): ResourceJson => ({
    resourceType: 'Appointment',
    status: 'booked',
    participant: ids.map((id) => ({ status: 'accepted', actor: { reference: `Patient/${id}` } })),
  });
  const single = await keyOf('a1', group('p1', 'p1'));
  assert.equal(single, patient);
  const shared = await save(t, 'a2', group('p1', 'p2'));
  assert.equal(new Set([patient, ...own, shared.keyId]).size, 4);
  const uids = ['p1', 'p2', 'p3'].map((id) => t.secrets.terms.uid('Patient', id));
  const ownersOf = async () => (await t.opened.keys.get(shared.keyId)).map((row) => row.owner).toSorted();
  assert.deepEqual(await ownersOf(), uids.slice(0, 2).toSorted());
  await save(t, 'a2', group('p1', 'p3'), shared);
  assert.deepEqual(await ownersOf(), uids.toSorted());
});

async function onDisk(name: string): Promise<{ t: TestRepository; disk: DatabaseSync; path: string }> {
  const path = join(folder, `${name}.db`);
  const t = await openTestRepository(`sqlite:${path}`);
  await save(t, 'p1', PATIENT);
  await save(t, 'p2', { ...PATIENT, gender: 'male' });
  return { t, disk: new DatabaseSync(path), path };
}

test('repository: rows that were edited or swapped on disk do not open', async () => {
  const { t, disk } = await onDisk('edited');
  const swap = (columns: string) => `CREATE TEMP TABLE k AS SELECT * FROM resource;
    UPDATE resource SET (${columns}) = (SELECT ${columns} FROM k WHERE k.seq <> resource.seq); DROP TABLE k;`;
  const edits = [
    swap('boxes'),
    swap('boxes, key_id'),
    swap('boxes, key_id, row_terms, row_mac'),
    swap('id'),
    swap('row_terms'),
    swap('row_terms, row_mac'),
    'UPDATE resource SET row_terms = zeroblob(0)',
    'UPDATE resource SET version = 7',
    'UPDATE resource SET last_updated = 0',
    'UPDATE resource SET deleted = 1',
    "UPDATE resource SET key_id = 'p.none.1'",
  ];
  for (const edit of edits) {
    disk.exec('CREATE TEMP TABLE whole AS SELECT * FROM resource');
    disk.exec(edit);
    await assert.rejects(t.repository.read('Patient', 'p1'), DamagedRecordError, edit);
    disk.exec('DELETE FROM resource; INSERT INTO resource SELECT * FROM whole; DROP TABLE whole');
    assert.ok((await read(t, 'Patient', 'p1')).resource(), edit);
  }
  disk.close();
  await t.opened.close();
});

test('repository: no value of a resource lies in any file, and a value that is kept in clear is found', async () => {
  const { t, disk, path } = await onDisk('scan');
  const found = (text: string): boolean => {
    const needles = [
      Buffer.from(text),
      Buffer.from(Buffer.from(text).toString('hex')),
      Buffer.from(text).toString('base64').slice(0, -4),
    ];
    const files = readdirSync(folder).filter((name) => join(folder, name).startsWith(path));
    return files.some((name) => needles.some((needle) => readFileSync(join(folder, name)).includes(needle)));
  };
  for (const value of ['Zwetschgenbaum', '987-65-4320', '1980-02-03', 'female'])
    assert.equal(found(value), false, value);
  disk.exec("UPDATE meta SET value = 'Zwetschgenbaum' WHERE name = 'mode'");
  assert.equal(found('Zwetschgenbaum'), true);
  disk.close();
  await t.opened.close();
});

test('repository: a record whose key is gone does not open', async () => {
  const path = join(folder, 'keys.db');
  const t = await openTestRepository(`sqlite:${path}`);
  const record = await save(t, 'p1', PATIENT);
  const keys = new DatabaseSync(`${path}.keys`);
  keys.exec('DELETE FROM wrapped_key');
  keys.close();
  assert.deepEqual(await t.opened.keys.get(record.keyId), []);
  const stored = await t.opened.records.current(record.uid);
  assert.ok(stored);
  const fresh = createDataKeys(t.opened.keys, t.secrets.vault);
  await assert.rejects(fresh.keyOf(stored.keyId), DamagedRecordError);
  await t.opened.close();
});
