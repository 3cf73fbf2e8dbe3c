/** The researcher's searches: in the order of pseudonyms, whatever was created, changed or deleted when. */
import assert from 'node:assert/strict';
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { byPseudonym } from '../../src/interactions/pseudonym-order.ts';
import { startVeil, type Veil } from '../support/veil.ts';
import { type Any, ask, found, observation, patient, SYSTEM, store } from './researcher-data.ts';

const BASE_URL = 'http://127.0.0.1:1/fhir';
const NOW = Date.UTC(2026, 10, 25, 12);
const PEOPLE = Array.from({ length: 30 }, (_, i) => patient(`p${i}`, { gender: i % 3 === 0 ? 'male' : 'female' }));
const VALUES = Array.from({ length: 30 }, (_, i) => observation(`o${i}`, `Patient/p${i % 4}`));

const folders = [mkdtempSync(join(tmpdir(), 'veil-a-')), mkdtempSync(join(tmpdir(), 'veil-b-'))] as const;
let one: Veil;
let other: Veil;
before(async () => {
  const open = (folder: string) => startVeil({ folder, env: { BASE_URL }, clock: () => NOW });
  one = await open(folders[0]);
  for (const file of ['keyring.json', 'demo-key.json']) copyFileSync(join(folders[0], file), join(folders[1], file));
  other = await open(folders[1]);
  await store(one, [...PEOPLE, ...VALUES]);
  // The same content by another way: in another order, with versions between, with a deletion before.
  await store(other, [...VALUES.toReversed(), patient('gone')]);
  await other.call(SYSTEM, 'DELETE', '/Patient/gone');
  await store(other, PEOPLE.toReversed());
  for (const each of PEOPLE.slice(5, 12)) await store(other, [{ ...each, active: false }, each]);
});
after(async () => {
  await one.stop();
  await other.stop();
  for (const folder of folders) rmSync(folder, { recursive: true });
});

async function pages(veil: Veil, query: string): Promise<{ readonly ids: string[]; readonly links: string[] }> {
  const ids: string[] = [];
  const links: string[] = [];
  for (let path: string | undefined = query; path !== undefined; ) {
    const reply = await ask(veil, path);
    ids.push(...found(reply).map(({ id }) => id));
    const next: string | undefined = reply.json.link.find(({ relation }: Any) => relation === 'next')?.url;
    if (next !== undefined) links.push(next);
    path = next?.slice(BASE_URL.length);
  }
  return { ids, links };
}

test('order: by pseudonym, and pages of any size give all of it once', async () => {
  for (const query of ['/Patient?', '/Patient?gender=female&', '/Observation?', '/Observation?code=4548-4&']) {
    const { ids } = await pages(one, `${query}_count=500`);
    assert.ok(ids.length >= 20, query);
    assert.deepEqual(ids, ids.toSorted(), query);
    for (const count of [4, 29]) {
      const paged = await pages(one, `${query}_count=${count}`);
      assert.deepEqual(paged.ids, ids, `${query} ${count}`);
      assert.equal(new Set(paged.links.map((link) => link.length)).size <= 1, true, 'cursors of one length');
    }
  }
});

test('order: a store that came about otherwise answers byte for byte the same', async () => {
  const paths = ['/Patient?_count=7', '/Observation?_count=30', '/Patient?gender=male&_total=accurate&_count=3'];
  const next = (await ask(one, '/Patient?_count=7')).json.link[1].url.slice(BASE_URL.length);
  for (const path of [...paths, next]) {
    assert.equal((await ask(other, path)).text, (await ask(one, path)).text, path);
  }
  // Control: who may see the order of creation gets another one.
  const seen = (veil: Veil) => veil.call(SYSTEM, 'GET', '/Patient?_count=7');
  assert.notEqual((await seen(one)).text, (await seen(other)).text);
});

test('order: equal requests give equal cursors, and the next page stands when its row before is gone', async () => {
  const [first, again] = [await ask(one, '/Observation?_count=10'), await ask(one, '/Observation?_count=10')];
  assert.equal(first.text, again.text);
  const rest = await pages(one, first.json.link[1].url.slice(BASE_URL.length));
  const { secrets } = one.app;
  const last = found(first).at(-1).id;
  const uid = secrets.pseudonyms.uidOf('researcher', 'Observation', last);
  const id = VALUES.map((each) => each.id).find((each) => secrets.terms.uid('Observation', each) === uid);
  assert.equal((await one.call(SYSTEM, 'DELETE', `/Observation/${id}`)).status, 204);
  const after = await pages(one, first.json.link[1].url.slice(BASE_URL.length));
  assert.deepEqual(after.ids, rest.ids);
});

test('order: beyond its bound a search is too costly, and at the bound it is not', async () => {
  const { terms, pseudonyms } = one.app.secrets;
  const ask = (rows: number) =>
    byPseudonym({
      type: 'Patient',
      where: { op: 'every' },
      batch: 500,
      nameRows: (uids) => pseudonyms.pseudonyms('researcher', 'Patient', uids),
      repository: {
        candidates: async ({ limit }) => Array(Math.min(rows, limit)).fill({ uid: terms.uid('Patient', '1') }),
        rows: async () => [],
      },
    }).next();
  await assert.rejects(ask(50_001), { status: 403, message: 'too-costly' });
  assert.deepEqual(await ask(50_000), { done: true, value: undefined });
});
