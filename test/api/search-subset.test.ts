/** `_elements`, `_summary`, `_count` and `_total` over HTTP: on what the caller sees, by definitions alone. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type Caller, type Reply, startVeil, type Veil } from '../support/veil.ts';

const SYSTEM: Caller = { roles: ['system'] };
const NURSE: Caller = { roles: ['nurse'] };
let veil: Veil;

before(async () => {
  veil = await startVeil();
  const person = {
    resourceType: 'Patient',
    text: { status: 'generated', div: '<div xmlns="http://www.w3.org/1999/xhtml">x</div>' },
    active: true,
    name: [{ family: 'Roe' }],
    maritalStatus: { text: 'x' },
    communication: [{ language: { text: 'en' } }],
    birthDate: '1970-05-01',
  };
  const value = { value: 1.5, unit: 'mg' };
  const observation = {
    resourceType: 'Observation',
    status: 'final',
    code: {
      coding: [{ system: 'http://loinc.org', code: '1-8', extension: [{ url: 'http://e.org/x', valueString: 'x' }] }],
    },
    subject: { reference: 'Patient/p', display: 'x' },
    effectiveDateTime: '2020-05-01T10:00:00Z',
    valueQuantity: value,
    note: [{ text: 'x' }],
    referenceRange: [{ text: 'x' }],
    component: [{ code: { text: 'c' }, valueQuantity: value, referenceRange: [{ text: 'x' }] }],
  };
  for (const [id, body] of [
    ['p', person],
    ['o', observation],
  ] as const) {
    const reply = await veil.call(SYSTEM, 'PUT', `/${body.resourceType}/${id}`, { body: { ...body, id } });
    assert.equal(reply.status, 201, reply.text);
  }
  for (let n = 0; n < 30; n++) {
    const body = {
      ...observation,
      id: `n${n}`,
      effectiveDateTime: `2021-01-01T${String(n % 24).padStart(2, '0')}:00:00Z`,
    };
    assert.equal((await veil.call(SYSTEM, 'PUT', `/Observation/n${n}`, { body })).status, 201);
  }
});
after(() => veil?.stop());

// The order of members is that of the boxes, and means nothing.
const namesIn = (object: object): string[] => Object.keys(object).toSorted();

const ask = (path: string, caller = SYSTEM): Promise<Reply> => veil.call(caller, 'GET', path);
const TAG = { system: 'http://terminology.hl7.org/CodeSystem/v3-ObservationValue', code: 'SUBSETTED' };

// What is left of the resource by a read and by a search: the same.
async function leftOf(path: string, query: string, caller = SYSTEM): Promise<Record<string, unknown>> {
  const [type, id] = path.split('/');
  const read = await ask(`/${path}?${query}`, caller);
  const found = await ask(`/${type}?_id=${id}&${query}`, caller);
  assert.deepEqual([read.status, found.status], [200, 200], read.text + found.text);
  assert.deepEqual(found.json.entry[0].resource, read.json);
  assert.ok(read.json.meta.tag.some((tag: unknown) => JSON.stringify(tag) === JSON.stringify(TAG)));
  const { resourceType: _type, id: _id, meta: _meta, ...rest } = read.json;
  return rest;
}

test('_elements: what is named is left, with mandatory and modifier elements', async () => {
  assert.deepEqual(namesIn(await leftOf('Patient/p', '_elements=birthDate')), ['active', 'birthDate']);
  assert.deepEqual(namesIn(await leftOf('Observation/o', '_elements=value,note')), [
    'code',
    'note',
    'status',
    'valueQuantity',
  ]);
});

test('_elements: what a role does not see is not there, with the answer that it always gets', async () => {
  assert.deepEqual(namesIn(await leftOf('Patient/p', '_elements=maritalStatus', NURSE)), ['active']);
});

test('_summary=true: elements that R4 marks, below the top too', async () => {
  const seen = await leftOf('Observation/o', '_summary=true');
  assert.deepEqual(namesIn(seen), ['code', 'component', 'effectiveDateTime', 'status', 'subject', 'valueQuantity']);
  assert.deepEqual(seen['component'], [{ code: { text: 'c' }, valueQuantity: { value: 1.5, unit: 'mg' } }]);
  assert.deepEqual(namesIn(await leftOf('Patient/p', '_summary=true')), ['active', 'birthDate', 'name']);
});

test('_summary=text: narrative, mandatory and modifier elements; data: all but the narrative', async () => {
  assert.deepEqual(namesIn(await leftOf('Observation/o', '_summary=text')), ['code', 'status']);
  assert.deepEqual(namesIn(await leftOf('Patient/p', '_summary=text')), ['active', 'text']);
  assert.ok(!('text' in (await leftOf('Patient/p', '_summary=data'))));
  assert.ok('communication' in (await leftOf('Patient/p', '_summary=data')));
});

test('_summary=false: everything, and no tag', async () => {
  const { json } = await ask('/Patient/p?_summary=false');
  assert.equal(json.meta.tag, undefined);
  assert.equal(json.text.status, 'generated');
});

for (const query of [
  '_summary=x',
  '_elements=nothing',
  '_elements=',
  '_summary=true&_summary=true',
  '_elements:x=name',
]) {
  test(`subsets: ${query} is 400 by read and search`, async () => {
    assert.equal((await ask(`/Patient/p?${query}`)).status, 400);
    assert.equal((await ask(`/Patient?${query}`)).status, 400);
  });
}

test('_summary=count is no summary of one resource', async () => {
  assert.equal((await ask('/Patient/p?_summary=count')).status, 400);
  assert.equal((await ask('/Patient?_summary=count')).json.total, 1);
});

test('subsets: a page link keeps them', async () => {
  const first = await ask('/Observation?_elements=note&_count=2');
  const next = first.json.link.find((link: { relation: string }) => link.relation === 'next').url;
  const { json } = await ask(next.slice(veil.baseUrl.length));
  assert.deepEqual(namesIn(json.entry[0].resource), ['code', 'id', 'meta', 'note', 'resourceType', 'status']);
});

const TOTALS: readonly (readonly [string, number | undefined])[] = [
  ['', undefined],
  ['_total=none', undefined],
  ['_total=accurate', 31],
  ['_total=estimate', 31],
  ['_count=31', 31],
  ['_summary=count', 31],
  ['_count=0', 31],
  // Hours are no terms: rows of that day are looked at.
  ['date=ge2021-01-01T12:00:00Z&_summary=count', 12],
  ['date=ge2021-01-01T12:00:00Z&_total=accurate&_count=3', 12],
  ['date=ge2020&_total=accurate&_count=3', 31],
];
for (const [query, total] of TOTALS) {
  test(`totals: Observation?${query} gives ${total}`, async () => {
    const { status, json } = await ask(`/Observation?${query}`);
    assert.deepEqual([status, json.total], [200, total]);
  });
}

test('totals: of several roles, by the rows that each of them opens', async () => {
  const both: Caller = { roles: ['pharmacist', 'nurse'] };
  assert.equal((await ask('/Observation?_summary=count', { roles: ['pharmacist'] })).json.total, 0);
  assert.equal((await ask('/Observation?_summary=count', both)).json.total, 31);
  assert.equal((await ask('/Observation?date=ge2021-01-01T12:00:00Z&_summary=count', both)).json.total, 12);
});
