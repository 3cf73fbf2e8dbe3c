/** Laws over valid resources with random damage: never a throw, never a miss of what must be seen. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { isArray, isObject, type Json, type JsonObject } from '../../../src/core/json.ts';
import { fixtureFiles } from '../../support/shared-data.ts';
import { definitions, validate } from './validator.ts';

const samples = fixtureFiles('hl7-r4-examples').flatMap(([, json]) => (isObject(json) ? [json] : []));

/** Ways to every object and list inside a value, the value itself among them. */
function placesIn(json: Json | undefined, way: readonly string[] = []): readonly (readonly string[])[] {
  const entries = isArray(json) || isObject(json) ? Object.entries(json) : undefined;
  if (!entries) return [];
  return [way, ...entries.flatMap(([name, value]) => placesIn(value, [...way, name]))];
}

/** A copy in which the value at a way is another. */
function changed(json: Json, way: readonly string[], change: (value: Json) => Json): Json {
  const [name, ...rest] = way;
  if (name === undefined) return change(json);
  if (isArray(json)) return json.map((item, i) => (String(i) === name ? changed(item, rest, change) : item));
  if (!isObject(json)) return json;
  return { ...json, [name]: changed(json[name] ?? null, rest, change) };
}

const sampleAndPlace = fc
  .constantFrom(...samples)
  .chain((sample) => fc.record({ sample: fc.constant(sample), way: fc.constantFrom(...placesIn(sample)) }));
const anyJson: fc.Arbitrary<Json> = fc.jsonValue({ maxDepth: 3 }).map((value) => JSON.parse(JSON.stringify(value)));
const check = (json: Json, sample: JsonObject) => validate(json, String(sample['resourceType']));

test('mutations: the samples themselves are valid', () => {
  for (const sample of samples) assert.deepEqual(check(sample, sample), []);
});

test('mutations: any JSON anywhere is judged without throwing, with at most a hundred issues', () => {
  fc.assert(
    fc.property(sampleAndPlace, anyJson, fc.string(), ({ sample, way }, value, key) => {
      const damaged = changed(sample, way, (old) => (isObject(old) ? { ...old, [key]: value } : value));
      const issues = check(damaged, sample);
      assert.ok(issues.length <= 100);
      for (const issue of issues) {
        assert.equal(issue.severity, 'error');
        assert.match(issue.expression ?? '', new RegExp(`^${sample['resourceType']}`));
      }
    }),
    { numRuns: 1500 },
  );
});

test('mutations: any JSON at all is judged without throwing', () => {
  fc.assert(
    fc.property(anyJson, fc.constantFrom(...definitions.servedTypes, 'Foo', '__proto__'), (json, type) => {
      const whole = isObject(json) ? { ...json, resourceType: type } : json;
      assert.ok(Array.isArray(validate(whole, type)));
    }),
    { numRuns: 500 },
  );
});

test('mutations: an unknown key in any object is always reported', () => {
  const objects = sampleAndPlace.filter(({ sample, way }) => isObject(valueAt(sample, way)));
  const key = fc.oneof(fc.constantFrom('__proto__', 'toString', '_resourceType', '_', 'Name', 'id '), fc.string());
  fc.assert(
    fc.property(objects, key, ({ sample, way }, name) => {
      const unknown = `${name}Zz`;
      const damaged = changed(sample, way, (old) => (isObject(old) ? { ...old, [unknown]: 'x' } : old));
      assert.ok(check(damaged, sample).some(({ code }) => code === 'structure'));
    }),
    { numRuns: 500 },
  );
});

function valueAt(json: Json | undefined, way: readonly string[]): Json | undefined {
  const [name, ...rest] = way;
  if (name === undefined) return json;
  if (isArray(json)) return valueAt(json[Number(name)], rest);
  return isObject(json) ? valueAt(json[name], rest) : undefined;
}

test('mutations: an emptied object or list is always reported', () => {
  fc.assert(
    fc.property(
      sampleAndPlace.filter(({ way }) => way.length > 0),
      ({ sample, way }) => {
        const damaged = changed(sample, way, (old) => (isArray(old) ? [] : {}));
        assert.ok(check(damaged, sample).length > 0);
      },
    ),
    { numRuns: 300 },
  );
});

test('mutations: a removed required element is always reported', () => {
  for (const sample of samples) {
    const type = String(sample['resourceType']);
    for (const [name, { element }] of definitions.type(type)?.properties ?? []) {
      if (element.min === 0 || sample[name] === undefined) continue;
      const { [name]: _gone, ...rest } = sample;
      const issues = check(rest, sample);
      assert.deepEqual(
        issues.map(({ code, expression }) => `${code} ${expression}`),
        [`required ${element.path}`],
      );
    }
  }
});
