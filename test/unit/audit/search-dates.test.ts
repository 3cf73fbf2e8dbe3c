/** Date values: every precision and prefix of R4, against `recorded` in milliseconds. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { hull, spansOf, within } from '../../../src/audit/search-dates.ts';
import { FhirError } from '../../../src/core/errors.ts';
import { NOON } from './audit-facts.ts';

const fits = (value: string, time: string | number): boolean =>
  within(
    spansOf('date', value, () => NOON),
    typeof time === 'number' ? time : Date.parse(time),
  );

test('date: a value stands for the whole of its precision, UTC unless it says otherwise', () => {
  const time = '2026-03-09T12:34:56.789Z';
  for (const value of [
    '2026',
    '2026-03',
    '2026-03-09',
    '2026-03-09T12:34',
    '2026-03-09T12:34:56',
    '2026-03-09T12:34:56.7',
    '2026-03-09T12:34:56.789Z',
    '2026-03-09T14:34+02:00',
    '2026-03-09T07:04-05:30',
  ]) {
    assert.ok(fits(value, time), value);
    assert.ok(fits(`eq${value}`, time), value);
    assert.ok(!fits(`ne${value}`, time), value);
  }
  for (const value of ['2025', '2026-02', '2026-03-10', '2026-03-09T12:35', '2026-03-09T12:34+02:00']) {
    assert.ok(!fits(value, time), value);
  }
});

test('date: prefixes at both edges of a day', () => {
  const first = '2026-03-09T00:00:00.000Z';
  const last = '2026-03-09T23:59:59.999Z';
  const table: readonly (readonly [string, boolean, boolean, boolean, boolean])[] = [
    // prefix, the millisecond before, the first, the last, the millisecond after
    ['eq', false, true, true, false],
    ['ne', true, false, false, true],
    ['gt', false, false, false, true],
    ['sa', false, false, false, true],
    ['ge', false, true, true, true],
    ['lt', true, false, false, false],
    ['eb', true, false, false, false],
    ['le', true, true, true, false],
  ];
  for (const [prefix, ...expected] of table) {
    const times = [Date.parse(first) - 1, Date.parse(first), Date.parse(last), Date.parse(last) + 1];
    assert.deepEqual(
      times.map((time) => fits(`${prefix}2026-03-09`, time)),
      expected,
      prefix,
    );
  }
});

test('date: ap widens by a tenth of the distance to now', () => {
  assert.ok(fits('ap2026-02-07', NOON - 28 * 86_400_000));
  assert.ok(!fits('ap2026-02-07', NOON - 20 * 86_400_000));
});

test('date: early years, February, December and leap seconds', () => {
  assert.ok(fits('0099', Date.parse('0099-06-01T00:00:00Z')));
  assert.ok(fits('2024-02-29', '2024-02-29T12:00:00Z'));
  assert.ok(fits('2026-12', '2026-12-31T23:59:59.999Z'));
  assert.ok(fits('2016-12-31T23:59:60', '2017-01-01T00:00:00Z'));
});

test('date: what is no date is 400', () => {
  for (const value of [
    '',
    'x',
    '2026-13',
    '2026-02-30',
    '2026-03-09T24:00',
    '2026-03-09T12',
    '26',
    'zz2026',
    'ge',
    '2026-03-09T12:00+99:00',
  ]) {
    assert.throws(
      () => fits(value, NOON),
      (error) => error instanceof FhirError && error.status === 400,
      value,
    );
  }
});

test('date: no text does anything but give spans or 400, and the hull holds all of them', () => {
  fc.assert(
    fc.property(
      fc.stringMatching(/^(ne|ap|lt)?[0-9T:.Z+-]{0,24}$/),
      fc.integer({ min: 0, max: 4e12 }),
      (value, time) => {
        try {
          const spans = spansOf('date', value, () => NOON);
          const all = hull(spans);
          if (within(spans, time)) assert.ok(time >= all.from && time < all.to);
        } catch (error) {
          assert.ok(error instanceof FhirError && error.status === 400);
        }
      },
    ),
    { numRuns: 500 },
  );
});
