/** Two worlds (promise 2): what differs only out of a role's sight answers that role byte for byte the same. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Built } from '../security/canary-resource.ts';
import { failuresOf, ROLES, type Run, runTwoWorlds } from './worlds.ts';

for (const role of ROLES) {
  test(`two worlds: ${role} cannot tell them apart by 100 random requests`, async (t) => {
    const { difference, answers } = await runTwoWorlds({ role, seed: 1, requests: 100 });
    assert.equal(difference, undefined);
    t.diagnostic([...answers].map(([kind, count]) => `${kind}: ${count}`).join(', '));
    // Traces that are refused all along would prove nothing; an error is equal in both worlds and wrong.
    assert.ok((answers.get('GET 200') ?? 0) >= 15);
    assert.deepEqual(failuresOf(answers), []);
  });
}

const MUTATIONS: readonly (readonly [string, string, NonNullable<Run['weaken']>])[] = [
  ['nurse', 'an element too many', ({ resources }) => resources.Patient.show.push('maritalStatus')],
  ['physician', 'the SSN shown', ({ resources }) => delete resources.Patient.rules],
  ['pharmacist', 'no row filter', ({ resources }) => delete resources.Observation.where],
  ['nurse', 'no clearance', ({ resources }) => setClearance(resources, { except: [] })],
  ['patient', 'no compartment', ({ resources }) => delete resources.Observation.compartment],
  ['researcher', 'a word beside a code', ({ resources }) => resources.Observation.show.push('code.coding.display')],
  ['researcher', 'ages', ({ resources }) => delete resources.Observation.where],
  ['billing', 'the SSN whole', ({ resources }) => delete resources.Patient.rules],
];

function setClearance(resources: Built, clearance: unknown): void {
  for (const view of Object.values<Built>(resources)) if (view.clearance) view.clearance = clearance;
}

for (const [role, what, weaken] of MUTATIONS) {
  test(`two worlds: ${role} with ${what} tells them apart (control)`, async () => {
    const { difference } = await runTwoWorlds({
      role,
      seed: 1,
      requests: 300,
      weaken,
      types: ['Patient', 'Observation'],
    });
    assert.ok(difference !== undefined);
  });
}
