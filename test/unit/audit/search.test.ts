/** The search of AuditEvents on a real store: parameters, refusals, pages, and the patient's own view. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { FhirError } from '../../../src/core/errors.ts';
import { BASE_URL, commandFacts, loginFacts, NOON, readFacts, searchFacts } from './audit-facts.ts';
import { ALL, ask, askAll, openLog, type TestLog } from './open-log.ts';

const HOUR = 3_600_000;
const physician = readFacts().agent;
const { name: _name, ...unnamed } = physician;
const portal = { ...unnamed, fhirUser: 'Patient/p1', sub: 'p1', roles: ['patient'] };

let log: TestLog;
before(async () => {
  log = await openLog([
    readFacts({ recorded: NOON, requestId: 'a' }),
    searchFacts({ recorded: NOON + HOUR, requestId: 'b' }),
    loginFacts({ recorded: NOON + 2 * HOUR, requestId: 'c' }),
    readFacts({ recorded: NOON + 3 * HOUR, requestId: 'd', agent: portal, resource: { type: 'Patient', id: 'p1' } }),
    readFacts({ recorded: NOON + 4 * HOUR, requestId: 'e', interaction: 'update', patients: ['p2'] }),
    readFacts({ recorded: NOON + 5 * HOUR, requestId: 'f', outcome: '4', status: 404, patients: [] }),
    commandFacts({ recorded: NOON + 6 * HOUR, requestId: 'g' }),
  ]);
});
after(() => log.opened.close());

// Each event as the request that made it and the patient it concerns: `b:p1`.
async function found(query: string, reader = ALL): Promise<string> {
  const { events } = await ask(log, query, reader);
  return events
    .map(({ resource, patient }) => {
      const request = /"value":"([a-g])"/.exec(JSON.stringify(resource))?.[1] ?? '?';
      return patient === undefined ? request : `${request}:${patient}`;
    })
    .join(' ');
}

const CASES: Readonly<Record<string, string>> = {
  '': 'g f e:p2 d:p1 c b:p1 b:p2 a:p1',
  'patient=p1': 'd:p1 b:p1 a:p1',
  'patient=Patient/p2': 'e:p2 b:p2',
  [`patient=${BASE_URL}/Patient/p2`]: 'e:p2 b:p2',
  'patient=https://other.example/Patient/p2': '',
  'patient=p1,p2': 'e:p2 d:p1 b:p1 b:p2 a:p1',
  'patient=p1&patient=p2': '',
  'patient=p9': '',
  'agent=Practitioner/7': 'f e:p2 b:p1 b:p2 a:p1',
  'agent=7': 'f e:p2 b:p1 b:p2 a:p1',
  'agent:Practitioner=7': 'f e:p2 b:p1 b:p2 a:p1',
  'agent=Patient/p1': 'd:p1',
  'agent:identifier=https://idp.example|p1': 'd:p1',
  'agent:identifier=https://other.example|p1': '',
  'action=R': 'f d:p1 a:p1',
  'action=r,U': 'f e:p2 d:p1 a:p1',
  'action:not=R,E': 'e:p2',
  'outcome=4': 'f',
  'outcome=http://terminology.hl7.org/CodeSystem/audit-event-outcome|8': 'c',
  'outcome=|8': '',
  'type=rest': 'f e:p2 d:p1 b:p1 b:p2 a:p1',
  'type=http://dicom.nema.org/resources/ontology/DCM|110114': 'c',
  'type=http://dicom.nema.org/resources/ontology/DCM|': 'g c',
  'subtype=search-type': 'b:p1 b:p2',
  'subtype=http://hl7.org/fhir/restful-interaction|update': 'e:p2',
  'action=R&outcome=0': 'd:p1 a:p1',
  'action=C': '',
  'entity=Observation/o1': 'f e:p2 a:p1',
  'entity=Observation/o1/_history/9': 'f e:p2 a:p1',
  'entity:Observation=o1': 'f e:p2 a:p1',
  'entity=Patient/p1': 'd:p1 b:p1 a:p1',
  'date=2026-03-09T13:00': 'b:p1 b:p2',
  'date=ge2026-03-09T15:00&date=lt2026-03-09T16:30': 'e:p2 d:p1',
  'date=lt2026-03-09T13:00:00Z': 'a:p1',
  'date=gt2026-03-09T17:00': 'g',
  'date=ne2026-03-09T13:00&patient=p1': 'd:p1 a:p1',
  'date=2025': '',
  'date=2026-03-09T12:00,2026-03-09T18:00': 'g a:p1',
  '_lastUpdated=ge2026-03-09T18:00:00.000Z': 'g',
};

for (const [query, expected] of Object.entries(CASES)) {
  test(`search: ${query || 'no parameter'} finds the right events, newest first`, async () => {
    assert.equal(await found(query), expected);
  });
}

const REFUSED: readonly (readonly [string, number])[] = [
  ['patient=', 400],
  ['patient=a b', 400],
  ['action=R,', 400],
  ['action=|', 400],
  ['date=2026-03-09T13', 400],
  ['date:missing=true', 400],
  ['patient:Observation=1', 400],
  ['patient.name=x', 400],
  ['_has:Patient:x:y=1', 400],
  ['_include=AuditEvent:patient', 400],
  ['entity=o1', 400],
  ['agent:identifier=sub', 400],
  ['_count=x', 400],
  ['_total=some', 400],
  ['_summary=maybe', 400],
  ['_sort=action', 400],
  [Array.from({ length: 51 }, () => 'action=R').join('&'), 400],
];

for (const [query, status] of REFUSED) {
  test(`search: ${query.slice(0, 40)} is refused with ${status}`, async () => {
    await assert.rejects(ask(log, query), (error) => error instanceof FhirError && error.status === status);
  });
}

test('search: an unknown parameter is ignored and named, or refused when handling is strict', async () => {
  const page = await ask(log, 'shoe=9&action=U');
  assert.deepEqual(page.ignored, ['shoe']);
  assert.deepEqual(page.self, [['action', 'U']]);
  assert.equal(page.events.length, 1);
  const strict = { parameters: [['shoe', '9'] as const], strict: true, reader: ALL };
  await assert.rejects(log.search.search(strict), (error) => error instanceof FhirError && error.status === 400);
});

test('search: _count, next and total', async () => {
  const first = await ask(log, '_count=3');
  assert.equal(first.events.length, 3);
  assert.equal(first.total, undefined);
  assert.equal((await ask(log, '_count=3&_total=accurate')).total, 8);
  assert.equal((await ask(log, '_count=8')).total, 8);
  assert.equal((await ask(log, '_count=8')).next, undefined);
  assert.deepEqual(await ask(log, '_summary=count&patient=p1'), {
    ignored: [],
    self: [
      ['_summary', 'count'],
      ['patient', 'p1'],
    ],
    events: [],
    total: 3,
  });
  assert.equal((await ask(log, '_count=0')).total, 8);
});

test('search: pages of any size together are the whole', async () => {
  const whole = (await ask(log, '_count=100')).events.map(({ id }) => id);
  for (const count of [1, 2, 3, 7]) {
    const pages = await askAll(log, `_count=${count}`);
    assert.deepEqual(
      pages.map(({ id }) => id),
      whole,
    );
  }
});

test('search: a cursor that was never given is 400', async () => {
  await assert.rejects(
    ask(log, '', ALL, 'aaaaaaaaaaaaaaaaaaaaaaaaaa'),
    (error) => error instanceof FhirError && error.status === 400,
  );
});

test('search: _id finds events among the other criteria', async () => {
  const [newest, , update] = (await ask(log, '')).events;
  assert.ok(newest && update);
  assert.equal(await found(`_id=${newest.id},${update.id},unknown`), 'g e:p2');
  assert.equal(await found(`_id=${newest.id},${update.id}&action=U`), 'e:p2');
  assert.equal(await found(`_id=${newest.id}&_id=${update.id}`), '');
});

test('read: an event is what the search gave; an unknown id and a place beyond are undefined', async () => {
  for (const event of (await ask(log, '')).events) assert.deepEqual(await log.search.read(event.id, ALL), event);
  assert.equal(await log.search.read('nobody', ALL), undefined);
  assert.equal(await log.search.read('', ALL), undefined);
});

test('patient: sees the narrow view of events that concern this patient alone', async () => {
  const p1 = { onlyPatient: 'p1', mayTell: () => false };
  const { events } = await ask(log, '', p1);
  assert.deepEqual(
    events.map(({ patient }) => patient),
    ['p1', 'p1', 'p1'],
  );
  assert.ok(!JSON.stringify(events).includes('Observation/'));
  assert.equal((await ask(log, 'agent=Practitioner/7', p1)).events.length, 2);
  assert.equal((await ask(log, 'patient=p2', p1)).events.length, 0);
  assert.equal((await ask(log, '_summary=count', p1)).total, 3);
});

test('patient: the resource cannot be asked for, nor another patient read', async () => {
  const p1 = { onlyPatient: 'p1', mayTell: () => false };
  await assert.rejects(
    ask(log, 'entity=Observation/o1', p1),
    (error) => error instanceof FhirError && error.status === 403,
  );
  const [other] = (await ask(log, 'patient=p2')).events;
  const [own] = (await ask(log, 'patient=p1')).events;
  assert.ok(other && own);
  assert.equal(await log.search.read(other.id, p1), undefined);
  assert.equal((await log.search.read(own.id, p1))?.id, own.id);
});

test('newest: the time of the last record, 0 for an empty log', async () => {
  assert.equal(await log.search.newest(), NOON + 6 * HOUR);
  const empty = await openLog([]);
  assert.equal(await empty.search.newest(), 0);
  assert.deepEqual((await ask(empty, 'date=2026&action=R')).events, []);
  await empty.opened.close();
});
