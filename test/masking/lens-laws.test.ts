/** The laws of the lens for every shipped view, and that each law can fail. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { JsonObject, ResourceJson } from '../../src/core/json.ts';
import { checkLaws } from './lens-laws.ts';
import { callerOf, type LensUnderTest, lensOf, shippedCallers } from './lens-world.ts';

const RUNS = 50;
const KEEPS = new Set(['physician on Patient', 'scheduler on Patient', 'scheduler on Appointment']);

for (const caller of shippedCallers()) {
  test(`lens: ${caller.name} keeps the laws`, () => {
    const tally = checkLaws(caller, { runs: RUNS });
    assert.ok(tally.changed + tally.refused > RUNS / 5, JSON.stringify(tally));
    // Positive control: writes do get through while something is hidden.
    if (KEEPS.has(caller.name)) assert.ok(tally.kept > 0, JSON.stringify(tally));
  });
}

const shipped = lensOf(callerOf(['physician'], 'Patient'));

/** A lens that breaks one law, and what is said of it. */
const BROKEN: readonly (readonly [law: RegExp, lens: Partial<LensUnderTest>])[] = [
  [/GetPut/, { put: (stored, edited) => ({ ...shipped.put(stored, edited), changed: true }) }],
  [/GetPut/, { put: (_stored, edited) => ({ resource: asResource(edited), changed: false }) }],
  [/PutGet/, { put: (stored) => ({ resource: stored, changed: false }) }],
  [/hidden stays/, { put: losingSsn }],
  [/put threw/, { put: throwingOnNames }],
];

for (const [law, broken] of BROKEN) {
  test(`lens: a planted lens that breaks ${law.source} is found`, () => {
    assert.throws(
      () => checkLaws(callerOf(['physician'], 'Patient'), { runs: 5 * RUNS, lens: { ...shipped, ...broken } }),
      (error: Error) => law.test(String(error.cause ?? error)),
    );
  });
}

function asResource(edited: JsonObject): ResourceJson {
  return { ...edited, resourceType: 'Patient' };
}

// Loses what the physician does not see, and only when something else is changed.
function losingSsn(stored: ResourceJson, edited: JsonObject) {
  const result = shipped.put(stored, edited);
  if (!result.changed) return result;
  const { identifier: _, ...rest } = result.resource;
  const seen = shipped.get(result.resource)['identifier'];
  return { ...result, resource: asResource(seen === undefined ? rest : { ...rest, identifier: seen }) };
}

function throwingOnNames(stored: ResourceJson, edited: JsonObject) {
  if (JSON.stringify(edited['name']) !== JSON.stringify(stored['name'])) throw new TypeError('planted');
  return shipped.put(stored, edited);
}
