/** The bounded map forgets what was used least recently, and never grows beyond its limit. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BoundedMap } from '../../../src/core/bounded-map.ts';

test('bounded map: a full map forgets the entry that was used least recently', () => {
  const map = new BoundedMap<string, number>(2);
  map.set('a', 1);
  map.set('b', 2);
  assert.equal(map.get('a'), 1);
  map.set('c', 3);
  assert.deepEqual([map.get('a'), map.get('b'), map.get('c'), map.size], [1, undefined, 3, 2]);
});

test('bounded map: setting again replaces, and counts as use', () => {
  const map = new BoundedMap<string, number>(2);
  map.set('a', 1);
  map.set('b', 2);
  map.set('a', 3);
  map.set('c', 4);
  assert.deepEqual([map.get('a'), map.get('b'), map.get('c')], [3, undefined, 4]);
  map.delete('a');
  assert.equal(map.get('a'), undefined);
});
