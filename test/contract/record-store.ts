/** What every record store must do: compare and swap, atomicity, versions, pages, audit log. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { and, EVERY, or, term } from '../../src/core/plan.ts';
import { sealedFromStore } from '../../src/crypto/sealed.ts';
import type { Secrets } from '../../src/crypto/secrets.ts';
import type { AuditChain, OpenedStore, RecordStore } from '../../src/store/record-store.ts';
import { verifyAudit } from '../../src/store/verify-audit.ts';
import { entryOf, termNumber, testSecrets, uidNumber, writeOf } from '../support/store-data.ts';

/** Opens an empty store; the test closes it. */
export type StoreFactory = (secrets: Secrets) => Promise<OpenedStore>;

type Body = (records: RecordStore, secrets: Secrets, opened: OpenedStore) => Promise<void>;

/** Registers the suite for one kind of store. */
export function recordStoreContract(kind: string, open: StoreFactory): void {
  const contract = (name: string, body: Body): void => {
    test(`${kind}: ${name}`, async () => {
      const secrets = testSecrets();
      const opened = await open(secrets);
      try {
        await body(opened.records, secrets, opened);
      } finally {
        await opened.close();
      }
    });
  };
  writing(contract);
  reading(contract);
  walking(contract);
  auditing(contract);
  keeping(contract);
}

type Contract = (name: string, body: Body) => void;

const none: [] = [];
// A store that one process has opened alone has one chain.
async function chainOf(records: RecordStore): Promise<AuditChain> {
  const [chain, ...others] = await records.audit.chains();
  assert.ok(chain);
  assert.equal(others.length, 0);
  return chain;
}
const uidsOf = (rows: readonly { uid: string }[]): string[] => rows.map((row) => row.uid);

function writing(contract: Contract): void {
  contract('a record reads back as it was written, with its sequence', async (records) => {
    const write = writeOf({ n: 1 });
    assert.deepEqual(await records.commit({ writes: [write], audit: none }), { done: true });
    const found = await records.current(uidNumber(1));
    assert.ok(found);
    const { seq, boxes, rowMac, ...rest } = found;
    const { boxes: sent, rowMac: sentMac, ...expected } = write.record;
    assert.deepEqual(rest, expected);
    assert.equal(Buffer.compare(boxes, sent), 0);
    assert.equal(Buffer.compare(rowMac, sentMac), 0);
    assert.ok(seq >= 0);
  });

  contract('creating what exists is a conflict, also after its deletion', async (records) => {
    await records.commit({ writes: [writeOf({ n: 1 })], audit: none });
    const conflict = { done: false, conflict: uidNumber(1) };
    assert.deepEqual(await records.commit({ writes: [writeOf({ n: 1 })], audit: none }), conflict);
    await records.commit({ writes: [writeOf({ n: 1, version: 2, deleted: true })], audit: none });
    assert.deepEqual(await records.commit({ writes: [writeOf({ n: 1 })], audit: none }), conflict);
    assert.deepEqual(await records.commit({ writes: [writeOf({ n: 1, version: 3 })], audit: none }), { done: true });
  });

  contract('an update of another version than the current one is a conflict', async (records) => {
    await records.commit({ writes: [writeOf({ n: 1 })], audit: none });
    const result = await records.commit({ writes: [writeOf({ n: 1, version: 3 })], audit: none });
    assert.deepEqual(result, { done: false, conflict: uidNumber(1) });
    const unknown = await records.commit({ writes: [writeOf({ n: 2, version: 2 })], audit: none });
    assert.deepEqual(unknown, { done: false, conflict: uidNumber(2) });
  });

  contract('a conflict writes nothing: no other write, no posting, no audit record', async (records, secrets) => {
    await records.commit({ writes: [writeOf({ n: 1 })], audit: none });
    const writes = [writeOf({ n: 2, index: { terms: [termNumber(1)] } }), writeOf({ n: 1 })];
    const result = await records.commit({ writes, audit: [entryOf(secrets, 'lost', [termNumber(5)])] });
    assert.deepEqual(result, { done: false, conflict: uidNumber(1) });
    assert.equal(await records.current(uidNumber(2)), undefined);
    assert.deepEqual(await records.rows({ type: 'Observation', where: term(termNumber(1)), limit: 9 }), []);
    assert.equal(await records.audit.newest(), 0);
  });

  contract('two writers at once: one is done, the other told of the conflict', async (records, secrets) => {
    await records.commit({ writes: [writeOf({ n: 1 })], audit: none });
    const results = await Promise.all(
      [1, 2, 3].map((n) =>
        records.commit({ writes: [writeOf({ n: 1, version: 2 })], audit: [entryOf(secrets, `writer ${n}`)] }),
      ),
    );
    assert.deepEqual(
      results.map((result) => result.done),
      [true, false, false],
    );
    assert.equal((await chainOf(records)).head.seq, 1);
  });

  contract('a precondition holds while the rows that answer its plan are the very ones it names', async (records) => {
    const index = { terms: [termNumber(1)] };
    const found = { type: 'Observation', where: term(termNumber(1)) };
    const expect = (rows: readonly (readonly [number, number])[]) => ({
      ...found,
      rows: rows.map(([n, version]) => ({ uid: uidNumber(n), version })),
    });
    const commit = (n: number, rows: readonly (readonly [number, number])[]) =>
      records.commit({ writes: [writeOf({ n, index })], audit: none, preconditions: [expect(rows)] });
    const unmet = { done: false, unmet: 'Observation' };
    assert.deepEqual(await commit(1, []), { done: true });
    assert.deepEqual(await commit(2, []), unmet);
    assert.deepEqual(await commit(2, [[1, 2]]), unmet);
    assert.deepEqual(await commit(2, [[9, 1]]), unmet);
    assert.deepEqual(await commit(2, [[1, 1]]), { done: true });
    assert.deepEqual(await commit(3, [[1, 1]]), unmet);
    assert.deepEqual(
      await commit(3, [
        [2, 1],
        [1, 1],
      ]),
      { done: true },
    );
    await records.commit({ writes: [1, 2].map((n) => writeOf({ n, version: 2, deleted: true })), audit: none });
    assert.deepEqual(await commit(4, [[3, 1]]), { done: true });
  });

  contract(
    'an unmet precondition writes nothing, and one on terms that nothing has is met',
    async (records, secrets) => {
      await records.commit({ writes: [writeOf({ n: 1 })], audit: none });
      const audit = [entryOf(secrets, 'lost', [termNumber(5)])];
      const every = { type: 'Observation', where: EVERY, rows: [] };
      const result = await records.commit({ writes: [writeOf({ n: 2 })], audit, preconditions: [every] });
      assert.deepEqual(result, { done: false, unmet: 'Observation' });
      assert.equal(await records.current(uidNumber(2)), undefined);
      assert.equal(await records.audit.newest(), 0);
      const unknown = { type: 'Observation', where: { op: 'uid', uid: uidNumber(77) } as const, rows: [] };
      const other = { type: 'Patient', where: EVERY, rows: [] };
      const done = await records.commit({ writes: [writeOf({ n: 2 })], audit, preconditions: [unknown, other] });
      assert.deepEqual(done, { done: true });
    },
  );

  contract('of many that expect to find nothing at once, one is done', async (records) => {
    const index = { terms: [termNumber(1)] };
    const nothing = { type: 'Observation', where: term(termNumber(1)), rows: [] };
    const results = await Promise.all(
      [1, 2, 3, 4, 5].map((n) =>
        records.commit({ writes: [writeOf({ n, index })], audit: none, preconditions: [nothing] }),
      ),
    );
    assert.equal(results.filter(({ done }) => done).length, 1);
    assert.equal(await records.count('Observation', term(termNumber(1)), 9), 1);
  });

  contract('one commit may hold versions that follow each other', async (records) => {
    const writes = [writeOf({ n: 1 }), writeOf({ n: 1, version: 2 })];
    assert.deepEqual(await records.commit({ writes, audit: none }), { done: true });
    assert.equal((await records.current(uidNumber(1)))?.version, 2);
  });
}

function reading(contract: Contract): void {
  contract('every version stays readable under one sequence', async (records) => {
    for (const version of [1, 2, 3]) {
      await records.commit({ writes: [writeOf({ n: 7, version, deleted: version === 2 })], audit: none });
    }
    const versions = await Promise.all([1, 2, 3, 4].map((version) => records.version(uidNumber(7), version)));
    assert.deepEqual(
      versions.map((found) => found && [found.version, found.deleted, found.id, found.rowTerms[0]]),
      [
        [1, false, 'id-7', termNumber(901)],
        [2, true, 'id-7', termNumber(902)],
        [3, false, 'id-7', termNumber(903)],
        undefined,
      ],
    );
    assert.equal(new Set(versions.slice(0, 3).map((found) => found?.seq)).size, 1);
  });

  contract('an update moves postings and references; a deletion takes them away', async (records) => {
    const type = 'Observation';
    const reference = (n: number) => ({ parameter: 'Observation.subject', uid: uidNumber(n) });
    const count = (n: number) => records.count(type, term(termNumber(n)), 9);
    const countOf = (n: number) => records.count(type, { op: 'reference', ...reference(n) }, 9);
    const first = { terms: [termNumber(1), termNumber(2)], references: [reference(50)] };
    await records.commit({ writes: [writeOf({ n: 1, index: first })], audit: none });
    assert.deepEqual([await count(1), await count(2), await count(3), await countOf(50)], [1, 1, 0, 1]);
    const second = { terms: [termNumber(2), termNumber(3)], references: [reference(51)] };
    await records.commit({ writes: [writeOf({ n: 1, version: 2, index: second })], audit: none });
    assert.deepEqual([await count(1), await count(2), await count(3)], [0, 1, 1]);
    assert.deepEqual([await countOf(50), await countOf(51)], [0, 1]);
    await records.commit({ writes: [writeOf({ n: 1, version: 3, deleted: true })], audit: none });
    assert.deepEqual([await count(2), await count(3), await countOf(51)], [0, 0, 0]);
    assert.deepEqual(await records.rows({ type, where: EVERY, limit: 9 }), []);
    assert.deepEqual(await records.rows({ type, where: { op: 'uid', uid: uidNumber(1) }, limit: 9 }), []);
  });

  contract('pages hold while others write, and an update changes no place', async (records) => {
    const index = { terms: [termNumber(1)] };
    const page = (after?: string) =>
      records.rows({ type: 'Observation', where: term(termNumber(1)), limit: 2, ...(after ? { after } : {}) });
    for (const n of [1, 2, 3, 4, 5]) await records.commit({ writes: [writeOf({ n, index })], audit: none });
    assert.deepEqual(uidsOf(await page()), [uidNumber(5), uidNumber(4)]);
    await records.commit({ writes: [writeOf({ n: 6, index }), writeOf({ n: 2, version: 2, index })], audit: none });
    await records.commit({ writes: [writeOf({ n: 4, version: 2, deleted: true })], audit: none });
    assert.deepEqual(uidsOf(await page(uidNumber(4))), [uidNumber(3), uidNumber(2)]);
    assert.deepEqual(uidsOf(await page(uidNumber(2))), [uidNumber(1)]);
    assert.deepEqual(uidsOf(await page(uidNumber(99))), []);
  });
}

function walking(contract: Contract): void {
  contract('a count stops at its limit', async (records) => {
    const writes = Array.from({ length: 30 }, (_, n) => writeOf({ n, index: { terms: [termNumber(1)] } }));
    await records.commit({ writes, audit: none });
    const where = or([term(termNumber(1)), term(termNumber(2))]);
    assert.deepEqual(
      [await records.count('Observation', where, 100), await records.count('Observation', where, 7)],
      [30, 7],
    );
    assert.equal(await records.count('Patient', EVERY, 100), 0);
    assert.equal(await records.count('Observation', EVERY, 0), 0);
  });

  contract('a candidate has the sort box of its version, and a deletion leaves none', async (records) => {
    const sortBox = (text: string) => sealedFromStore(Buffer.from(text));
    const type = 'Observation';
    const candidates = async () =>
      (await records.candidates({ type, where: EVERY, limit: 9 })).map((row) => [
        row.uid,
        row.version,
        row.sortBox && Buffer.from(row.sortBox).toString(),
      ]);
    await records.commit({
      writes: [writeOf({ n: 1, index: { sortBox: sortBox('a') } }), writeOf({ n: 2 })],
      audit: [],
    });
    assert.deepEqual(await candidates(), [
      [uidNumber(2), 1, undefined],
      [uidNumber(1), 1, 'a'],
    ]);
    const second = writeOf({ n: 1, version: 2, index: { sortBox: sortBox('b') } });
    await records.commit({ writes: [second, writeOf({ n: 2, version: 2, deleted: true })], audit: [] });
    assert.deepEqual(await candidates(), [[uidNumber(1), 2, 'b']]);
  });

  contract('changes are walked over slices of any size', async (records) => {
    const writes = Array.from({ length: 700 }, (_, n) => writeOf({ n, lastUpdated: Math.floor(n / 3) % 100 }));
    await records.commit({ writes, audit: none });
    const query = { type: 'Observation', where: EVERY, limit: 1000 };
    for (const order of ['oldest-first', 'newest-first'] as const) {
      const rows = await records.changes({ ...query, order });
      const sign = order === 'oldest-first' ? 1 : -1;
      assert.equal(rows.length, 700);
      assert.deepEqual(
        uidsOf(rows),
        uidsOf(rows.toSorted((a, b) => sign * (a.lastUpdated - b.lastUpdated) || b.seq - a.seq)),
      );
      const [, , third] = rows;
      assert.deepEqual(
        uidsOf(await records.changes({ ...query, order, ...(third ? { after: third } : {}) })),
        uidsOf(rows.slice(3)),
      );
    }
  });

  contract('every record is walked, versions in their order', async (records) => {
    for (let n = 0; n < 150; n++) await records.commit({ writes: [writeOf({ n })], audit: none });
    await records.commit({ writes: [writeOf({ n: 3, version: 2 }), writeOf({ n: 3, version: 3 })], audit: none });
    const seen: string[] = [];
    for await (const record of records.everyRecord()) seen.push(`${record.id}/${record.version}`);
    assert.equal(seen.length, 152);
    assert.deepEqual(seen.slice(2, 7), ['id-2/1', 'id-3/1', 'id-3/2', 'id-3/3', 'id-4/1']);
  });

  contract('a reindex replaces index, row terms and MAC, and passes over a version that moved on', async (records) => {
    await records.commit({ writes: [writeOf({ n: 1, index: { terms: [termNumber(1)] } })], audit: none });
    await records.commit({ writes: [writeOf({ n: 1, version: 2, index: { terms: [termNumber(1)] } })], audit: none });
    const { rowMac } = writeOf({ n: 77 }).record;
    const base = { uid: uidNumber(1), rowMac, index: { terms: [termNumber(8)], references: [] } };
    await records.reindexCommit([
      { ...base, version: 1, rowTerms: [termNumber(31)] },
      { ...base, version: 9, rowTerms: [termNumber(39)] },
    ]);
    assert.equal(await records.count('Observation', term(termNumber(8)), 9), 0);
    await records.reindexCommit([{ ...base, version: 2, rowTerms: [termNumber(32)] }]);
    assert.equal(await records.count('Observation', term(termNumber(8)), 9), 1);
    assert.equal(await records.count('Observation', term(termNumber(1)), 9), 0);
    assert.deepEqual((await records.version(uidNumber(1), 1))?.rowTerms, [termNumber(31)]);
    assert.deepEqual((await records.current(uidNumber(1)))?.rowTerms, [termNumber(32)]);
  });
}

function auditing(contract: Contract): void {
  contract('audit records get their places in order, and the chain verifies', async (records, secrets) => {
    const commits = Array.from({ length: 40 }, (_, n) =>
      records.commit({ writes: [writeOf({ n })], audit: [entryOf(secrets, `a${n}`), entryOf(secrets, `b${n}`)] }),
    );
    await Promise.all(commits);
    const rows = await (await chainOf(records)).range(1, 80);
    assert.deepEqual(
      rows.map((row) => secrets.audit.open(row.sealed)),
      Array.from({ length: 40 }, (_, n) => [`a${n}`, `b${n}`]).flat(),
    );
    assert.equal((await chainOf(records)).head.seq, 80);
    assert.deepEqual(await verifyAudit(records, secrets.audit), { ok: true, records: 80 });
  });

  contract('audit records are found by terms, newest first, between sequences', async (records, secrets) => {
    for (let n = 1; n <= 30; n++) {
      const terms = [termNumber(n % 2), termNumber(10 + (n % 3))];
      await records.commit({ writes: none, audit: [entryOf(secrets, `${n}`, terms)] });
    }
    const where = and([term(termNumber(1)), term(termNumber(10))]);
    // Places rise, with or without gaps.
    const places = (await records.audit.query({ where: EVERY, limit: 99 })).map((row) => row.seq).reverse();
    const placesOf = (...numbers: readonly number[]) => numbers.map((n) => places[n - 1]);
    const found = async (bounds: object) =>
      (await records.audit.query({ where, limit: 9, ...bounds })).map((row) => row.seq);
    assert.equal(places.length, 30);
    assert.deepEqual(
      places,
      places.toSorted((a, b) => a - b),
    );
    assert.deepEqual(await found({}), placesOf(27, 21, 15, 9, 3));
    assert.deepEqual(await found({ before: places[20], from: places[8] }), placesOf(15, 9));
    assert.deepEqual(await found({ limit: 1 }), placesOf(27));
    assert.deepEqual(
      (await records.audit.query({ where: EVERY, limit: 2 })).map((row) => row.seq),
      placesOf(30, 29),
    );
    assert.equal(await records.audit.newest(), places[29]);
    const seventh = await records.audit.get(places[6] ?? 0);
    assert.equal(seventh && secrets.audit.open(seventh.sealed), '7');
    assert.equal(await records.audit.get((places[29] ?? 0) + 1), undefined);
  });

  contract('what waits in one turn is committed together, each by itself', async (records, secrets) => {
    await records.commit({ writes: [writeOf({ n: 1 })], audit: none });
    const results = await Promise.all([
      records.commit({ writes: [writeOf({ n: 2 })], audit: [entryOf(secrets, 'two')] }),
      records.commit({ writes: [writeOf({ n: 1 })], audit: [entryOf(secrets, 'conflict')] }),
      records.commit({ writes: none, audit: [entryOf(secrets, 'read')] }),
    ]);
    assert.deepEqual(
      results.map((result) => result.done),
      [true, false, true],
    );
    const rows = await (await chainOf(records)).range(1, 9);
    assert.deepEqual(
      rows.map((row) => secrets.audit.open(row.sealed)),
      ['two', 'read'],
    );
    assert.deepEqual(await verifyAudit(records, secrets.audit), { ok: true, records: 2 });
  });

  contract('after closing a commit is refused with 503', async (records, secrets, opened) => {
    const last = records.commit({ writes: [writeOf({ n: 1 })], audit: [entryOf(secrets, 'last')] });
    const closing = opened.records.close();
    await assert.rejects(records.commit({ writes: [writeOf({ n: 2 })], audit: none }), { status: 503 });
    assert.deepEqual(await last, { done: true });
    await closing;
  });
}

function keeping(contract: Contract): void {
  contract('a key is kept once: the first one wins, an owner is added once', async (_records, { vault }, { keys }) => {
    const [first, second] = [vault.newKey('k.1', 1), vault.newKey('k.1', 1)];
    assert.deepEqual(await keys.get('k.1'), []);
    await keys.insertIfAbsent([vault.wrap(first, 'a'), vault.wrap(first, 'b')]);
    await keys.insertIfAbsent([vault.wrap(second, 'a'), vault.wrap(second, 'c')]);
    await keys.addOwner(vault.wrap(first, 'd'));
    await keys.addOwner(vault.wrap(second, 'd'));
    const rows = await keys.get('k.1');
    assert.deepEqual(rows.map((row) => row.owner).toSorted(), ['a', 'b', 'd']);
    const identity = { type: 'Patient', id: '1', version: 1 };
    const sealed = vault.sealBoxes(first, identity, new Map([['x', '{}']]));
    for (const row of rows) assert.equal(vault.openBox(vault.unwrap(row), identity, sealed, 'x'), '{}');
  });

  contract('facts about the database are kept', async (records) => {
    assert.equal(await records.meta.get('index'), undefined);
    await records.meta.set('index', '1');
    await records.meta.set('index', '2');
    assert.equal(await records.meta.get('index'), '2');
  });
}
