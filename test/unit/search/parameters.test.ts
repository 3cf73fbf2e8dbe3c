/** The registry of parameters and what each of them reads. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Modifier } from '../../../src/search/query.ts';
import { reads } from '../../../src/search/reads.ts';
import { definitions, registry } from './search-world.ts';

const param = (type: string, code: string) => {
  const found = registry.parameter(type, code);
  assert.ok(found, `${type}.${code}`);
  return found;
};
const readsOf = (type: string, code: string, modifier?: Modifier) => reads(param(type, code), modifier);

test('registry: every parameter of R4 is offered, but near and what has no expression', () => {
  for (const type of definitions.servedTypes) {
    for (const { code, type: kind, expression } of definitions.searchParams(type).values()) {
      assert.equal(
        registry.parameter(type, code) !== undefined,
        kind !== 'special' && (expression !== '' || code === '_text' || code === '_content'),
        `${type}.${code}`,
      );
    }
    assert.ok(registry.supported(type).length >= 6, type);
  }
  assert.equal(registry.parameter('Patient', '__proto__'), undefined);
  assert.equal(registry.parameter('constructor', 'name'), undefined);
});

test('registry: parameters that others answer cost no terms', () => {
  assert.deepEqual(param('Observation', 'combo-code').indexes, ['code', 'component-code']);
  assert.deepEqual(param('Observation', 'combo-value-quantity').indexes, [
    'component-value-quantity',
    'value-quantity',
  ]);
  assert.deepEqual(param('Observation', 'code-value-quantity').indexes, []);
  for (const [type, code, wider] of [
    ['Patient', 'phone', 'telecom'],
    ['Observation', 'patient', 'subject'],
    ['Appointment', 'practitioner', 'actor'],
  ] as const) {
    assert.deepEqual([param(type, code).indexes, param(type, code).narrows], [[wider], true], code);
    assert.equal(param(type, wider).narrows, false);
  }
  assert.deepEqual(param('Patient', 'phonetic').indexes, param('Patient', 'name').indexes);
  assert.deepEqual([...param('Patient', 'name').indexes].sort(), ['family', 'given', 'name']);
  assert.deepEqual(param('Patient', 'identifier').itemClasses, ['SSN', 'MRN', 'NPI', 'other']);
  assert.deepEqual(
    ['birthdate', 'gender', 'identifier', 'name'].map((code) => param('Patient', code).single),
    [true, true, false, false],
  );
  assert.deepEqual(
    ['date', 'code', 'combo-code'].map((code) => param('Observation', code).single),
    [true, false, false],
  );
});

test('reads: what CONTRACT.md "Parameters and views" lists', () => {
  const [identifier] = readsOf('Patient', 'identifier');
  assert.deepEqual(identifier, {
    path: 'identifier',
    property: 'identifier',
    type: 'Identifier',
    parts: ['system', 'value'],
    predicates: [],
    itemClassed: true,
  });
  assert.deepEqual(readsOf('Patient', 'identifier', 'of-type')[0]?.parts, [
    'system',
    'value',
    'type.coding.system',
    'type.coding.code',
  ]);
  assert.deepEqual(readsOf('Patient', 'phone')[0]?.predicates, ['telecom.system']);
  assert.deepEqual(readsOf('Patient', 'name')[0]?.parts, ['family', 'given', 'prefix', 'suffix', 'text']);
  assert.deepEqual(
    readsOf('Patient', 'deceased').map(({ path }) => path),
    ['deceased'],
  );
  assert.deepEqual(readsOf('Observation', 'code')[0]?.parts, ['coding.system', 'coding.code']);
  assert.deepEqual(readsOf('Observation', 'subject')[0]?.parts, ['reference']);
  assert.deepEqual(readsOf('Observation', 'subject', 'identifier')[0]?.parts, ['identifier']);
  const dates = readsOf('Observation', 'date').map(({ property, parts }) => [property, parts]);
  assert.deepEqual(
    dates.find(([property]) => property === 'effectivePeriod'),
    ['effectivePeriod', ['start', 'end']],
  );
  assert.deepEqual(readsOf('Appointment', 'patient')[0]?.path, 'participant.actor');
  assert.deepEqual(readsOf('Observation', 'code', 'text')[0]?.parts, ['text', 'coding.display']);
  assert.deepEqual(readsOf('Patient', 'identifier', 'text')[0]?.parts, ['type.text']);
});

test('reads: a composite reads all that its parts read, at each of its places', () => {
  const all = readsOf('Observation', 'combo-code-value-quantity').map(({ path, property, parts }) => [
    path,
    property,
    parts,
  ]);
  const quantity = ['value', 'comparator', 'unit', 'system', 'code'];
  assert.deepEqual(all, [
    ['code', 'code', ['coding.system', 'coding.code']],
    ['component.code', 'code', ['coding.system', 'coding.code']],
    ['value', 'valueQuantity', quantity],
    ['component.value', 'valueQuantity', quantity],
  ]);
  const sampled = readsOf('Observation', 'value-quantity').find(({ property }) => property === 'valueSampledData');
  assert.ok(sampled?.parts.includes('data') && sampled.parts.includes('origin.value'));
  for (const type of definitions.servedTypes) {
    for (const one of registry.supported(type)) {
      assert.ok(one.kind === 'id' || one.kind === 'text' || reads(one).length > 0, `${type}.${one.code} reads nothing`);
    }
  }
});
