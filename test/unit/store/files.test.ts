/** The files of an SQLite store: modes, one writer, and what an opening refuses. */
import assert from 'node:assert/strict';
import {
  copyFileSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, test } from 'node:test';
import { ConfigurationError, StoreHeldError } from '../../../src/core/errors.ts';
import type { Secrets } from '../../../src/crypto/secrets.ts';
import { openStore, type StoreOptions } from '../../../src/store/open-store.ts';
import type { OpenedStore } from '../../../src/store/record-store.ts';
import { entryOf, testSecrets, uidNumber, writeOf } from '../../support/store-data.ts';

const folder = mkdtempSync(join(tmpdir(), 'veil-files-'));
after(() => rmSync(folder, { recursive: true }));
const secrets = testSecrets();
let files = 0;
const newPath = (): string => join(folder, `${++files}`, 'veil.db');

const open = (path: string, options: Partial<StoreOptions> = {}): Promise<OpenedStore> =>
  openStore({ databaseUrl: `sqlite:${path}`, mode: 'real', secrets, access: 'write', ...options });

async function filled(path: string, own: Secrets = secrets): Promise<void> {
  const store = await open(path, { secrets: own });
  for (let n = 1; n <= 5; n++) await store.records.commit({ writes: [writeOf({ n })], audit: [entryOf(own, `${n}`)] });
  await store.close();
}

function edit(path: string, sql: string): void {
  const db = new DatabaseSync(path);
  db.exec(sql);
  db.close();
}

const refuses = (path: string, about: RegExp, options: Partial<StoreOptions> = {}): Promise<void> =>
  assert.rejects(open(path, options), (error) => error instanceof ConfigurationError && about.test(error.message));

test('files: every one of them has mode 0600, while open too', async () => {
  const path = newPath();
  const store = await open(path);
  await store.records.commit({ writes: [writeOf({ n: 1 })], audit: [] });
  const names = readdirSync(join(path, '..'));
  assert.ok(names.includes('veil.db-wal'));
  for (const name of names) assert.equal(statSync(join(path, '..', name)).mode & 0o777, 0o600, name);
  assert.equal(statSync(join(path, '..')).mode & 0o777, 0o700);
  await store.close();
});

test('files: a store reopens with what it held', async () => {
  const path = newPath();
  await filled(path);
  const store = await open(path);
  assert.equal((await store.records.current(uidNumber(5)))?.id, 'id-5');
  assert.equal(await store.records.audit.newest(), 5);
  await store.close();
});

test('files: a second writer is refused, and may come when the first is gone', async () => {
  const path = newPath();
  const first = await open(path);
  await assert.rejects(open(path), StoreHeldError);
  await first.records.commit({ writes: [writeOf({ n: 1 })], audit: [] });
  await first.close();
  await (await open(path)).close();
});

test('files: another mode and another keyring are refused', async () => {
  const path = newPath();
  await filled(path);
  await refuses(path, /demo mode/, { mode: 'demo' });
  await refuses(path, /KEYRING_FILE/, { secrets: testSecrets() });
  await (await open(path)).close();
});

test('files: what is no database, or no database of Veil, is refused', async () => {
  const foreign = join(folder, 'foreign.db');
  edit(foreign, 'CREATE TABLE t (a)');
  await refuses(foreign, /not a database of this version/);
  const noise = join(folder, 'noise.db');
  writeFileSync(noise, Buffer.alloc(8192, 5));
  await refuses(noise, /cannot be used/);
  await refuses(folder, /cannot be opened/);
  await refuses('x', /MongoDB/, { databaseUrl: 'mongodb://localhost/veil' });
  await refuses('x', /sqlite:PATH/, { databaseUrl: 'postgres://localhost/veil' });
  await refuses('x', /sqlite:PATH/, { databaseUrl: 'sqlite:' });
});

test('files: keys that are missing or of another database stop the start', async () => {
  const [path, other] = [newPath(), newPath()];
  await filled(path);
  await filled(other);
  copyFileSync(`${other}.keys`, `${path}.keys`);
  await refuses(path, /\.keys is missing or of another database/);
  rmSync(`${path}.keys`);
  await refuses(path, /\.keys is missing or of another database/);
});

test('files: an audit log whose tail was cut or whose last record was changed stops the start, naming the place', async () => {
  const cut = newPath();
  await filled(cut);
  edit(cut, 'DELETE FROM audit WHERE seq > 3');
  await refuses(cut, /records 4 to 5/);
  const changed = newPath();
  await filled(changed);
  edit(changed, 'UPDATE audit SET link = zeroblob(32) WHERE seq = 5');
  await refuses(changed, /record 5/);
});

test('files: a head file that is missing, emptied or of another log stops the start', async () => {
  const damage: readonly ((path: string) => void)[] = [
    (path) => rmSync(`${path}.head`),
    (path) => truncateSync(`${path}.head`),
    (path) => writeFileSync(`${path}.head`, Buffer.alloc(256)),
  ];
  for (const harm of damage) {
    const path = newPath();
    await filled(path);
    harm(path);
    await refuses(path, /head of the audit log/);
  }
  const [path, other] = [newPath(), newPath()];
  await filled(path);
  await filled(other);
  copyFileSync(`${other}.head`, `${path}.head`);
  await refuses(path, /record 5/);
});

test('files: a log that is longer than the head file knows is checked link by link', async () => {
  const path = newPath();
  await filled(path);
  const old = readFileSync(`${path}.head`);
  const store = await open(path);
  for (const n of [6, 7, 8]) await store.records.commit({ writes: [], audit: [entryOf(secrets, `${n}`)] });
  await store.close();
  writeFileSync(`${path}.head`, old);
  const again = await open(path);
  assert.equal(await again.records.audit.newest(), 8);
  await again.close();
  writeFileSync(`${path}.head`, old);
  edit(path, 'UPDATE audit SET sealed = zeroblob(60) WHERE seq = 7');
  await refuses(path, /record 7/);
});

test('files: one torn slot of the head file is survived', async () => {
  const path = newPath();
  await filled(path);
  for (const slot of [0, 1]) {
    const head = readFileSync(`${path}.head`);
    head.fill(0, slot * 128, slot * 128 + 60);
    writeFileSync(`${path}.head`, head);
    const store = await open(path);
    assert.equal(await store.records.audit.newest(), 5);
    await store.records.commit({ writes: [], audit: [] });
    await store.close();
  }
});
