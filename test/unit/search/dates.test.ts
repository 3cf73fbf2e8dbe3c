/** Dates: the stretch of time that a text means, calendar arithmetic, and the terms that cover a range. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { civilDate, dayNumber } from '../../../src/search/civil-day.ts';
import { DAY, parseDateRange } from '../../../src/search/date-range.ts';
import { coverDays, dayOf, nextDay, unitsOf } from '../../../src/search/date-units.ts';

const MS = 1_000_000n;
const at = (text: string): bigint => BigInt(Date.parse(text)) * MS;

test('day numbers: the same as Date, from year 1 to 9999, and back', () => {
  fc.assert(
    fc.property(fc.date({ min: new Date('0001-01-01'), max: new Date('9999-12-31'), noInvalidDate: true }), (date) => {
      const number = Math.floor(date.getTime() / 86_400_000);
      const civil = { year: date.getUTCFullYear(), month: date.getUTCMonth() + 1, day: date.getUTCDate() };
      assert.equal(dayNumber(civil.year, civil.month, civil.day), number);
      assert.deepEqual(civilDate(number), civil);
    }),
  );
});

test('date ranges: each precision covers what it leaves open, in UTC without a zone', () => {
  const cases: readonly (readonly [string, string, string])[] = [
    ['2020', '2020-01-01T00:00:00Z', '2021-01-01T00:00:00Z'],
    ['2020-12', '2020-12-01T00:00:00Z', '2021-01-01T00:00:00Z'],
    ['2020-02', '2020-02-01T00:00:00Z', '2020-03-01T00:00:00Z'],
    ['2020-02-29', '2020-02-29T00:00:00Z', '2020-03-01T00:00:00Z'],
    ['2020-02-29T10:30', '2020-02-29T10:30:00Z', '2020-02-29T10:31:00Z'],
    ['2020-02-29T10:30:15', '2020-02-29T10:30:15Z', '2020-02-29T10:30:16Z'],
    ['2020-02-29T10:30:15+02:00', '2020-02-29T08:30:15Z', '2020-02-29T08:30:16Z'],
    ['2020-02-29T23:30:00-01:00', '2020-03-01T00:30:00Z', '2020-03-01T00:30:01Z'],
    ['2020-02-29T10:30:15.5Z', '2020-02-29T10:30:15.500Z', '2020-02-29T10:30:15.600Z'],
    ['2016-12-31T23:59:60Z', '2017-01-01T00:00:00Z', '2017-01-01T00:00:01Z'],
  ];
  for (const [text, from, to] of cases) assert.deepEqual(parseDateRange(text), { from: at(from), to: at(to) }, text);
  const fine = parseDateRange('2020-01-01T00:00:00.1234567891234Z');
  assert.equal((fine?.to ?? 0n) - (fine?.from ?? 0n), 1n);
});

test('date ranges: what is no date is none', () => {
  const bad = [
    '',
    '20',
    '0000',
    '2020-13',
    '2020-00',
    '2021-02-29',
    '2020-02-30',
    '2020-2-3',
    '2020-01-01T24:00:00Z',
    '2020-01-01T10',
    '2020-01-01T10:60',
    '2020-01-01T10:00:61Z',
    '2020-01-01T10:00:00+15:00',
    '2020-01-01Z',
    ' 2020',
    '2020\n',
    '2020-01-01T10:00:00.Z',
    '٢٠٢٠',
  ];
  for (const text of bad) assert.equal(parseDateRange(text), undefined, JSON.stringify(text));
});

test('units: a range of days is covered exactly, by few', () => {
  const day = fc.integer({ min: dayNumber(1700, 1, 1), max: dayNumber(2300, 1, 1) });
  fc.assert(
    fc.property(day, day, day, (a, b, probe) => {
      const [from, to] = a < b ? [a, b] : [b, a];
      for (const rounding of ['inner', 'outer'] as const) {
        const units = coverDays({ from, to, rounding, finest: 'day' });
        const isCovered = unitsOf(probe).some((unit) => units.includes(unit));
        const isWithin = probe >= from && probe < to;
        if (rounding === 'inner') assert.ok(!isCovered || isWithin);
        else assert.ok(isCovered || !isWithin);
        assert.ok(units.length <= 500, String(units.length));
      }
    }),
    { numRuns: 1000 },
  );
  const since = coverDays({ from: dayNumber(2020, 5, 3), to: Infinity, rounding: 'outer', finest: 'day' });
  assert.ok(since.length < 70, String(since.length));
  assert.ok(since.includes('after') && since.includes('y2021') && since.includes('d2020-05-03'));
  assert.deepEqual(
    coverDays({ from: dayNumber(2020, 1, 1), to: dayNumber(2021, 1, 1), rounding: 'outer', finest: 'day' }),
    ['y2020'],
  );
});

test('days of instants: before 1970 as after', () => {
  assert.equal(dayOf(-1n), -1);
  assert.equal(dayOf(0n), 0);
  assert.equal(dayOf(DAY), 1);
  assert.equal(nextDay(-1n), 0);
  assert.equal(nextDay(0n), 0);
  assert.equal(nextDay(1n), 1);
});
