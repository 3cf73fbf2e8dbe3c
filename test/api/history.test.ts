/** Histories of a resource and of a type: entries, order, pages, times, totals (R4 http.html#history). */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type Reply, startVeil, type Veil } from '../support/veil.ts';

let veil: Veil;
const clock = { now: Date.UTC(2026, 0, 1) };
const SYSTEM = { roles: ['system'] };
const NURSE = { roles: ['nurse'] };
const MINUTE = 60_000;
before(async () => {
  veil = await startVeil({ clock: () => clock.now });
});
after(() => veil.stop());

const patient = (family: string) => ({ resourceType: 'Patient', name: [{ family }] });
const get = (path: string, caller = SYSTEM) => veil.call(caller, 'GET', path);

async function create(family: string): Promise<string> {
  clock.now += MINUTE;
  const reply = await veil.call(SYSTEM, 'POST', '/Patient', { body: patient(family) });
  assert.equal(reply.status, 201);
  return reply.json.id;
}
async function put(id: string, family: string): Promise<Reply> {
  clock.now += MINUTE;
  return veil.call(SYSTEM, 'PUT', `/Patient/${id}`, { body: { ...patient(family), id } });
}
async function remove(id: string): Promise<void> {
  clock.now += MINUTE;
  assert.equal((await veil.call(SYSTEM, 'DELETE', `/Patient/${id}`)).status, 204);
}
const iso = (time = clock.now) => new Date(time).toISOString();

// biome-ignore lint/suspicious/noExplicitAny: entries of any shape
const entries = (reply: Reply): readonly any[] => reply.json.entry ?? [];
const namesIn = (reply: Reply): readonly string[] =>
  entries(reply).map(({ resource, request }) => resource?.name[0].family ?? request.method);
const linkOf = (reply: Reply, relation: string): string | undefined =>
  reply.json.link.find((link: { relation: string }) => link.relation === relation)?.url;
const follow = (url: string) => get(url.slice(veil.baseUrl.length));

test('history: each version of a resource, newest first, with what was done and its version', async () => {
  const id = await create('One');
  const created = clock.now;
  await put(id, 'Two');
  await remove(id);
  const deleted = clock.now;
  await put(id, 'Four');
  const reply = await get(`/Patient/${id}/_history`);
  assert.equal(reply.status, 200);
  assert.equal(reply.json.resourceType, 'Bundle');
  assert.equal(reply.json.type, 'history');
  assert.equal(reply.json.total, 4);
  assert.equal(linkOf(reply, 'self'), `${veil.baseUrl}/Patient/${id}/_history`);
  assert.equal(linkOf(reply, 'next'), undefined);
  assert.deepEqual(namesIn(reply), ['Four', 'DELETE', 'Two', 'One']);
  assert.deepEqual(
    entries(reply).map(({ request }) => [request.method, request.url]),
    [
      ['PUT', `Patient/${id}`],
      ['DELETE', `Patient/${id}`],
      ['PUT', `Patient/${id}`],
      ['POST', 'Patient'],
    ],
  );
  assert.deepEqual(
    entries(reply).map(({ response }) => [response.status, response.etag]),
    [
      ['200', 'W/"4"'],
      ['204', 'W/"3"'],
      ['200', 'W/"2"'],
      ['201', 'W/"1"'],
    ],
  );
  assert.equal(entries(reply)[1].response.lastModified, iso(deleted));
  assert.equal(entries(reply)[3].response.lastModified, iso(created));
  assert.ok(entries(reply).every((entry) => entry.fullUrl === `${veil.baseUrl}/Patient/${id}`));
  assert.ok(entries(reply).every((entry) => entry.search === undefined));
  assert.equal('resource' in entries(reply)[1], false);
  for (const { resource, response } of [entries(reply)[0], entries(reply)[3]]) {
    assert.equal(`W/"${resource.meta.versionId}"`, response.etag);
    assert.equal(resource.meta.lastUpdated, response.lastModified);
  }
});

test('history: of a deleted resource it ends in the deletion; of an unknown one it is 404', async () => {
  const id = await create('Gone');
  await remove(id);
  assert.equal((await get(`/Patient/${id}`)).status, 410);
  assert.equal((await get(`/Patient/${id}/_history/2`)).status, 410);
  assert.deepEqual(namesIn(await get(`/Patient/${id}/_history`)), ['DELETE', 'Gone']);
  const unknown = await get('/Patient/nobody/_history');
  assert.equal(unknown.status, 404);
  assert.equal(unknown.text, (await get('/Patient/nobody')).text);
});

test('history: a save that changes nothing, or deletes nothing, is no version', async () => {
  const id = await create('Same');
  const saved = await put(id, 'Same');
  assert.equal(saved.status, 200);
  assert.equal(saved.headers.get('etag'), 'W/"1"');
  await remove(id);
  await remove(id);
  assert.equal((await get(`/Patient/${id}/_history`)).json.total, 2);
});

test('history: a type pages over all resources by opaque links, newest first, and holds while others write', async () => {
  const start = iso(clock.now + 1);
  const a = await create('A1');
  const b = await create('B1');
  await put(a, 'A2');
  await remove(b);
  await put(a, 'A3');
  const first = await get(`/Patient/_history?_count=2&_since=${start}`);
  assert.deepEqual(namesIn(first), ['A3', 'DELETE']);
  assert.equal(first.json.total, 5);
  assert.equal(linkOf(first, 'self'), `${veil.baseUrl}/Patient/_history?_since=${encodeURIComponent(start)}&_count=2`);
  const next = linkOf(first, 'next') ?? '';
  assert.match(next.slice(veil.baseUrl.length), /^\/Patient\/_history\?_cursor=[A-Za-z0-9_-]+$/);
  await put(a, 'A4');
  const second = await follow(next);
  assert.deepEqual(namesIn(second), ['A2', 'B1']);
  const third = await follow(linkOf(second, 'next') ?? '');
  assert.deepEqual(namesIn(third), ['A1']);
  assert.equal(linkOf(third, 'next'), undefined);
  assert.equal(third.json.total, 6);
  const times = [first, second, third].flatMap((page) => entries(page).map(({ response }) => response.lastModified));
  assert.deepEqual(times, times.toSorted().reverse());
});

test('history: a cursor of another caller, another resource or with company is 400', async () => {
  const [a, b] = [await create('A'), await create('B')];
  for (const id of [a, b]) await put(id, 'Next');
  const page = await get(`/Patient/${a}/_history?_count=1`);
  const cursor = (linkOf(page, 'next') ?? '').split('?')[1];
  assert.deepEqual(namesIn(await get(`/Patient/${a}/_history?${cursor}`)), ['A']);
  assert.equal((await get(`/Patient/${a}/_history?${cursor}&_pretty=true`)).status, 200);
  for (const path of [
    `/Patient/${b}/_history?${cursor}`,
    `/Patient/_history?${cursor}`,
    `/Patient?${cursor}`,
    `/Patient/${a}/_history?${cursor}&_since=2026`,
    `/Patient/${a}/_history?_cursor=x`,
  ]) {
    assert.equal((await get(path)).status, 400, path);
  }
  assert.equal((await get(`/Patient/${a}/_history?${cursor}`, NURSE)).status, 400);
});

test('history: _since takes what was made then or later, _at what was current then', async () => {
  const id = await create('V1');
  const [one, two] = [clock.now, clock.now + 10 * MINUTE];
  clock.now = two - MINUTE;
  await put(id, 'V2');
  clock.now += 10 * MINUTE;
  await remove(id);
  const three = clock.now;
  const history = async (query: string) => namesIn(await get(`/Patient/${id}/_history?${query}`));
  assert.deepEqual(await history(`_since=${iso(two)}`), ['DELETE', 'V2']);
  assert.deepEqual(await history(`_since=${iso(two + 1)}`), ['DELETE']);
  assert.deepEqual(await history(`_since=${iso(three + 1)}`), []);
  assert.deepEqual(await history(`_at=${iso(two)}`), ['V2']);
  assert.deepEqual(await history(`_at=${iso(two - 1)}`), ['V1']);
  assert.deepEqual(await history(`_at=${iso(one - 1)}`), []);
  assert.deepEqual(await history(`_at=${iso(three + MINUTE)}`), ['DELETE']);
  assert.deepEqual(await history('_at=2026'), ['DELETE', 'V2', 'V1']);
  assert.deepEqual(await history('_at=2025-12-31'), []);
  assert.deepEqual(await history(`_at=2026&_since=${iso(two)}`), ['DELETE', 'V2']);
  assert.deepEqual(await history(`_since=${iso(two).replace('Z', '+00:00')}`), ['DELETE', 'V2']);
});

test('history: a count alone, an asked total, and what the total says of the pages', async () => {
  const id = await create('T1');
  await put(id, 'T2');
  for (const query of ['_count=0', '_summary=count']) {
    const { json } = await get(`/Patient/${id}/_history?${query}`);
    assert.deepEqual([json.total, json.entry, json.type], [2, undefined, 'history']);
  }
  assert.equal((await get(`/Patient/${id}/_history?_count=1&_total=accurate`)).json.total, 2);
  const type = await get('/Patient/_history?_count=500');
  assert.equal(type.json.total, entries(type).length);
});

test('history: bad values are 400, what is unknown is left out, and refused under strict handling', async () => {
  const id = await create('Bad');
  for (const query of [
    ...['_count=-1', '_count=x', '_count=', '_total=all', '_summary=x', '_since=yesterday', '_since=', '_at=2026-13'],
    ...['_at=gt2026', '_since=2026&_since=2025', '_at:exact=2026', '_count=1&_count=2', '_sort=_lastUpdated'],
    ...['_include=Patient:organization', '_list=1', '_since=2026-02-30', '_at=2026-01-01T25:00:00Z'],
  ]) {
    for (const path of [`/Patient/${id}/_history?${query}`, `/Patient/_history?${query}`]) {
      const reply = await get(path);
      assert.equal(reply.status, 400, path);
      assert.equal(reply.json.resourceType, 'OperationOutcome');
    }
  }
  const lenient = await get(`/Patient/${id}/_history?family=x&_count=5`);
  assert.equal(lenient.json.total, 1);
  assert.equal(linkOf(lenient, 'self'), `${veil.baseUrl}/Patient/${id}/_history?_count=5`);
  const headers = { Prefer: 'handling=strict' };
  assert.equal((await veil.call(SYSTEM, 'GET', `/Patient/${id}/_history?family=x`, { headers })).status, 400);
});
