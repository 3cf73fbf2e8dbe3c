/** Orders and pages against a naive oracle, with writes between the pages (ADR 0020). */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import fc from 'fast-check';
import { type Caller, type Reply, startVeil, type Veil } from '../support/veil.ts';

const SYSTEM: Caller = { roles: ['system'] };
const clock = { now: Date.UTC(2026, 10, 25, 12) };
let veil: Veil;
before(async () => {
  veil = await startVeil({ clock: () => clock.now });
});
after(() => veil?.stop());

interface Row {
  readonly gender: string | undefined;
  readonly birthDate: string | undefined;
  readonly families: readonly string[];
}
const GENDERS = ['female', 'male', 'other'];
const row: fc.Arbitrary<Row> = fc.record({
  gender: fc.option(fc.constantFrom(...GENDERS), { nil: undefined }),
  birthDate: fc.option(fc.constantFrom('1970', '1970-02', '1970-02-03', '1969-12-31', '2000-01-01'), {
    nil: undefined,
  }),
  families: fc.array(fc.constantFrom('Abel', 'abel', 'Öz', 'Zed', 'Mo'), { maxLength: 2 }),
});

type Value = string | number | undefined;
const fold = (text: string): string => text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase();
const KEYS: Readonly<Record<string, (one: Row, sign: number) => Value>> = {
  gender: (one) => one.gender,
  birthdate: (one) => one.birthDate && Date.parse(one.birthDate),
  family: (one, sign) =>
    one.families
      .map(fold)
      .toSorted()
      .at(sign > 0 ? 0 : -1),
};

function compareBy(keys: readonly string[]) {
  return (a: Row & { readonly n: number }, b: Row & { readonly n: number }): number => {
    for (const key of keys) {
      const sign = key.startsWith('-') ? -1 : 1;
      const read = KEYS[key.replace('-', '')];
      const [x, y] = [read?.(a, sign), read?.(b, sign)];
      if (x === y) continue;
      if (x === undefined || y === undefined) return x === undefined ? 1 : -1;
      return x < y ? -sign : sign;
    }
    return b.n - a.n;
  };
}

async function put(id: string, { gender, birthDate, families }: Row): Promise<void> {
  clock.now += 1;
  const name = families.map((family) => ({ family }));
  const body = { resourceType: 'Patient', id, gender, birthDate, ...(name.length > 0 ? { name } : {}), language: 'de' };
  const { status, text } = await veil.call(SYSTEM, 'PUT', `/Patient/${id}`, { body });
  assert.ok(status === 201 || status === 200, text);
}

interface Paging {
  readonly query: string;
  readonly prefix: string;
  between(): Promise<void>;
}

async function idsOfPages({ query, prefix, between }: Paging): Promise<string[]> {
  const ids: string[] = [];
  for (let path: string | undefined = `/Patient?${query}`; path !== undefined; ) {
    const { status, json, text }: Reply = await veil.call(SYSTEM, 'GET', path);
    assert.equal(status, 200, text);
    for (const { resource } of json.entry ?? []) if (resource.id.startsWith(prefix)) ids.push(resource.id);
    const next: string | undefined = json.link.find((link: { relation: string }) => link.relation === 'next')?.url;
    path = next?.slice(veil.baseUrl.length);
    if (path !== undefined) await between();
  }
  return ids;
}

const keysOf = fc
  .uniqueArray(fc.constantFrom(...Object.keys(KEYS)), { minLength: 1, maxLength: 3 })
  .chain((keys) => fc.tuple(...keys.map((key) => fc.constantFrom(key, `-${key}`))));

test('pages: an order agrees with a naive oracle, and rows that stay come once while others are written', async () => {
  let run = 0;
  const cases = fc.record({
    rows: fc.array(row, { minLength: 1, maxLength: 14 }),
    changes: fc.array(row, { minLength: 4, maxLength: 4 }),
    keys: keysOf,
    count: fc.integer({ min: 1, max: 4 }),
  });
  await fc.assert(
    fc.asyncProperty(cases, async ({ rows, changes, keys, count }) => {
      const prefix = `r${run++}-`;
      const restless = `x${prefix}`;
      const all = rows.map((one, n) => ({ ...one, n }));
      for (const one of all) await put(`${prefix}${one.n}`, one);
      for (const [i, one] of changes.entries()) await put(`${restless}${i}`, one);
      const ids = [...all.map(({ n }) => `${prefix}${n}`), ...changes.map((_, i) => `${restless}${i}`)].join();
      const query = `_id=${ids}&_sort=${keys.join()}`;
      const expected = all.toSorted(compareBy(keys)).map(({ n }) => `${prefix}${n}`);
      const quiet = await idsOfPages({ query: `${query}&_count=500`, prefix, between: async () => undefined });
      assert.deepEqual(quiet, expected);
      let writes = 0;
      const between = async (): Promise<void> => {
        const change = changes[++writes % changes.length];
        if (change && writes < 12) await put(`${restless}${writes % 3}`, change);
      };
      assert.deepEqual(await idsOfPages({ query: `${query}&_count=${count}`, prefix, between }), expected);
    }),
    { numRuns: 12 },
  );
});

test('pages: an order by date walks time where there are many rows, and gives each once', async () => {
  const days = Array.from({ length: 400 }, (_, n) => {
    if (n % 50 === 0) return undefined;
    return new Date(Date.UTC(1990 + (n % 30), (n * 7) % 12, 1 + ((n * 13) % 28))).toISOString().slice(0, 10);
  });
  for (const [n, birthDate] of days.entries())
    await put(`walk-${n}`, { gender: 'other', birthDate, families: ['Walk'] });
  for (const sign of ['', '-']) {
    const all = days.map((birthDate, n) => ({ n, gender: 'other', birthDate, families: [] }));
    const expected = all.toSorted(compareBy([`${sign}birthdate`])).map(({ n }) => `walk-${n}`);
    const query = `family=Walk&_sort=${sign}birthdate&_count=45`;
    assert.deepEqual(await idsOfPages({ query, prefix: 'walk-', between: async () => undefined }), expected);
  }
});
