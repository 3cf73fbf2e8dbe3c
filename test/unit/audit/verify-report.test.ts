/** The report of `veil audit verify`: each outcome as a line and as JSON. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { verificationJson, verificationText } from '../../../src/audit/verify-report.ts';
import { verifyAudit } from '../../../src/store/verify-audit.ts';
import { fixedSecrets, readFacts } from './audit-facts.ts';
import { openLog } from './open-log.ts';

test('verify: a chain that holds, as the store finds it', async () => {
  const log = await openLog([readFacts(), readFacts()]);
  const result = await verifyAudit(log.opened.records, fixedSecrets().audit);
  await log.opened.close();
  assert.deepEqual(verificationJson(result), { ok: true, records: 2 });
  assert.match(verificationText(result), /holds: 2 records$/);
});

test('verify: each fault names its place and its kind', () => {
  for (const reason of ['edited', 'missing', 'swapped', 'cut-tail'] as const) {
    const result = { ok: false, fault: { seq: 7, reason } } as const;
    assert.match(verificationText(result), /record 7: /);
    assert.partialDeepStrictEqual(verificationJson(result), { ok: false, fault: { seq: 7, reason } });
  }
});
