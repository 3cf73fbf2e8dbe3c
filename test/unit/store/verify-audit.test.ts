/** The audit log: an edit, a gap, a swap and a cut tail are found and located. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, test } from 'node:test';
import { openStore } from '../../../src/store/open-store.ts';
import { type AuditVerification, verifyAudit } from '../../../src/store/verify-audit.ts';
import { entryOf, testSecrets } from '../../support/store-data.ts';

const folder = mkdtempSync(join(tmpdir(), 'veil-audit-'));
after(() => rmSync(folder, { recursive: true }));
const secrets = testSecrets();
const RECORDS = 1200;
let files = 0;

// Commits a log, lets someone with the disk edit it under the open store, and verifies it.
async function verifiedAfter(sql: string): Promise<AuditVerification> {
  const path = join(folder, `${++files}.db`);
  const { records, close } = await openStore({ databaseUrl: `sqlite:${path}`, mode: 'real', secrets, access: 'write' });
  const audit = Array.from({ length: RECORDS }, (_, n) => entryOf(secrets, `record ${n}`));
  await records.commit({ writes: [], audit });
  const disk = new DatabaseSync(path);
  disk.exec(sql);
  disk.close();
  const result = await verifyAudit(records, secrets.audit);
  await close();
  return result;
}

const swap = (a: number, b: number, columns: string): string => `
  CREATE TEMP TABLE kept AS SELECT * FROM audit WHERE seq IN (${a}, ${b});
  UPDATE audit SET (${columns}) = (SELECT ${columns} FROM kept WHERE seq = ${b}) WHERE seq = ${a};
  UPDATE audit SET (${columns}) = (SELECT ${columns} FROM kept WHERE seq = ${a}) WHERE seq = ${b};`;

const CASES: readonly (readonly [string, string, AuditVerification])[] = [
  ['an untouched log verifies', 'SELECT 1', { ok: true, records: RECORDS }],
  [
    'a changed record',
    "UPDATE audit SET sealed = CAST(substr(sealed, 1, length(sealed) - 1) || x'00' AS BLOB) WHERE seq = 700",
    { ok: false, fault: { seq: 700, reason: 'edited' } },
  ],
  [
    'a changed link',
    'UPDATE audit SET link = zeroblob(32) WHERE seq = 9',
    { ok: false, fault: { seq: 9, reason: 'edited' } },
  ],
  ['a missing record', 'DELETE FROM audit WHERE seq = 501', { ok: false, fault: { seq: 501, reason: 'missing' } }],
  ['a missing first record', 'DELETE FROM audit WHERE seq = 1', { ok: false, fault: { seq: 1, reason: 'missing' } }],
  [
    'a whole batch that is missing',
    'DELETE FROM audit WHERE seq BETWEEN 501 AND 1000',
    { ok: false, fault: { seq: 501, reason: 'missing' } },
  ],
  ['two records swapped', swap(30, 31, 'sealed'), { ok: false, fault: { seq: 30, reason: 'swapped' } }],
  ['two rows swapped whole', swap(30, 900, 'sealed, link'), { ok: false, fault: { seq: 30, reason: 'swapped' } }],
  ['a cut tail', 'DELETE FROM audit WHERE seq > 1100', { ok: false, fault: { seq: 1101, reason: 'cut-tail' } }],
  ['an emptied log', 'DELETE FROM audit', { ok: false, fault: { seq: 1, reason: 'cut-tail' } }],
  [
    'a changed last link',
    `UPDATE audit SET link = zeroblob(32) WHERE seq = ${RECORDS}`,
    { ok: false, fault: { seq: RECORDS, reason: 'swapped' } },
  ],
];

for (const [name, sql, expected] of CASES) {
  test(`verify: ${name} is found and located`, async () => {
    assert.deepEqual(await verifiedAfter(sql), expected);
  });
}
