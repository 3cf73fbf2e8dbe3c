/** R4's invariants as closures: all compile, and they judge as fhirpath.js does, over real and damaged instances. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import fhirpath from 'fhirpath';
import r4 from 'fhirpath/fhir-context/r4';
import { isArray, isObject, type Json, type JsonObject } from '../../../src/core/json.ts';
import type { Constraint } from '../../../src/definitions/types.ts';
import { type Check, createCheckCompiler } from '../../../src/fhirpath/compile-check.ts';
import { isPrimitiveType } from '../../../src/fhirpath/node.ts';
import { fixtureFiles, resourcesIn, sharedFiles, whySkipped } from '../../support/shared-data.ts';
import { definitions } from './definitions.ts';

const compile = createCheckCompiler(definitions);
// The narrative and what contained resources are for are judged elsewhere; ele-1 counts children that JSON cannot have.
const ELSEWHERE = new Set(['txt-1', 'txt-2', 'dom-3', 'ele-1']);

interface Case {
  readonly type: string;
  readonly value: JsonObject;
  readonly resource: JsonObject;
}

/** Every object of a resource with its type. */
function objectsIn(resource: JsonObject): readonly Case[] {
  const found: Case[] = [];
  const visit = (value: JsonObject, type: string): void => {
    found.push({ type, value, resource });
    for (const [name, member] of Object.entries(value)) {
      const property = definitions.type(type)?.properties.get(name);
      if (!property || isPrimitiveType(property.type) || property.type === 'Resource') continue;
      for (const item of isArray(member) ? member : [member]) if (isObject(item)) visit(item, property.type);
    }
  };
  visit(resource, String(resource['resourceType']));
  return found;
}

const constraintsOf = (type: string): readonly Constraint[] =>
  (definitions.type(type)?.constraints ?? []).filter(({ key }) => !ELSEWHERE.has(key));

const checks = new Map<string, Check>();
const references = new Map<string, (value: JsonObject, resource: JsonObject) => unknown>();

function closure(expression: string): Check {
  const known = checks.get(expression) ?? compile(expression);
  checks.set(expression, known);
  return known;
}

// fhirpath.js writes into what it reads, and knows no number that is kept as text.
const plainJson = (value: JsonObject): unknown => JSON.parse(JSON.stringify(value));

function reference(type: string, expression: string) {
  const key = `${type} ${expression}`;
  const written = definitions.type(type)?.kind === 'resource' ? expression : { base: type, expression };
  const made = (value: JsonObject, resource: JsonObject): unknown => {
    const whole = plainJson(resource);
    const context = { resource: whole, rootResource: whole, ucum: 'http://unitsofmeasure.org' };
    try {
      const results: unknown = fhirpath.evaluate(plainJson(value), written, context, r4);
      return Array.isArray(results) ? results[0] : undefined;
    } catch {
      // It throws where a damaged date is compared with a sound one: nothing can be said of that.
      return undefined;
    }
  };
  const known = references.get(key) ?? made;
  references.set(key, known);
  return known;
}

/** Takes members away, or puts another's in their place, as numbers say. */
function damaged(value: JsonObject, numbers: readonly number[]): JsonObject {
  let at = 0;
  const next = (bound: number): number => (numbers[at++] ?? 0) % bound;
  const change = (json: Json): Json => {
    if (isArray(json)) return json.map(change);
    if (!isObject(json)) return typeof json === 'string' && next(9) === 8 ? 'cancelled' : json;
    const kept = Object.entries(json).filter(([name]) => name === 'resourceType' || next(6) !== 5);
    return Object.fromEntries(kept.map(([name, member]) => [name, member === undefined ? null : change(member)]));
  };
  const changed = change(value);
  return isObject(changed) ? changed : value;
}

const EXAMPLES = 'hl7-r4-examples';
const shared = whySkipped(EXAMPLES) === false ? sharedFiles(EXAMPLES).filter((_, i) => i % 6 === 0) : [];
const samples = [...fixtureFiles(EXAMPLES), ...shared]
  .flatMap(([, json]) => resourcesIn(json))
  .filter((resource) => definitions.servedTypes.includes(String(resource['resourceType'])))
  .flatMap(objectsIn)
  .filter(({ type }) => constraintsOf(type).length > 0);

function agree(value: JsonObject, { type, resource }: Case): number {
  const node = { value, type };
  const whole = { value: resource, type: String(resource['resourceType']) };
  const constraints = constraintsOf(type);
  for (const { key, expression } of constraints) {
    const own = closure(expression)(node, { resource: whole, rootResource: whole });
    const other = reference(type, expression)(value, resource);
    // What is not false is held against nobody, empty or true.
    assert.equal(own === false, other === false, `${key} of ${type}: ${JSON.stringify(value).slice(0, 300)}`);
  }
  return constraints.length;
}

test('invariants: every one of a served type compiles', () => {
  const types = new Set<string>();
  const visit = (name: string): void => {
    const type = definitions.type(name);
    if (!type || types.has(name)) return;
    types.add(name);
    for (const element of type.elements.values()) for (const { code } of element.types) visit(code);
  };
  for (const type of definitions.servedTypes) visit(type);
  let compiled = 0;
  for (const name of types) {
    for (const { expression } of constraintsOf(name)) {
      assert.doesNotThrow(() => compile(expression), `${name}: ${expression}`);
      compiled++;
    }
  }
  assert.ok(compiled > 60, String(compiled));
});

test('invariants: judged as fhirpath.js judges them, on real instances', () => {
  const judged = samples.map((sample) => agree(sample.value, sample)).reduce((sum, count) => sum + count, 0);
  assert.ok(judged > 50, String(judged));
});

test('invariants: judged as fhirpath.js judges them, on damaged instances', () => {
  let broken = 0;
  fc.assert(
    fc.property(fc.constantFrom(...samples), fc.array(fc.nat(719), { maxLength: 30 }), (sample, numbers) => {
      const value = damaged(sample.value, numbers);
      agree(value, sample);
      const node = { value, type: sample.type };
      if (
        constraintsOf(sample.type).some(
          ({ expression }) => closure(expression)(node, { resource: node, rootResource: node }) === false,
        )
      )
        broken++;
    }),
    { numRuns: 300, seed: 4711 },
  );
  assert.ok(broken > 10, `some are broken (control): ${broken}`);
});

const judge = (type: string, key: string, value: JsonObject) => {
  const constraint = constraintsOf(type).find((each) => each.key === key);
  assert.ok(constraint);
  const node = { value, type };
  return closure(constraint.expression)(node, { resource: node, rootResource: node });
};

test('invariants: times of different precision, and quantities of different units, are held against nobody', () => {
  assert.equal(judge('Period', 'per-1', { start: '2020-02', end: '2020-01-31' }), false);
  assert.equal(judge('Period', 'per-1', { start: '2020', end: '2020-01-31' }), undefined);
  assert.equal(judge('Period', 'per-1', { start: '2020-01-01T10:00:00Z', end: '2020-01-01T10:30:00+01:00' }), false);
  assert.equal(judge('Range', 'rng-2', { low: { value: 2, unit: 'mg' }, high: { value: 1, unit: 'mg' } }), false);
  assert.equal(judge('Range', 'rng-2', { low: { value: 2, unit: 'mg' }, high: { value: 1, unit: 'g' } }), undefined);
});
