/** The committer: one transaction a turn, a head that moves after COMMIT, and 503 for all when it fails. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Commit } from '../../../src/core/record.ts';
import { EMPTY_HEAD } from '../../../src/store/audit-chain.ts';
import { type CommitterPorts, createCommitter, type Turn } from '../../../src/store/committer.ts';
import { openStore } from '../../../src/store/open-store.ts';
import type { AuditHead } from '../../../src/store/record-store.ts';
import { verifyAudit } from '../../../src/store/verify-audit.ts';
import { entryOf, testSecrets, uidNumber, writeOf } from '../../support/store-data.ts';

const EMPTY: Commit = { writes: [], audit: [] };
const next = (head: AuditHead): AuditHead => ({ seq: head.seq + 1, link: new Uint8Array(32) });
const allDone = (commits: readonly Commit[], head: AuditHead): Turn => ({
  outcomes: commits.map(() => ({ done: true })),
  head: next(head),
});
const committerOf = (ports: Partial<CommitterPorts>) =>
  createCommitter({ apply: allDone, publishHead: () => undefined, head: EMPTY_HEAD, ...ports });

test('committer: what waits in one turn is one transaction; what comes meanwhile is the next', async () => {
  const turns: number[] = [];
  const committer = committerOf({
    apply: async (commits, head) => {
      turns.push(commits.length);
      if (turns.length === 1) later.push(committer.commit(EMPTY), committer.commit(EMPTY));
      return allDone(commits, head);
    },
  });
  const later: Promise<unknown>[] = [];
  await Promise.all([committer.commit(EMPTY), committer.commit(EMPTY), committer.commit(EMPTY)]);
  await Promise.all(later);
  assert.deepEqual(turns, [3, 2]);
  assert.equal(committer.head().seq, 2);
});

test('committer: when a turn fails all that waited get 503, the head stays, and the next turn works', async () => {
  let failing = true;
  const committer = committerOf({
    apply: (commits, head) => {
      if (failing) throw new Error('disk full');
      return allDone(commits, head);
    },
  });
  const failed = await Promise.allSettled([committer.commit(EMPTY), committer.commit(EMPTY)]);
  for (const one of failed) {
    assert.equal(one.status, 'rejected');
    assert.equal(one.status === 'rejected' && one.reason.status, 503);
  }
  assert.equal(committer.head().seq, 0);
  failing = false;
  assert.deepEqual(await committer.commit(EMPTY), { done: true });
});

test('committer: a head that cannot be published is 503, though the head has moved', async () => {
  const committer = committerOf({
    publishHead: () => {
      throw new Error('disk full');
    },
  });
  await assert.rejects(committer.commit(EMPTY), { status: 503 });
  assert.equal(committer.head().seq, 1);
});

test('committer: no caller is released before the head is published', async () => {
  const order: string[] = [];
  const committer = committerOf({ publishHead: () => void order.push('published') });
  await committer.commit(EMPTY).then(() => order.push('released'));
  assert.deepEqual(order, ['published', 'released']);
});

test('committer: a commit that cannot be written fails by itself, its neighbours are kept', async () => {
  const secrets = testSecrets();
  const { records, close } = await openStore({
    databaseUrl: 'sqlite::memory:',
    mode: 'demo',
    secrets,
    access: 'write',
  });
  const bad = writeOf({ n: 2, index: { terms: ['no term'], references: [{ parameter: 'P.x', uid: uidNumber(1) }] } });
  const results = await Promise.allSettled([
    records.commit({ writes: [writeOf({ n: 1 })], audit: [entryOf(secrets, '1')] }),
    records.commit({ writes: [bad], audit: [entryOf(secrets, '2')] }),
    records.commit({ writes: [writeOf({ n: 3 })], audit: [entryOf(secrets, '3')] }),
  ]);
  assert.deepEqual(
    results.map((result) => result.status),
    ['fulfilled', 'rejected', 'fulfilled'],
  );
  assert.equal(await records.current(uidNumber(2)), undefined);
  assert.deepEqual(await verifyAudit(records, secrets.audit), { ok: true, records: 2 });
  const references = [{ parameter: 'P.x', uid: uidNumber(1) }];
  await records.commit({ writes: [writeOf({ n: 4, index: { references } })], audit: [] });
  assert.equal(await records.count('Observation', { op: 'reference', parameter: 'P.x', uid: uidNumber(1) }, 9), 1);
  await close();
});
