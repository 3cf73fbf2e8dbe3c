/** Two worlds with the large figure: 1,000 requests a role. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { failuresOf, ROLES, runTwoWorlds } from './worlds.ts';

const SEEDS = 1;
const REQUESTS = 1_000;

for (const role of ROLES) {
  for (let seed = 1; seed <= SEEDS; seed++) {
    test(`two worlds: ${role} cannot tell them apart by ${REQUESTS} random requests, seed ${seed}`, async (t) => {
      const { difference, answers } = await runTwoWorlds({ role, seed, requests: REQUESTS });
      t.diagnostic([...answers].map(([kind, count]) => `${kind}: ${count}`).join(', '));
      assert.equal(difference, undefined);
      assert.deepEqual(failuresOf(answers), []);
    });
  }
}
