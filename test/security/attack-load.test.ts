/** Attacks on time: bodies within the limits whose cost must grow with their size and no faster. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type Reply, startVeil, type Veil } from '../support/veil.ts';

let veil: Veil;
before(async () => {
  veil = await startVeil();
});
after(() => veil.stop());

const PHYSICIAN = { roles: ['physician'] };
const PLAIN = { resourceType: 'Observation', status: 'final', code: { text: 'x' } };
const many = <T>(count: number, make: (i: number) => T): readonly T[] =>
  Array.from({ length: count }, (_, i) => make(i));
const create = (more: object): Promise<Reply> =>
  veil.call(PHYSICIAN, 'POST', '/Observation', { body: { ...PLAIN, ...more } });

async function within(ms: number, run: () => Promise<Reply>): Promise<Reply> {
  const started = performance.now();
  const reply = await run();
  const took = performance.now() - started;
  assert.ok(took < ms, `${Math.round(took)} ms`);
  return reply;
}

test('load: a resource of 8,000 contained ones, each referred to, is checked in time that grows with its size', async () => {
  const contained = many(8000, (i) => ({ ...PLAIN, id: `c${i}` }));
  const hasMember = many(8000, (i) => ({ reference: `#c${i}` }));
  assert.equal((await within(8000, () => create({ contained, hasMember }))).status, 201);
  const wrong = many(8000, (i) => ({ reference: `#d${i}` }));
  assert.equal((await within(8000, () => create({ contained, hasMember: wrong }))).status, 422);
});

test('load: components are compared with as many codes of their resource in time that grows with both', async () => {
  const component = many(8000, (i) => ({ code: { coding: [{ code: `c${i}` }] } }));
  const code = { coding: many(8000, (i) => ({ code: `d${i}` })) };
  assert.equal((await within(8000, () => create({ code, component, valueInteger: 1 }))).status, 201);
  const same = [...component, { code: { coding: [{ code: 'd7999' }] } }];
  assert.equal((await create({ code, component: same, valueInteger: 1 })).status, 422);
});
