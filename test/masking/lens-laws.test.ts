/** The laws of the lens for every shipped view, and that each law can fail. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isArray, isObject, type JsonObject, type ResourceJson } from '../../src/core/json.ts';
import { checkLaws, testLaws } from './lens-laws.ts';
import { callerOf, type LensUnderTest, lensOf, plainJson, shippedCallers } from './lens-world.ts';

testLaws(shippedCallers(), 200);

const caller = callerOf(['physician'], 'Patient');
const shipped = lensOf(caller);

/** A lens that breaks one law, and what is said of it. */
const BROKEN: readonly (readonly [law: RegExp, how: string, lens: Partial<LensUnderTest>])[] = [
  [/GetPut/, 'calls a save of what was read a change', { put: (s, v) => ({ ...shipped.put(s, v), changed: true }) }],
  [
    /GetPut/,
    'stores what was sent alone',
    { put: (_stored, edited) => ({ resource: asPatient(edited), changed: false }) },
  ],
  [/PutGet/, 'drops every edit', { put: (stored) => ({ resource: stored, changed: false }) }],
  [/hidden stays/, 'loses the SSN with any change', { put: losingSsn }],
  [/hidden stays/, 'empties hidden contained resources with any change', { put: losingContained }],
  [/two worlds/, 'refuses a change where an SSN is stored', { put: lookingAtSsn }],
  [/right and wrong guess/, 'takes a right guess of the SSN for no change', { put: takingRightGuess }],
  [/put threw/, 'fails on an edited name', { put: throwingOnNames }],
];

for (const [law, how, broken] of BROKEN) {
  test(`lens: a planted lens that ${how} breaks ${law.source}, and is found`, () => {
    assert.throws(
      () => checkLaws(caller, { runs: 500, lens: { ...shipped, ...broken } }),
      (error: Error) => law.test(String(error.cause ?? error)),
    );
  });
}

function asPatient(edited: JsonObject): ResourceJson {
  return { ...edited, resourceType: 'Patient' };
}

// Loses what the physician does not see, and only when something else is changed.
function losingSsn(stored: ResourceJson, edited: JsonObject) {
  const result = shipped.put(stored, edited);
  if (!result.changed) return result;
  const { identifier: _, ...rest } = result.resource;
  const seen = shipped.get(result.resource)['identifier'];
  return { ...result, resource: asPatient(seen === undefined ? rest : { ...rest, identifier: seen }) };
}

// Leaves the hidden resource there, so that nothing that is seen changes, and empties it.
function losingContained(stored: ResourceJson, edited: JsonObject) {
  const result = shipped.put(stored, edited);
  if (!result.changed) return result;
  const seen = new Set(containedIn(shipped.get(result.resource)).map((each) => each['id']));
  const contained = containedIn(result.resource).map((each) => {
    const { resourceType, id } = each;
    return seen.has(id) ? each : { resourceType, id };
  });
  return { ...result, resource: contained.length > 0 ? { ...result.resource, contained } : result.resource };
}

const containedIn = ({ contained }: JsonObject): readonly JsonObject[] =>
  isArray(contained) ? contained.filter(isObject) : [];

const SSN = 'http://hl7.org/fhir/sid/us-ssn';

function lookingAtSsn(stored: ResourceJson, edited: JsonObject) {
  const result = shipped.put(stored, edited);
  return result.changed && JSON.stringify(stored).includes(SSN)
    ? shipped.put(stored, { ...edited, ...HIDDEN })
    : result;
}

// What no physician may send.
const HIDDEN: JsonObject = { identifier: [{ system: SSN, value: '999-00-0000' }] };

function takingRightGuess(stored: ResourceJson, edited: JsonObject) {
  const sent = new Set(textsOf(edited['identifier']));
  const isRight = textsOf(stored['identifier']).some((text) => text.includes(SSN) && sent.has(text));
  return isRight ? { resource: stored, changed: false } : shipped.put(stored, edited);
}

const textsOf = (list: JsonObject[string]): readonly string[] =>
  isArray(list) ? list.map((item) => JSON.stringify(plainJson(item))) : [];

function throwingOnNames(stored: ResourceJson, edited: JsonObject) {
  if (JSON.stringify(edited['name']) !== JSON.stringify(stored['name'])) throw new TypeError('planted');
  return shipped.put(stored, edited);
}
