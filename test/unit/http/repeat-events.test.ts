/** Repeated events: one record at once, the rest as a count, none lost. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createRepeatEvents, type RepeatEvents } from '../../../src/http/repeat-events.ts';
import { WindowStore } from '../../../src/http/window-store.ts';
import { quietLogger } from '../../support/quiet-logger.ts';

interface World {
  readonly events: RepeatEvents<string>;
  readonly written: [string, number | undefined][];
  advance(ms: number): void;
  breakWrites(broken: boolean): void;
}

function world(): World {
  let now = 0;
  let isBroken = false;
  const written: [string, number | undefined][] = [];
  const write = async (event: string, count?: number): Promise<void> => {
    if (isBroken) throw new Error('disk');
    written.push([event, count]);
  };
  return {
    events: createRepeatEvents<string>({ write, clock: () => now, logger: quietLogger() }),
    written,
    advance: (ms) => {
      now += ms;
    },
    breakWrites: (broken) => {
      isBroken = broken;
    },
  };
}

test('repeat: sources are counted apart, and a sweep writes ended minutes alone', async () => {
  const { events, written, advance } = world();
  await Promise.all([events.note('a', 'a1'), events.note('a', 'a2'), events.note('b', 'b1')]);
  await events.note('a', 'a3');
  assert.deepEqual(written, [
    ['a1', undefined],
    ['b1', undefined],
  ]);
  await events.sweep();
  assert.equal(written.length, 2);
  advance(60_000);
  await events.sweep();
  assert.deepEqual(written[2], ['a3', 2]);
  await events.note('a', 'a4');
  assert.deepEqual(written[3], ['a4', undefined]);
  await events.flush();
  assert.equal(written.length, 4);
});

test('repeat: an event after the minute writes the count and is a first one again', async () => {
  const { events, written, advance } = world();
  await events.note('a', 'a1');
  await events.note('a', 'a2');
  advance(60_000);
  await Promise.all([events.note('a', 'a3'), events.note('a', 'a4')]);
  await events.flush();
  assert.deepEqual(written, [
    ['a1', undefined],
    ['a2', 1],
    ['a3', undefined],
    ['a4', 1],
  ]);
});

test('repeat: when the first record fails, all who wait fail, and the next event is a first one', async () => {
  const { events, written, breakWrites } = world();
  breakWrites(true);
  const both = await Promise.allSettled([events.note('a', 'a1'), events.note('a', 'a2')]);
  assert.deepEqual(
    both.map(({ status }) => status),
    ['rejected', 'rejected'],
  );
  breakWrites(false);
  await events.note('a', 'a3');
  assert.deepEqual(written, [['a3', undefined]]);
});

test('repeat: a count that cannot be written stays for the next sweep', async () => {
  const { events, written, advance, breakWrites } = world();
  await events.note('a', 'a1');
  await events.note('a', 'a2');
  advance(60_000);
  breakWrites(true);
  await events.sweep();
  breakWrites(false);
  await events.sweep();
  assert.deepEqual(written, [
    ['a1', undefined],
    ['a2', 1],
  ]);
});

test('repeat: a flood of sources is bounded and loses no count', async () => {
  const { events, written } = world();
  await events.note('s0', 's0');
  await events.note('s0', 's0');
  for (let i = 1; i <= 10_000; i++) await events.note(`s${i}`, 'x');
  assert.equal(written.filter(([event, count]) => event === 's0' && count === 1).length, 1);
});

test('window: counts for a minute, takes back, and tells how long is left', () => {
  let now = 0;
  const store = new WindowStore(() => now);
  assert.equal(store.increment('a').totalHits, 1);
  now = 30_000;
  assert.equal(store.increment('a').totalHits, 2);
  assert.equal(store.secondsLeft('a'), 30);
  store.decrement('a');
  assert.equal(store.increment('a').totalHits, 2);
  now = 60_000;
  assert.equal(store.increment('a').totalHits, 1);
  store.resetKey('a');
  assert.equal(store.increment('a').totalHits, 1);
});
