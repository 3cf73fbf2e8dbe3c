/** Numbers and quantities: R4's own examples (search.html#number, #quantity, #composite), units, terms. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { ResourceJson } from '../../../src/core/json.ts';
import { parseJson } from '../../../src/core/parse-json.ts';
import { compareDecimals, parseDecimal } from '../../../src/search/decimals.ts';
import { matches } from '../../../src/search/matches.ts';
import { coverNumbers, numberCells } from '../../../src/search/number-terms.ts';
import { planCriterion } from '../../../src/search/plan.ts';
import { canonicalUnit } from '../../../src/search/units.ts';
import { BASE_URL, criterion, index, inPlan, planContext } from './search-world.ts';

const UCUM = 'http://unitsofmeasure.org';

function found(text: string, parameter: string): boolean {
  const parsed = parseJson(`{"resourceType":"Observation","id":"1",${text}}`);
  assert.ok(parsed.ok);
  const one = parsed.value as ResourceJson;
  const at = parameter.indexOf('=');
  const asked = criterion('Observation', parameter.slice(0, at), parameter.slice(at + 1));
  const isMatch = matches(asked, one, { baseUrl: BASE_URL });
  const isPlanned = inPlan(planCriterion(planContext, asked, 'whole'), one, index(one));
  assert.ok(isPlanned || !isMatch, `${parameter}: the plan loses ${text}`);
  return isMatch;
}
const value = (number: string, rest = ''): string => `"valueQuantity":{"value":${number}${rest}}`;
const milligrams = (number: string): string => value(number, `,"unit":"mg","system":"${UCUM}","code":"mg"`);

function check(
  make: (number: string) => string,
  table: Readonly<Record<string, Readonly<Record<string, boolean>>>>,
): void {
  for (const [parameter, numbers] of Object.entries(table)) {
    for (const [number, expected] of Object.entries(numbers)) {
      assert.equal(found(make(number), `value-quantity=${parameter}`), expected, `${parameter}: ${number}`);
    }
  }
}

test('number: R4 search.html#number, by the precision that is written', () => {
  check(value, {
    '100': { '99.5': true, '100': true, '100.4999': true, '100.5': false, '99.4999': false },
    '100.00': { '99.995': true, '100.0049': true, '100.005': false, '99.99': false },
    '1e2': { '95': true, '104.9': true, '105': false, '94.9': false },
    lt100: { '99.9999': true, '100': false, '-5': true, '0': true },
    le100: { '100': true, '100.0': true, '100.0001': false },
    gt100: { '100.0001': true, '100': false },
    ge100: { '100': true, '99.9999': false, '1e10': true },
    ne100: { '100.4': false, '100.5': true, '99.4': true },
    sa100: { '100.0001': true, '100': false },
    eb100: { '99.9999': true, '100': false },
    ap100: { '90': true, '110': true, '89.9': false, '110.1': false },
    '-2': { '-2': true, '-2.5': true, '-1.5': false, '2': false },
    '0': { '0': true, '0.4': true, '-0.5': true, '0.5': false },
  });
});

test('quantity: R4 search.html#quantity', () => {
  check(milligrams, {
    [`5.4|${UCUM}|mg`]: { '5.4': true, '5.35': true, '5.45': false },
    '5.4||mg': { '5.4': true },
    '5.4||g': { '5.4': false },
    [`5.40e-3|${UCUM}|g`]: { '5.4': true, '5.405': false, '5.3949': false },
    [`le5.4|${UCUM}|mg`]: { '5.4': true, '5.41': false },
    [`ap5.4|${UCUM}|mg`]: { '4.9': true, '4.8': false },
    [`5.4|${UCUM}|kg`]: { '5.4': false },
    [`5.4|${UCUM}|mL`]: { '5.4': false },
    '5.4|http://other|mg': { '5.4': false },
    '5.4': { '5.4': true },
  });
  assert.equal(found(value('5.4', ',"unit":"mg"'), 'value-quantity=5.4||mg'), true);
  assert.equal(found(value('5.4', ',"unit":"mg"'), `value-quantity=5.4|${UCUM}|mg`), false);
  assert.equal(found(value('3', ',"system":"http://x","code":"sip"'), 'value-quantity=3|http://x|sip'), true);
  assert.equal(found(value('3', `,"system":"${UCUM}","code":"nonsense"`), `value-quantity=3|${UCUM}|nonsense`), true);
});

test('quantity: units are converted where UCUM can, to the digit', () => {
  const of = (number: string, code: string): string => value(number, `,"system":"${UCUM}","code":"${code}"`);
  for (const [number, code, query, expected] of [
    ['98.6', '[degF]', 'ge37|Cel', true],
    ['98.5', '[degF]', 'ge37|Cel', false],
    ['180', 'cm', 'le1.80|m', true],
    ['180', 'cm', 'lt1.8|m', false],
    ['72', '/min', 'eq72|{beats}/min', true],
    ['60', '/min', 'ge1|/s', true],
    ['60', '/min', 'gt1|/s', false],
    ['5', '10*3/uL', 'le5|10*9/L', true],
    ['5', '10*3/uL', 'ge5|10*9/L', true],
    ['6', 'mmol/L', 'le0.006|mol/L', true],
    ['6', 'mmol/L', 'ge0.006|mol/L', true],
    ['1', '[lb_av]', 'ge453.59237|g', true],
    ['1', '[lb_av]', 'gt453.59237|g', false],
    ['7.4', '[pH]', 'eq7.4|[pH]', true],
  ] as const) {
    const [sought, unit] = query.split('|');
    assert.equal(
      found(of(number, code), `value-quantity=${sought}|${UCUM}|${unit}`),
      expected,
      `${number} ${code} ${query}`,
    );
  }
});

test('quantity: a comparator, a Range and SampledData are stretches', () => {
  const below = (comparator: string): string => value('5', `,"comparator":"${comparator}"`);
  assert.equal(found(below('<'), 'value-quantity=lt3'), true);
  assert.equal(found(below('<'), 'value-quantity=ge5'), false);
  assert.equal(found(below('<='), 'value-quantity=ge5'), true);
  assert.equal(found(below('>'), 'value-quantity=sa5'), true);
  assert.equal(found(below('>'), 'value-quantity=eq5'), false);
  assert.equal(found(below('>='), 'value-quantity=gt1000000'), true);
  const sampled =
    '"valueSampledData":{"origin":{"value":2},"period":1,"dimensions":1,"factor":0.5,"data":"0 4 E 10 -2"}';
  assert.equal(found(sampled, 'value-quantity=gt6.9'), true);
  assert.equal(found(sampled, 'value-quantity=gt7'), false);
  assert.equal(found(sampled, 'value-quantity=lt1.1'), true);
  const age = { resourceType: 'Condition', id: '1', onsetRange: { low: { value: 20 }, high: { value: 30 } } };
  const holds = (text: string): boolean =>
    matches(criterion('Condition', 'onset-age', text), age, { baseUrl: BASE_URL });
  assert.deepEqual(
    [holds('gt29'), holds('sa20'), holds('eb31'), holds('ap25'), holds('25')],
    [true, false, true, true, false],
  );
});

test('composite: R4 search.html#composite: all parts at one and the same place', () => {
  const pressure = `"code":{"coding":[{"system":"http://loinc.org","code":"85354-9"}]},"component":[
    {"code":{"coding":[{"system":"http://loinc.org","code":"8480-6"}]},${value('107')}},
    {"code":{"coding":[{"system":"http://loinc.org","code":"8462-4"}]},${value('60')}}]`;
  for (const [query, expected] of [
    ['component-code-value-quantity=http://loinc.org|8480-6$lt110', true],
    ['component-code-value-quantity=http://loinc.org|8480-6$lt100', false],
    ['component-code-value-quantity=8462-4$lt100', true],
    ['component-code-value-quantity=8462-4$gt100,8480-6$gt100', true],
    ['combo-code-value-quantity=8480-6$107', true],
    ['combo-code-value-quantity=85354-9$107', false],
    ['code-value-quantity=85354-9$107', false],
  ] as const) {
    assert.equal(found(pressure, query), expected, query);
  }
  const weight = `"code":{"coding":[{"code":"w"}]},${milligrams('5')}`;
  assert.equal(found(weight, `code-value-quantity=w$5|${UCUM}|mg`), true);
  assert.equal(found(weight, `combo-code-value-quantity=w$gt5|${UCUM}|mg`), false);
  assert.equal(
    found('"code":{"coding":[{"code":"d"}]},"valueDateTime":"2020-05-05"', 'code-value-date=d$ge2020'),
    true,
  );
  assert.equal(found('"code":{"coding":[{"code":"d"}]},"valueString":"a$b"', 'code-value-string=d$a\\$b'), true);
});

test('terms: a number lies in its cells, and a cover holds the cells of all that is within', () => {
  const decimal = fc
    .tuple(fc.integer({ min: -9999, max: 9999 }), fc.integer({ min: -35, max: 35 }))
    .map(([digits, power]) => parseDecimal(`${digits}e${power}`) ?? assert.fail());
  fc.assert(
    fc.property(decimal, fc.option(decimal), fc.option(decimal), fc.constantFrom(1, 3), (one, low, high, digits) => {
      const isInside =
        (low === null || compareDecimals(low, one) <= 0) && (high === null || compareDecimals(one, high) <= 0);
      const cover = coverNumbers({ ...(low ? { low } : {}), ...(high ? { high } : {}) }, digits);
      assert.ok(cover.length <= 200, String(cover.length));
      if (isInside) assert.ok(numberCells(one, digits).some((cell) => cover.includes(cell)));
    }),
    { numRuns: 3000 },
  );
  assert.deepEqual(numberCells({ digits: 1450n, exponent: -1 }, 3), ['e2', '1e2', '14e2', '145e2']);
  assert.equal(coverNumbers({ low: { digits: 5n, exponent: 0 }, high: { digits: 8n, exponent: 0 } }, 3).length, 4);
});

test('units: what is no unit has no form, and hostile codes cost little', () => {
  for (const code of [
    '',
    'nonsense',
    'constructor',
    '__proto__',
    'toString',
    '10*999',
    'a b',
    '('.repeat(48),
    'm.'.repeat(24),
  ]) {
    const started = performance.now();
    const unit = canonicalUnit(code);
    assert.ok(performance.now() - started < 100, code);
    assert.ok(unit === undefined || unit.dimension !== '', code);
  }
  assert.equal(canonicalUnit('mg')?.dimension, canonicalUnit('[lb_av]')?.dimension);
  assert.notEqual(canonicalUnit('mmol/L')?.dimension, canonicalUnit('/L')?.dimension);
});
