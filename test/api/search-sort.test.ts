/** `_sort` over HTTP: order, pages, the guard, and the store's own order. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type Caller, type Reply, startVeil, type Veil } from '../support/veil.ts';

const SYSTEM: Caller = { roles: ['system'] };
const NURSE: Caller = { roles: ['nurse'] };
const clock = { now: Date.UTC(2026, 10, 25, 12) };
let veil: Veil;

before(async () => {
  veil = await startVeil({ clock: () => clock.now });
  const people: readonly (readonly [string, object])[] = [
    ['a', { birthDate: '1970-05-01', name: [{ family: 'Öz' }], gender: 'male' }],
    ['b', { birthDate: '1970', name: [{ family: 'abel' }], gender: 'female' }],
    ['c', { name: [{ family: 'Zed' }, { family: 'Aaa' }], gender: 'male' }],
    ['d', { birthDate: '1990-01-01', gender: 'female' }],
  ];
  for (const [id, members] of people) await put('Patient', id, members);
});
after(() => veil?.stop());

async function put(type: string, id: string, members: object): Promise<void> {
  clock.now += 1000;
  const body = { resourceType: type, id, ...members };
  const reply = await veil.call(SYSTEM, 'PUT', `/${type}/${id}`, { body });
  assert.ok(reply.status === 201 || reply.status === 200, reply.text);
}

const ask = (path: string, caller = SYSTEM): Promise<Reply> => veil.call(caller, 'GET', path);
const idsOf = ({ json }: Reply): string =>
  (json.entry ?? []).map((entry: { resource: { id: string } }) => entry.resource.id).join('');

async function everyPage(path: string, caller = SYSTEM): Promise<string> {
  let ids = '';
  const lengths = new Set<number>();
  for (let at: string | undefined = path; at !== undefined; ) {
    const reply: Reply = await ask(at, caller);
    assert.equal(reply.status, 200, reply.text);
    ids += idsOf(reply);
    const next: string | undefined = reply.json.link.find(
      (link: { relation: string }) => link.relation === 'next',
    )?.url;
    if (next !== undefined) lengths.add(next.length);
    at = next?.slice(veil.baseUrl.length);
  }
  assert.ok(lengths.size <= 1);
  return ids;
}

const ORDERS: readonly (readonly [string, string])[] = [
  ['birthdate', 'badc'],
  ['-birthdate', 'dabc'],
  ['family', 'cbad'],
  ['-family', 'cabd'],
  ['gender,-birthdate', 'dbac'],
  ['-gender,birthdate', 'acbd'],
  ['_id', 'abcd'],
  ['-_id', 'dcba'],
  ['_lastUpdated', 'abcd'],
  ['-_lastUpdated', 'dcba'],
  ['name', 'cbad'],
  ['active', 'dcba'],
];

for (const [keys, expected] of ORDERS) {
  test(`sort: ${keys} gives ${expected}, on one page and on pages of one`, async () => {
    const whole = await ask(`/Patient?_sort=${keys}`);
    assert.equal(idsOf(whole), expected);
    assert.equal(whole.json.total, 4);
    assert.equal(whole.json.link[0].url, `${veil.baseUrl}/Patient?_sort=${encodeURIComponent(keys)}`);
    assert.equal(await everyPage(`/Patient?_sort=${keys}&_count=1`), expected);
  });
}

test('sort: the guard refuses a key that the role does not see whole, and names it', async () => {
  const refused = await ask('/Patient?_sort=identifier', NURSE);
  assert.equal(refused.status, 403);
  assert.match(refused.text, /identifier/);
  assert.equal((await ask('/Patient?_sort=gender,identifier', NURSE)).status, 403);
  assert.equal((await ask('/Patient?_sort=phone', NURSE)).status, 200);
  assert.equal((await ask('/Patient?_sort=identifier')).status, 200);
  assert.equal((await ask('/Patient?_sort=birthdate', { roles: ['researcher'] })).status, 403);
  assert.equal((await ask('/Patient?_sort=_lastUpdated', { roles: ['researcher'] })).status, 403);
});

test('sort: a role that sees a key answers for it where another one does not', async () => {
  const reply = await ask('/Patient?_sort=-birthdate&_summary=count', { roles: ['billing', 'nurse'] });
  assert.deepEqual([reply.status, reply.json.total], [200, 4]);
});

test('sort: a page holds its place while others write, with the keys as they then were', async () => {
  for (const n of [1, 2, 3, 4, 5]) await put('Organization', `o${n}`, { name: `N${n}` });
  const first = await ask('/Organization?_sort=name&_count=2');
  assert.equal(idsOf(first), 'o1o2');
  // The last row of the page moves to the end, and a new one comes before it: neither is repeated or lost for others.
  await put('Organization', 'o2', { name: 'N9' });
  await put('Organization', 'o0', { name: 'N0' });
  const next = first.json.link.find((link: { relation: string }) => link.relation === 'next').url;
  assert.equal(await everyPage(next.slice(veil.baseUrl.length)), 'o3o4o5o2');
});

test('sort: _lastUpdated pages hold for rows that stay as they are', async () => {
  for (const n of [1, 2, 3, 4, 5]) await put('Location', `l${n}`, { name: `L${n}` });
  const first = await ask('/Location?_sort=-_lastUpdated&_count=2');
  assert.equal(idsOf(first), 'l5l4');
  await put('Location', 'l4', { name: 'again' });
  const next = first.json.link.find((link: { relation: string }) => link.relation === 'next').url;
  assert.equal(await everyPage(next.slice(veil.baseUrl.length)), 'l3l2l1');
});
