/** The search against a naive reading of all rendered events: random logs, committed a little out of order. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { RenderedEvent } from '../../../src/audit/search.ts';
import type { AuditFacts } from '../../../src/core/audit.ts';
import { NOON, readFacts, searchFacts } from './audit-facts.ts';
import { ALL, ask, askAll, openLog } from './open-log.ts';

const MINUTE = 60_000;
type Test = (event: fhir4.AuditEvent) => boolean;

const anyRecord: fc.Arbitrary<Partial<AuditFacts>> = fc.record({
  interaction: fc.constantFrom('read', 'update', 'search-type', 'delete', 'authentication'),
  outcome: fc.constantFrom('0', '4'),
  patients: fc.uniqueArray(fc.constantFrom('p1', 'p2', 'p3', 'p4'), { maxLength: 4 }),
  resource: fc.constantFrom({ type: 'Observation', id: 'o1' }, { type: 'Patient', id: 'p1' }, { type: 'Patient' }),
  agent: fc
    .constantFrom('Practitioner/7', 'Practitioner/8', 'Patient/p2')
    .map((fhirUser) => ({ ...readFacts().agent, fhirUser })),
});

// A search names a type and no resource.
const anyFacts = anyRecord.map((facts) =>
  facts.interaction === 'search-type' ? { ...facts, resource: { type: 'Patient' } } : facts,
);

const anyLog = fc.array(fc.tuple(anyFacts, fc.integer({ min: 0, max: 3 * MINUTE })), { minLength: 1, maxLength: 150 });

const has = (event: fhir4.AuditEvent, reference: string): boolean =>
  event.entity?.some((entity) => entity.what?.reference === reference) ?? false;
const who = (event: fhir4.AuditEvent, reference: string): boolean =>
  event.agent.some((agent) => agent.who?.reference === reference);

// One criterion as it is sent, beside what it means on a rendered event.
const anyCriterion: fc.Arbitrary<readonly [string, Test]> = fc.oneof(
  fc.constantFrom('p1', 'p2', 'p5').map((id): [string, Test] => {
    const reference = `Patient/${id}`;
    return [`patient=${id}`, (event) => has(event, reference) || who(event, reference)];
  }),
  fc
    .constantFrom('Practitioner/7', 'Patient/p2')
    .map((reference): [string, Test] => [`agent=${reference}`, (event) => who(event, reference)]),
  fc
    .constantFrom('Observation/o1', 'Patient/p1')
    .map((reference): [string, Test] => [`entity=${reference}`, (event) => has(event, reference)]),
  fc
    .constantFrom('R', 'U', 'E')
    .map((action): [string, Test] => [`action=${action}`, (event) => event.action === action]),
  fc.constantFrom('R').map((action): [string, Test] => [`action:not=${action}`, (event) => event.action !== action]),
  fc.constantFrom('0', '4').map((code): [string, Test] => [`outcome=${code}`, (event) => event.outcome === code]),
  fc.integer({ min: -1, max: 40 }).map((minutes): [string, Test] => {
    const time = new Date(NOON + minutes * MINUTE).toISOString();
    return [`date=ge${time}`, (event) => event.recorded >= time];
  }),
  fc.integer({ min: -1, max: 40 }).map((minutes): [string, Test] => {
    const time = new Date(NOON + minutes * MINUTE).toISOString();
    return [`date=lt${time}`, (event) => event.recorded < time];
  }),
);

test('search: agrees with a naive reading of all events, page by page', { timeout: 60_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(
      anyLog,
      fc.array(anyCriterion, { maxLength: 3 }),
      fc.integer({ min: 1, max: 40 }),
      checkAgainstAll,
    ),
    { numRuns: 60 },
  );
});

async function checkAgainstAll(
  steps: readonly (readonly [Partial<AuditFacts>, number])[],
  criteria: readonly (readonly [string, Test])[],
  count: number,
): Promise<void> {
  let time = NOON;
  const facts = steps.map(([over, wait], index) => {
    time += wait;
    // Every third entry says that it happened up to 20 s before the one ahead of it.
    return searchFacts({ ...over, recorded: index % 3 === 2 ? time - 20_000 : time });
  });
  const log = await openLog(facts);
  try {
    const everything = await askAll(log, '_count=500');
    const expected = everything.filter((event) => criteria.every(([, holds]) => holds(typed(event))));
    const query = [`_count=${count}`, ...criteria.map(([text]) => text)].join('&');
    const found = await askAll(log, query);
    assert.deepEqual(found.map(idOf), expected.map(idOf));
    assert.equal((await ask(log, `${query}&_summary=count`)).total, expected.length);
  } finally {
    await log.opened.close();
  }
}

const idOf = ({ id }: RenderedEvent): string => id;
const typed = ({ resource }: RenderedEvent): fhir4.AuditEvent => JSON.parse(JSON.stringify(resource));

test('search: a date is found though entries were committed out of order', async () => {
  const log = await openLog([]);
  const late = [20, 0, 10, 45, 21].map((second) =>
    readFacts({ recorded: NOON + second * 1000, requestId: `s${second}` }),
  );
  // Each entry from a recorder of its own keeps its own time, as when a commit overtakes another.
  for (const facts of late) await log.appendApart(facts);
  const seconds = async (query: string) =>
    (await ask(log, query)).events.map((event) => new Date(typed(event).recorded).getUTCSeconds());
  assert.deepEqual(await seconds('date=2026-03-09T12:00:00Z'), [0]);
  assert.deepEqual(await seconds('date=2026-03-09T12:00:20Z'), [20]);
  assert.deepEqual(await seconds('date=ge2026-03-09T12:00:20Z'), [21, 45, 20]);
  assert.deepEqual(await seconds('date=le2026-03-09T12:00:10Z'), [10, 0]);
  await log.opened.close();
});

test('search: pages hold while records are added', async () => {
  const log = await openLog(Array.from({ length: 6 }, (_, i) => readFacts({ recorded: NOON + i, requestId: `r${i}` })));
  const whole = (await ask(log, '')).events.map(idOf);
  const first = await ask(log, '_count=3');
  await log.append([readFacts({ recorded: NOON + MINUTE })]);
  const second = await ask(log, '_count=3', ALL, first.next);
  assert.deepEqual([...first.events, ...second.events].map(idOf), whole);
  await log.opened.close();
});

test('search: a page that would open too many records ends early and goes on from there', async () => {
  const many = Array.from({ length: 5100 }, () => readFacts({ recorded: NOON + MINUTE, patients: ['p2'] }));
  const log = await openLog([readFacts(), ...many]);
  const first = await ask(log, 'date=ne2026-03-09T12:01');
  assert.equal(first.events.length, 0);
  assert.equal(first.total, undefined);
  const second = await ask(log, 'date=ne2026-03-09T12:01', ALL, first.next);
  assert.equal(second.events.length, 1);
  assert.equal(second.next, undefined);
  await log.opened.close();
});
