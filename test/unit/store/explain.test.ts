/** No query of a store scans a table: every statement that plans lead to is held against EXPLAIN QUERY PLAN. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { and, EVERY, not, or, type Plan, term } from '../../../src/core/plan.ts';
import { auditRange, auditRow, queryAudit, storedHead } from '../../../src/store/sqlite/audit-log.ts';
import { type Args, type Database, openDatabase, text } from '../../../src/store/sqlite/database.ts';
import { createParameterNames } from '../../../src/store/sqlite/parameters.ts';
import { createReplaceIndex } from '../../../src/store/sqlite/postings.ts';
import { createHistoryQueries } from '../../../src/store/sqlite/query-history.ts';
import { createRowQueries } from '../../../src/store/sqlite/query-rows.ts';
import { createRecordTables } from '../../../src/store/sqlite/schema.ts';
import { writeRecord } from '../../../src/store/sqlite/write-record.ts';
import { termNumber, uidNumber, writeOf } from '../../support/store-data.ts';

const TABLES = 'resource|history|timeline|posting|posted|reference|audit|audit_posting|sort_box|r|h|n|t|a|c|s|f';
const SCAN = new RegExp(`^SCAN (${TABLES})\\b`);

const t = (n: number): Plan => term(termNumber(n));
const subject = (n: number): Plan => ({ op: 'reference', parameter: 'Observation.subject', uid: uidNumber(n) });
const uid = (n: number): Plan => ({ op: 'uid', uid: uidNumber(n) });

const toSubjects = (where: Plan): Plan => ({
  op: 'refersTo',
  parameter: 'Observation.subject',
  to: { type: 'Observation', where },
});
const named = (where: Plan): Plan => ({
  op: 'referredBy',
  parameter: 'Observation.subject',
  from: { type: 'Observation', where },
});

const PLANS: readonly Plan[] = [
  EVERY,
  t(1),
  subject(1),
  uid(3),
  or([uid(3), uid(4), uid(5)]),
  and([t(1), t(2), subject(1)]),
  and([t(1), not(t(2))]),
  not(t(1)),
  and([not(t(1)), not(or([t(2), subject(1)]))]),
  or([t(1), t(2), t(3)]),
  or([t(1), subject(1), subject(2), uid(4)]),
  and([or([t(1), t(2), t(3), t(4), t(5)]), or([t(6), subject(2)]), not(uid(3))]),
  or([and([t(1), t(2)]), and([t(3), subject(1)])]),
  or([and([t(1), not(t(2))]), not(t(3))]),
  toSubjects(EVERY),
  named(EVERY),
  and([t(1), toSubjects(and([t(2), named(t(3))]))]),
  not(named(toSubjects(uid(3)))),
];

function recorded(db: Database): { readonly db: Database; readonly seen: Map<string, Args> } {
  const seen = new Map<string, Args>();
  return {
    seen,
    db: {
      ...db,
      get: (sql, args) => {
        seen.set(sql, args);
        return db.get(sql, args);
      },
      all: (sql, args) => {
        seen.set(sql, args);
        return db.all(sql, args);
      },
      run: (sql, args) => {
        seen.set(sql, args);
        return db.run(sql, args);
      },
    },
  };
}

function open() {
  const plain = openDatabase(':memory:', []);
  createRecordTables(plain, 'test');
  const { db, seen } = recorded(plain);
  return { plain, db, seen };
}

function assertNoScan(plain: Database, seen: ReadonlyMap<string, Args>): void {
  for (const [sql, args] of seen) {
    for (const step of plain.all(`EXPLAIN QUERY PLAN ${sql}`, args)) {
      assert.doesNotMatch(text(step, 'detail'), SCAN, sql);
    }
  }
}

test('explain: pages and counts of representative plans search, and never scan a table', async () => {
  const { plain, db, seen } = open();
  const parameters = createParameterNames(plain);
  plain.transaction(() => parameters.number('Observation.subject'));
  const references = (n: number) => [{ parameter: 'Observation.subject', uid: uidNumber(n % 700) }];
  const replaceIndex = createReplaceIndex(plain, parameters);
  plain.transaction(() => {
    for (let n = 0; n < 700; n++)
      writeRecord(plain, replaceIndex, writeOf({ n, index: { references: references(n) } }));
  });
  const queries = createRowQueries(db, parameters);
  for (const where of PLANS) {
    await queries.rows({ type: 'Observation', where, limit: 50, after: uidNumber(19) });
    await queries.candidates({ type: 'Observation', where, limit: 50 });
    const after = { lastUpdated: 5, seq: 3 };
    for (const order of ['oldest-first', 'newest-first'] as const) {
      await queries.changes({ type: 'Observation', where, limit: 50, order });
      await queries.changes({ type: 'Observation', where, limit: 50, order, after });
    }
    await queries.count('Observation', where, 100);
  }
  assert.ok(seen.size > PLANS.length);
  assertNoScan(plain, seen);
});

test('explain: a page by one criterion needs no sort', async () => {
  const { plain, db, seen } = open();
  const queries = createRowQueries(db, createParameterNames(plain));
  for (const where of [EVERY, t(1), and([t(1), not(t(2))])]) {
    await queries.rows({ type: 'Observation', where, limit: 50 });
  }
  const pages = [...seen].filter(([sql]) => sql.includes('CROSS JOIN resource'));
  assert.equal(pages.length, 3);
  for (const [sql, args] of pages) {
    for (const step of plain.all(`EXPLAIN QUERY PLAN ${sql}`, args)) {
      assert.doesNotMatch(text(step, 'detail'), /TEMP B-TREE/, sql);
    }
  }
});

test('explain: histories are searched in their order, and neither scanned nor sorted', async () => {
  const { plain, db, seen } = open();
  const replaceIndex = createReplaceIndex(plain, createParameterNames(plain));
  for (let n = 0; n < 600; n++)
    writeRecord(plain, replaceIndex, writeOf({ n: n % 20, version: 1 + Math.floor(n / 20) }));
  const { history, countHistory } = createHistoryQueries(db);
  const filters = [EVERY, t(901), not(t(1)), and([t(901), not(or([t(1), t(2)]))]), or([t(901), and([t(2), t(3)])])];
  for (const scope of [{ type: 'Observation' }, { uid: uidNumber(3) }]) {
    for (const where of filters) {
      const query = { of: scope, where, since: 1, at: { from: 1, to: 2_000_000_000_000 } };
      await history({ ...query, limit: 50, after: { uid: uidNumber(3), version: 30 } });
      await history({ ...query, limit: 50, after: { uid: uidNumber(3), version: 2 } });
      await countHistory({ of: scope, where }, 100);
    }
  }
  assert.ok(seen.size > 2 * filters.length);
  assertNoScan(plain, seen);
  for (const [sql, args] of seen) {
    for (const step of plain.all(`EXPLAIN QUERY PLAN ${sql}`, args)) {
      assert.doesNotMatch(text(step, 'detail'), /TEMP B-TREE/, sql);
    }
  }
});

test('explain: writes and reads of the audit log search too', async () => {
  const { plain, db, seen } = open();
  const replaceIndex = createReplaceIndex(db, createParameterNames(plain));
  const references = [{ parameter: 'Observation.subject', uid: uidNumber(9) }];
  writeRecord(db, replaceIndex, writeOf({ n: 1, index: { terms: [termNumber(1)], references } }));
  writeRecord(db, replaceIndex, writeOf({ n: 1, version: 2, deleted: true }));
  for (const where of [EVERY, t(1), and([t(1), not(t(2))]), or([t(1), t(2)])]) {
    await queryAudit(db, { where, from: 2, before: 9, limit: 5 });
  }
  auditRow(db, 1);
  auditRange(db, 1, 5);
  storedHead(db);
  assertNoScan(plain, seen);
});

test('plans: beyond the bounds they are refused as too costly, within them they run', async () => {
  const { plain } = open();
  const queries = createRowQueries(plain, createParameterNames(plain));
  const wide = (n: number): Plan => or(Array.from({ length: n }, (_, i) => t(i)));
  const deep = (n: number): Plan => (n === 0 ? t(0) : { op: 'and', of: [t(n), { op: 'or', of: [t(n), deep(n - 1)] }] });
  assert.equal(await queries.count('Observation', wide(4000), 5), 0);
  assert.equal(await queries.count('Observation', deep(10), 5), 0);
  await assert.rejects(queries.count('Observation', wide(5000), 5), { status: 403 });
  await assert.rejects(queries.count('Observation', deep(20), 5), { status: 403 });
});
