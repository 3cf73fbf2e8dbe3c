/** Each action of `src/masking/actions` on values that it suits, and on those that it must not let through. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Json } from '../../src/core/json.ts';
import type { ActionName } from '../../src/definitions/role-file.ts';
import type { FhirNode } from '../../src/fhirpath/path.ts';
import type { ActionContext } from '../../src/masking/actions/action.ts';
import { ACTIONS } from '../../src/masking/actions/registry.ts';
import { isOver89 } from '../../src/masking/age.ts';

const BASE_URL = 'http://veil.example/fhir';
const context = (over89 = false): ActionContext => ({
  baseUrl: BASE_URL,
  pseudonymOf: (type, id) => `p-${type}-${id}`,
  over89: () => over89,
});

function act(name: ActionName, node: FhirNode, options: { over89?: boolean; with?: Json } = {}): FhirNode | undefined {
  const action = ACTIONS[name].make(options.with === undefined ? {} : { with: options.with });
  return action(node, context(options.over89));
}

const string = (value: string): FhirNode => ({ value, type: 'string', sibling: { extension: [{ url: 'x' }] } });
const date = (value: string): FhirNode => ({ value, type: 'date', sibling: { extension: [{ url: 'x' }] } });
const resultOf = (name: ActionName, node: FhirNode) => act(name, node)?.value;

test('hide and mask: the element is gone', () => {
  assert.equal(act('hide', string('secret')), undefined);
  assert.equal(act('mask', string('secret')), undefined);
});

test('last4: four characters at most and never more than half', () => {
  const cases: readonly (readonly [text: string, left: string | undefined])[] = [
    ['999-12-3456', '3456'],
    ['12345678', '5678'],
    ['1234567', '567'],
    ['12', '2'],
    ['1', undefined],
    ['', undefined],
    ['🏥🏥🏥🏥🏥🏥🏥🏥', '🏥🏥🏥🏥'],
  ];
  for (const [text, left] of cases) assert.equal(resultOf('last4', string(text)), left, text);
});

test('initial: the first letter alone', () => {
  assert.equal(resultOf('initial', string('Ann')), 'A');
  assert.equal(resultOf('initial', string(' Émile')), 'É');
  assert.equal(resultOf('initial', string('𝒜nn')), '𝒜');
  assert.equal(act('initial', string('   ')), undefined);
});

test('year and month: dates of any precision, both ends of a Period', () => {
  const cases: readonly (readonly [text: string, year: string, month: string])[] = [
    ['1970', '1970', '1970'],
    ['1970-03', '1970', '1970-03'],
    ['1970-03-02', '1970', '1970-03'],
    ['1970-03-02T23:59:59.123-05:00', '1970', '1970-03'],
  ];
  for (const [text, year, month] of cases) {
    assert.equal(resultOf('year', date(text)), year);
    assert.equal(resultOf('month', date(text)), month);
  }
  const period: FhirNode = { value: { start: '1970-03-02', end: '1971', extension: [{ url: 'x' }] }, type: 'Period' };
  assert.deepEqual(resultOf('year', period), { start: '1970', end: '1971' });
  assert.deepEqual(resultOf('month', { value: { end: '1971-05-06' }, type: 'Period' }), { end: '1971-05' });
  assert.equal(act('year', { value: { extension: [] }, type: 'Period' }), undefined);
  assert.equal(act('year', date('no date')), undefined);
});

test('zip3: three digits, 000 for small areas and for what is no ZIP code', () => {
  const cases: readonly (readonly [text: string, left: string])[] = [
    ['01730', '017'],
    ['01730-1234', '017'],
    ['017301234', '017'],
    ['03601', '000'],
    ['89312-0001', '000'],
    ['0173', '000'],
    ['EC1A 1BB', '000'],
    ['01730\n', '000'],
  ];
  for (const [text, left] of cases) assert.equal(resultOf('zip3', string(text)), left, text);
});

test('age-cap: dates of a person over 89 say that they are masked, others stay', () => {
  assert.deepEqual(act('age-cap', date('1970-03-02')), date('1970-03-02'));
  const capped = act('age-cap', date('1900-03-02'), { over89: true });
  assert.equal(capped?.value, undefined);
  assert.match(JSON.stringify(capped?.sibling), /data-absent-reason","valueCode":"masked"/);
});

test('pseudonym: a reference of this server under another name, without display; whatever else it is goes', () => {
  const reference = (text: string): FhirNode => ({
    value: { reference: text, display: 'Ann', identifier: { value: 'M1' } },
    type: 'Reference',
  });
  const pseudonymous = { reference: 'Patient/p-Patient-1' };
  assert.deepEqual(resultOf('pseudonym', reference('Patient/1')), pseudonymous);
  assert.deepEqual(resultOf('pseudonym', reference(`${BASE_URL}/Patient/1`)), pseudonymous);
  assert.deepEqual(resultOf('pseudonym', reference('Patient/1/_history/2')), pseudonymous);
  for (const other of ['http://else.example/fhir/Patient/1', '#p', 'urn:uuid:5']) {
    assert.equal(act('pseudonym', reference(other)), undefined, other);
  }
  assert.equal(act('pseudonym', { value: { display: 'Ann' }, type: 'Reference' }), undefined);
});

test('replace: the value of the rule, whatever stood there', () => {
  assert.deepEqual(act('replace', string('secret'), { with: 'x' }), { value: 'x', type: 'string' });
});

test('actions on text: extensions beside the original, and values without text, go', () => {
  for (const [name, node] of [
    ['last4', string('12345678')],
    ['initial', string('Ann')],
    ['zip3', string('01730')],
    ['year', date('1970-01-01')],
    ['month', date('1970-01-01')],
    ['replace', string('x')],
  ] as const) {
    assert.equal(act(name, node, { with: 'y' })?.sibling, undefined, name);
    if (name !== 'replace')
      assert.equal(act(name, { value: undefined, type: node.type, sibling: { id: 'a' } }), undefined);
  }
});

test('age: over 89 counts to death where it is known, and unknown parts towards the higher age', () => {
  const now = Date.UTC(2024, 5, 1);
  const over = (birthDate: string, deceasedDateTime?: string): boolean =>
    isOver89({ resourceType: 'Patient', birthDate, ...(deceasedDateTime ? { deceasedDateTime } : {}) }, now);
  assert.equal(over('1934-06-02'), false);
  assert.equal(over('1934-06-01'), true);
  assert.equal(over('1934'), true);
  assert.equal(over('1935-01-01'), false);
  assert.equal(over('1900-01-02', '1989-12-31'), false);
  assert.equal(over('1900-01-02', '1990'), true);
  assert.equal(isOver89(undefined, now), false);
});
