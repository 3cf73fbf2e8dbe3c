/** The laws of planning: a plan loses no match, what it is certain of matches, and `matches` is R4's text. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { matches } from '../../../src/search/matches.ts';
import { boundCriteria, decidedByTerms, planCertain, planCriterion, planRow } from '../../../src/search/plan.ts';
import { PARAMETERS, resource } from './generate.ts';
import { naivelyMatches } from './naive-search.ts';
import { BASE_URL, criterion, index, inPlan, planContext, query } from './search-world.ts';

const RUNS = { numRuns: 2500 };
const pair = resource.chain((one) =>
  fc.tuple(
    fc.constant(one),
    fc.array(PARAMETERS[one.resourceType] ?? fc.constant<[string, string]>(['_id', '1']), {
      minLength: 1,
      maxLength: 3,
    }),
  ),
);

test('search: matches agrees with a naive reading, and plans lie around it', () => {
  const seen = { matched: 0, not: 0, decided: 0 };
  fc.assert(
    fc.property(pair, ([one, parameters]) => {
      const type = one.resourceType;
      const indexed = index(one);
      const { criteria } = query(type, parameters as [string, string][]);
      for (const each of criteria) {
        const [, value = ''] = parameters[criteria.indexOf(each)] ?? [];
        const expected = naivelyMatches(type, each.name, value, one);
        seen[expected ? 'matched' : 'not']++;
        assert.equal(matches(each, one, { baseUrl: BASE_URL }), expected, `${type}?${each.name}=${value}: matches`);
        const possible = inPlan(planCriterion(planContext, each, 'whole'), one, indexed);
        const certain = inPlan(planCertain(planContext, each, 'whole'), one, indexed);
        assert.ok(possible || !expected, `${type}?${each.name}=${value}: the plan loses a match`);
        assert.ok(!certain || expected, `${type}?${each.name}=${value}: certain of what does not match`);
        if (decidedByTerms(each)) {
          seen.decided++;
          assert.equal(possible, expected, `${type}?${each.name}=${value}: not decided by terms`);
        }
      }
      const all = boundCriteria(
        planContext,
        criteria.map((each) => ({ criterion: each, reach: 'whole' as const })),
      );
      const expected = criteria.every((each) => matches(each, one, { baseUrl: BASE_URL }));
      assert.ok(inPlan(all.possible, one, indexed) || !expected, 'the plan of all criteria loses a match');
      assert.ok(!inPlan(all.certain, one, indexed) || expected, 'certain of what does not match them all');
    }),
    RUNS,
  );
  assert.ok(seen.matched > 300 && seen.not > 300 && seen.decided > 300, JSON.stringify(seen));
});

test('search: two dates make one stretch, which loses nothing and costs few terms', () => {
  const PREFIXES = ['gt', 'ge', 'sa', 'lt', 'le', 'eb'];
  const bound = fc.tuple(
    fc.constantFrom(...PREFIXES),
    fc.constantFrom('2019', '2020-01', '2020-02-29', '2020-06-15', '2022', '1970'),
  );
  fc.assert(
    fc.property(
      resource.filter((one) => one.resourceType === 'Observation'),
      bound,
      bound,
      (one, low, high) => {
        const { criteria } = query('Observation', [
          ['date', low.join('')],
          ['date', high.join('')],
        ]);
        const all = boundCriteria(
          planContext,
          criteria.map((each) => ({ criterion: each, reach: 'whole' as const })),
        );
        const indexed = index(one);
        const expected = criteria.every((each) => matches(each, one, { baseUrl: BASE_URL }));
        assert.ok(inPlan(all.possible, one, indexed) || !expected);
        assert.ok(!inPlan(all.certain, one, indexed) || expected);
      },
    ),
    { numRuns: 1500 },
  );
  const year = query('Observation', [
    ['date', 'ge2020-01-01'],
    ['date', 'lt2021-01-01'],
  ]).criteria;
  const plan = boundCriteria(
    planContext,
    year.map((each) => ({ criterion: each, reach: 'whole' as const })),
  );
  assert.equal(JSON.stringify(plan.certain).match(/"op":"term"/g)?.length, 1);
});

test('search: a row filter is decided by row terms alone', () => {
  fc.assert(
    fc.property(
      resource.filter((one) => one.resourceType === 'Observation'),
      (one) => {
        const { rowTerms } = index(one);
        const rows = { terms: rowTerms, rowTerms, references: [] };
        for (const [name, value] of [
          ['category', 'http://a|1,2'],
          ['code:not', 'http://a|1'],
          ['subject', 'Patient/1'],
          ['category:missing', 'true'],
        ] as const) {
          const asked = criterion('Observation', name, value);
          const plan = planRow(planContext, asked);
          assert.ok(plan);
          assert.equal(inPlan(plan, one, rows), matches(asked, one, { baseUrl: BASE_URL }), name);
        }
      },
    ),
    { numRuns: 500 },
  );
  assert.equal(planRow(planContext, criterion('Observation', 'date', '2020')), undefined);
});

test('search: a reach over item classes never finds an item of another class', () => {
  const SSN = 'http://hl7.org/fhir/sid/us-ssn';
  const one = {
    resourceType: 'Patient',
    id: '1',
    identifier: [
      { system: SSN, value: '123-45-6789' },
      { system: 'http://h', value: '77', type: { coding: [{ code: 'MR' }] } },
    ],
  };
  const indexed = index(one);
  const found = (value: string, reach: 'whole' | readonly string[]): boolean =>
    inPlan(planCriterion(planContext, criterion('Patient', 'identifier', value), reach), one, indexed);
  assert.equal(found(`${SSN}|123-45-6789`, ['MRN']), false);
  assert.equal(found('123-45-6789', ['MRN', 'NPI', 'other']), false);
  assert.equal(found('123-45-6789', []), false);
  assert.equal(found('123-45-6789', ['SSN']), true);
  assert.equal(found('123-45-6789', 'whole'), true);
  assert.equal(found('http://h|77', ['MRN']), true);
  const negative = planCriterion(planContext, criterion('Patient', 'identifier:not', '77'), ['MRN']);
  assert.equal(inPlan(negative, one, indexed), false);
});
