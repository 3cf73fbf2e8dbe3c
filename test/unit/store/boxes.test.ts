/** Class boxes: what goes in comes out, nothing lies in two boxes, and an SSN lies in its own alone. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { equalJson, isObject, type Json, type ResourceJson } from '../../../src/core/json.ts';
import { placeItems } from '../../../src/core/place-items.ts';
import { loadDefinitions } from '../../../src/definitions/registry.ts';
import { createClassifier } from '../../../src/fhirpath/classify.ts';
import { type BoxPlan, joinBoxes, splitBoxes } from '../../../src/store/boxes.ts';
import { resourceOf } from '../../support/repository.ts';

const definitions = loadDefinitions('profiles');
const classify = createClassifier(definitions);
const CLEAR = { version: 2, lastUpdated: Date.UTC(2024, 0, 2, 3, 4, 5, 6) };
const META = { versionId: '2', lastUpdated: '2024-01-02T03:04:05.006Z' };

function planOf(type: string): BoxPlan {
  const definition = definitions.type(type);
  assert.ok(definition);
  return { profile: definitions.profile(type), definition, classify: (element, item) => classify(type, element, item) };
}

const split = (resource: ResourceJson) => splitBoxes(planOf(resource.resourceType), resource);

function assertRoundTrip(resource: ResourceJson): void {
  const type = resource.resourceType;
  const id = resource.id ?? 'x';
  const joined = joinBoxes(definitions.profile(type), { type, id, ...CLEAR }, split(resource));
  const { versionId, lastUpdated, ...meta } = isObject(resource['meta']) ? resource['meta'] : {};
  const expected = { ...resource, id, meta: { ...META, ...meta } };
  assert.ok(equalJson(joined, expected), `${type}/${id}`);
}

const SSN = { system: 'http://hl7.org/fhir/sid/us-ssn', value: '123-45-6789' };
const MRN = { type: { coding: [{ code: 'MR' }] }, value: 'M1' };
const OTHER = { system: 'urn:x', value: 'O' };

test('boxes: members lie by class, choice types and primitive siblings with their element', () => {
  const boxes = split(
    resourceOf(`{"resourceType":"Patient","id":"1","meta":{"versionId":"9","lastUpdated":"2000-01-01T00:00:00Z",
      "tag":[{"code":"t"}]},"active":true,"birthDate":"1970","_birthDate":{"id":"b"},"deceasedBoolean":false,
      "telecom":[{"value":"1"}]}`),
  );
  assert.deepEqual(Object.fromEntries(boxes), {
    identity: '{"birthDate":"1970","_birthDate":{"id":"b"},"deceasedBoolean":false}',
    contact: '{"telecom":[{"value":"1"}]}',
    structural: '{"meta":{"tag":[{"code":"t"}]},"active":true}',
  });
});

test('boxes: without anything of a class there is no box, and meta of the server alone leaves none', () => {
  assert.deepEqual([...split(resourceOf('{"resourceType":"Patient","id":"1","meta":{"versionId":"1"}}'))], []);
});

test('boxes: an SSN lies in its own box with its position, and in no other', () => {
  const boxes = split({ resourceType: 'Patient', identifier: [OTHER, SSN, MRN, SSN] });
  assert.deepEqual(JSON.parse(boxes.get('ssn') ?? ''), {
    identifier: [
      [1, SSN],
      [3, SSN],
    ],
  });
  assert.deepEqual(JSON.parse(boxes.get('identity') ?? ''), { identifier: [OTHER, MRN] });
  assert.deepEqual([...split({ resourceType: 'Patient', identifier: [SSN] }).keys()], ['ssn']);
});

test('boxes: any mixture of identifiers comes back in its order', () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom(SSN, MRN, OTHER), { maxLength: 8 }), (identifier) =>
      assertRoundTrip({ resourceType: 'Patient', identifier }),
    ),
  );
});

test('boxes: decimals keep their text', () => {
  const text =
    '{"resourceType":"Observation","status":"final","valueQuantity":{"value":1.50},"component":[{"valueQuantity":{"value":1e2}}]}';
  const resource = resourceOf(text);
  const joined = [...split(resource).values()].join('');
  assert.ok(joined.includes('{"value":1.50}') && joined.includes('{"value":1e2}'));
  assertRoundTrip(resource);
});

test('boxes: an element that the type does not have is refused, a prototype name too', () => {
  for (const name of ['colour', '__proto__', 'constructor', '_constructor', 'valueQuantity']) {
    const resource = resourceOf(`{"resourceType":"Patient","${name}":{}}`);
    assert.throws(() => split(resource), RangeError, name);
  }
});

test('place items: takes any items out of a list and puts them back', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(9), fc.boolean())), (list) => {
      const whole: Json[] = list.map(([item]) => item);
      const away = list.flatMap(([item, taken], at) => (taken ? [[at, item] as const] : []));
      const rest = list.flatMap(([item, taken]) => (taken ? [] : [item]));
      assert.deepEqual(placeItems(rest, away.toReversed()), whole);
    }),
  );
  assert.deepEqual(placeItems([], [[5, 'far']]), ['far']);
});

const DATA = '../shared/data/synthea/ndjson';
test('boxes: real resources come back equal', { skip: existsSync(DATA) ? false : `${DATA} is not there` }, () => {
  for (const type of ['Patient', 'Observation', 'MedicationRequest']) {
    const lines = readFileSync(join(DATA, `${type}.ndjson`), 'utf8')
      .split('\n')
      .filter(Boolean);
    for (const line of lines.slice(0, 300)) assertRoundTrip(resourceOf(line));
  }
});
