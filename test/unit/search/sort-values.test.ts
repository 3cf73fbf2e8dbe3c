/** Sort boxes: what lies in them, what stays out, and what they cost. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ResourceJson } from '../../../src/core/json.ts';
import { comparePlaces } from '../../../src/search/sort.ts';
import { createSortText, endsInBox, endsInResource, readSortText } from '../../../src/search/sort-values.ts';
import { resourcesIn, sharedFiles, whySkipped } from '../../support/shared-data.ts';
import { registry } from './search-world.ts';

const sortText = createSortText(registry);
/** Bytes that sealing adds: box list, name, nonce, tag. */
const SEAL = 2 + 6 + 4 + 28;
const SSN = { system: 'http://hl7.org/fhir/sid/us-ssn', value: '999-12-3456' };
const PATIENT: ResourceJson = {
  resourceType: 'Patient',
  id: 'p',
  identifier: [SSN],
  photo: [{ title: 'face' }],
  name: [{ family: 'Öztürk', given: ['Zoë', 'Ann'] }, { text: 'x'.repeat(5000) }],
  birthDate: '1970-02',
  address: [{ city: 'Bern' }],
};

test('sort box: an identifier stays out of it, and an order by one reads the resource', () => {
  assert.ok(!sortText(PATIENT).includes('999'));
  const param = registry.parameter('Patient', 'identifier');
  assert.ok(param);
  assert.equal(param.sorting, 'resource');
  assert.deepEqual(endsInResource(registry, param, PATIENT), { least: SSN.value, greatest: SSN.value });
});

test('sort box: what it holds is what the resource gives, for every parameter that may lie in it', () => {
  const box = readSortText(sortText(PATIENT));
  for (const param of registry.supported('Patient')) {
    if (param.sorting !== 'box') continue;
    assert.deepEqual(endsInBox(param, box), endsInResource(registry, param, PATIENT), param.code);
  }
  const name = registry.parameter('Patient', 'name');
  assert.ok(name);
  assert.equal(endsInBox(name, box)?.least, 'ann');
  assert.equal(String(endsInBox(name, box)?.greatest).length, 3);
});

test('sort box: it is small however long a text is', () => {
  assert.ok(sortText(PATIENT).length < 1000);
});

test('sort: a missing value is last in either direction, and a tie decides at the end', () => {
  const param = registry.parameter('Patient', 'birthdate');
  assert.ok(param);
  for (const direction of ['ascending', 'descending'] as const) {
    const compare = comparePlaces([{ param, direction }]);
    assert.ok(compare({ values: [undefined], tie: -9 }, { values: [5], tie: -1 }) > 0);
    assert.ok(compare({ values: [5], tie: -9 }, { values: [5], tie: -1 }) < 0);
  }
});

const SYNTHEA = 'synthea/bundles';
test('sort box: bytes at the median of real data', { skip: whySkipped(SYNTHEA) }, (t) => {
  const all = sharedFiles(SYNTHEA)
    .slice(0, 5)
    .flatMap(([, json]) => resourcesIn(json));
  for (const type of ['Patient', 'Observation', 'MedicationRequest']) {
    const sizes = all
      .filter((resource): resource is ResourceJson => resource['resourceType'] === type)
      .map((resource) => Buffer.byteLength(sortText(resource)) + SEAL)
      .toSorted((a, b) => a - b);
    const median = sizes[Math.floor(sizes.length / 2)] ?? 0;
    t.diagnostic(`${type}: ${median} bytes, sealed, of ${sizes.length}`);
    assert.ok(median > 0 && median < 1000);
  }
});
