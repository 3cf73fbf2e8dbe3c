/** `policy explain` and `matrix` tell what the server does: the same views, checked against the lens and over HTTP. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { ResourceJson } from '../../src/core/json.ts';
import { explainResource } from '../../src/masking/explain.ts';
import { type ElementSurvey, surveyView } from '../../src/masking/survey.ts';
import { choicesFrom, enrich, examplesOf } from '../masking/lens-resources.ts';
import { type Caller, definitions, leavesOf, lensOf, shippedCallers } from '../masking/lens-world.ts';
import { asExplained, differences } from './explained.ts';

const callers = shippedCallers().filter(({ views }) => views.length === 1);
const RUNS = 15;

function generated(caller: Caller, check: (stored: ResourceJson) => void): void {
  const examples = examplesOf(caller.type);
  const numbers = fc.array(fc.nat(5039), { maxLength: 40, size: 'max' });
  const property = fc.property(fc.nat(), numbers, (at, made) => {
    const example = examples[at % examples.length];
    assert.ok(example);
    check(enrich(example, choicesFrom(made)));
  });
  fc.assert(property, { numRuns: RUNS, seed: 4711 });
}

for (const caller of callers) {
  const [view] = caller.views;
  if (!view) continue;
  test(`explain: ${caller.name} sees what the report leaves, element for element`, () => {
    generated(caller, (stored) => {
      const { meta: _, id: __, ...seen } = lensOf(caller).get(stored);
      const { meta: ___, id: ____, ...rest } = stored;
      const explained = asExplained(
        { ...rest, resourceType: stored.resourceType },
        explainResource(stored, view, caller.seeing),
      );
      assert.deepEqual(differences(explained, seen, caller.type), []);
    });
  });

  test(`matrix: ${caller.name} sees what is "whole", and nothing of what is "hidden"`, () => {
    const rows = new Map(surveyView(definitions, view).map((row) => [row.path, row]));
    generated(caller, (stored) => {
      const { contained: _, meta: __, ...rest } = stored;
      const plainStored = { ...rest, resourceType: stored.resourceType };
      const seen = new Set(leavesOf(lensOf(caller).get(plainStored), 'left-out'));
      for (const leaf of leavesOf(plainStored, 'left-out')) {
        const row = rowOf(rows, caller.type, leaf.slice(1, leaf.indexOf(' = ')));
        if (row?.shown === 'whole') assert.ok(seen.has(leaf), `${leaf} is whole`);
        if (row?.shown === 'hidden') assert.ok(!seen.has(leaf), `${leaf} is hidden`);
      }
    });
  });
}

/** The row of the element in which a leaf lies: the deepest that the matrix has. */
function rowOf(rows: ReadonlyMap<string, ElementSurvey>, type: string, leaf: string): ElementSurvey | undefined {
  let at = type;
  let of = type;
  let row: ElementSurvey | undefined;
  for (const name of leaf.split('.')) {
    const property = definitions.type(of)?.properties.get(name.replace(/^_/, ''));
    if (!property) return row;
    row = rows.get(`${at}.${name.replace(/^_/, '')}`) ?? rows.get(`${at}.${property.element.name}`) ?? row;
    at = `${at}.${name}`;
    of = property.type;
  }
  return row;
}

test('explain: a report that forgets a finding is told apart (control)', () => {
  const caller = callers.find(({ name }) => name === 'nurse on Patient');
  const [view] = caller?.views ?? [];
  assert.ok(caller && view);
  const [stored] = examplesOf('Patient');
  assert.ok(stored);
  const { meta: _, id: __, ...seen } = lensOf(caller).get(stored);
  const { meta: ___, id: ____, ...rest } = stored;
  const findings = explainResource(stored, view, caller.seeing);
  assert.ok(findings.length > 0);
  const explained = asExplained({ ...rest, resourceType: 'Patient' }, findings.slice(1));
  assert.notDeepEqual(differences(explained, seen, 'Patient'), []);
});
