/** Cursors: bound to who asks, good for an hour at least and two at most, of one length. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { FhirError } from '../../../src/core/errors.ts';
import { createKeyring } from '../../../src/crypto/keyring.ts';
import { createSecrets } from '../../../src/crypto/secrets.ts';
import { type CursorHolder, createCursors, cursorIn } from '../../../src/search/cursor.ts';

const HOUR = 3_600_000;
const { cursors: sealer } = createSecrets(createKeyring({ demo: true, random: randomBytes }));
const at = (time: number) => createCursors(sealer, () => time);
const holder: CursorHolder = {
  subject: 'i|s',
  roles: ['nurse', 'billing'],
  scopes: ['user/*.rs'],
  policy: 'p1',
  place: 'search Patient',
};
const page = {
  after: 'A'.repeat(22),
  version: 0,
  parameters: [
    ['family', 'Öztürk'],
    ['_count', '5'],
  ] as const,
};
const isRefused = (error: unknown): boolean => error instanceof FhirError && error.status === 400;

test('cursor: opens for its holder, and the order of roles does not count', () => {
  const cursor = at(0).seal(page, holder);
  assert.deepEqual(at(0).open(cursor, { ...holder, roles: ['billing', 'nurse'] }), page);
  assert.equal(at(HOUR - 1).seal(page, holder), cursor);
});

test('cursor: foreign and stale ones are 400', () => {
  const cursor = at(HOUR / 2).seal(page, holder);
  for (const other of [
    { subject: 'x' },
    { roles: ['nurse'] },
    { scopes: undefined },
    { policy: 'p2' },
    { patient: '1' },
    { place: 'search Observation' },
  ]) {
    assert.throws(() => at(HOUR / 2).open(cursor, { ...holder, ...other }), isRefused);
  }
  assert.deepEqual(at(HOUR * 1.5).open(cursor, holder), page);
  assert.throws(() => at(HOUR * 2).open(cursor, holder), isRefused);
  for (const bad of ['', 'x', `${cursor}A`, cursor.slice(1)])
    assert.throws(() => at(HOUR / 2).open(bad, holder), isRefused);
});

test('cursor: its length does not tell what it holds', () => {
  const lengths = new Set(
    ['A', 'z', '_'].map((letter) => at(0).seal({ ...page, after: letter.repeat(22) }, holder).length),
  );
  assert.equal(lengths.size, 1);
  assert.equal(at(0).seal({ ...page, parameters: [] }, holder).length, [...lengths][0]);
});

test('cursor: stands alone among the parameters', () => {
  assert.equal(
    cursorIn([
      ['_cursor', 'x'],
      ['_format', 'json'],
    ]),
    'x',
  );
  assert.equal(cursorIn([['family', 'x']]), undefined);
  assert.throws(
    () =>
      cursorIn([
        ['_cursor', 'x'],
        ['family', 'x'],
      ]),
    isRefused,
  );
  assert.throws(
    () =>
      cursorIn([
        ['_cursor', 'x'],
        ['_cursor', 'x'],
      ]),
    isRefused,
  );
});
