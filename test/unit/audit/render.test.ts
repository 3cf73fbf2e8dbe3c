/** Rendering: old records keep their bytes, each event is valid R4 and follows BALP where it says so. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { patientView } from '../../../src/audit/patient-view.ts';
import { type AuditRecord, parseRecord } from '../../../src/audit/record-format.ts';
import { CURRENT_RENDERING, renderAuditEvents } from '../../../src/audit/render.ts';
import type { AuditFacts } from '../../../src/core/audit.ts';
import { DamagedRecordError } from '../../../src/core/errors.ts';
import type { ResourceJson } from '../../../src/core/json.ts';
import { BASE_URL, commandFacts, loginFacts, readFacts, searchFacts } from './audit-facts.ts';
import { goldenContext } from './golden-context.ts';

const GOLDEN = new URL('../../golden/audit/', import.meta.url);
const goldens = readdirSync(GOLDEN)
  .filter((name) => name.endsWith('.json'))
  .map((name) => ({ name, text: readFileSync(new URL(name, GOLDEN), 'utf8') }));

const record = (facts: AuditFacts): AuditRecord => ({ ...facts, rendering: CURRENT_RENDERING, site: BASE_URL });
const render = (facts: AuditFacts): readonly ResourceJson[] => renderAuditEvents(record(facts), goldenContext);
const only = (facts: AuditFacts): fhir4.AuditEvent => typed(render(facts)[0]);

function typed(event: ResourceJson | undefined): fhir4.AuditEvent {
  assert.ok(event);
  return JSON.parse(JSON.stringify(event));
}

test('golden: there are some for the current rendering', () => {
  assert.ok(goldens.filter(({ name }) => name.startsWith(`v${CURRENT_RENDERING}-`)).length >= 17);
});

for (const { name, text } of goldens) {
  test(`golden: ${name} renders to the same bytes`, () => {
    const events = renderAuditEvents(parseRecord(JSON.stringify(JSON.parse(text).record)), goldenContext);
    const again = JSON.stringify({ record: JSON.parse(text).record, events }, null, 2);
    assert.equal(`${again}\n`, text);
  });

  test(`golden: ${name} has what R4 and its invariants demand`, () => {
    for (const event of JSON.parse(text).events) assertRequired(event);
  });
}

test('render: one event for each patient, the patient first; one without when there is none', () => {
  const references = render(searchFacts()).map((event) => typed(event).entity?.[0]?.what?.reference);
  assert.deepEqual(references, ['Patient/p1', 'Patient/p2']);
  const [alone, ...more] = render(searchFacts({ patients: [] }));
  assert.equal(more.length, 0);
  assert.ok(typed(alone).entity?.every((entity) => entity.role?.code !== '1'));
});

test('render: a profile is claimed for a success, with the patient or without, and never for a failure', () => {
  const main = (facts: AuditFacts) => only(facts).meta?.profile?.[0]?.split('.').at(-1);
  assert.equal(main(readFacts()), 'PatientRead');
  assert.equal(main(readFacts({ patients: [] })), 'Read');
  assert.equal(main(searchFacts()), 'PatientQuery');
  assert.equal(main(readFacts({ outcome: '4', status: 404 })), undefined);
  assert.equal(main(commandFacts()), undefined);
});

test('render: BALP slices of a read: client is the destination, server the source, the user the requestor', () => {
  const { agent, entity } = only(readFacts());
  const slices = agent.map((one) => one.type?.coding?.[0]?.code);
  assert.deepEqual(slices, ['IRCP', '110152', '110153']);
  assert.deepEqual(
    agent.map((one) => one.requestor),
    [true, false, false],
  );
  assert.equal(agent[0]?.network, undefined);
  assert.ok(agent[1]?.network && agent[2]?.network);
  assert.deepEqual(
    entity?.map((one) => one.type?.code),
    ['1', '2', 'XrequestId'],
  );
});

test('render: a query is given in base64 with its type, values that may not be told as ***', () => {
  const query = only(searchFacts()).entity?.find((entity) => entity.role?.code === '24')?.query;
  assert.equal(Buffer.from(query ?? '', 'base64').toString('utf8'), 'Patient?family=***&_count=2');
});

test('render: a search without parameters still has a query, as BALP demands', () => {
  const { query: _query, ...facts } = searchFacts();
  const event = only(facts);
  assert.ok(event.meta?.profile?.[0]?.endsWith('PatientQuery'));
  assert.equal(event.entity?.find((entity) => entity.role?.code === '24')?.query, btoa('Patient?'));
});

test('render: a count, a digest and a failed status are told', () => {
  assert.match(only(loginFacts()).outcomeDesc ?? '', /401.*17/);
  assert.equal(only(readFacts({ interaction: 'update', written: 'abc' })).entity?.[1]?.detail?.[0]?.valueString, 'abc');
});

test('render: who is not known leaves the client as requestor; empty values are left out', () => {
  assert.equal(only(loginFacts()).agent[0]?.requestor, true);
  const { agent } = readFacts();
  const event = only(readFacts({ agent: { ...agent, name: '', roles: [''] }, purposeOfUse: ['', 'my own purpose\t'] }));
  assert.ok(!JSON.stringify(event).includes('""'));
  assertRequired(event);
});

test('render: a record of a rendering that this version does not know is refused', () => {
  assert.throws(() => renderAuditEvents({ ...record(readFacts()), rendering: 99 }, goldenContext), DamagedRecordError);
});

test('patient view: who, when and why, never at which resource, from where, or with which token', () => {
  const seen = patientView(render(readFacts())[0] ?? assert.fail());
  const text = JSON.stringify(seen);
  for (const hidden of [
    'Observation/',
    'o1',
    '203.0.113.9',
    'jti',
    'ward-app',
    'u-7',
    'req-1',
    'idp.example',
    BASE_URL,
  ]) {
    assert.ok(!text.includes(hidden), hidden);
  }
  for (const shown of ['Practitioner/7', 'Dr. Ada Weiß', 'physician', 'TREAT', 'Patient/p1'])
    assert.ok(text.includes(shown), shown);
  assertRequired(typed(seen));
});

test('patient view: exactly the elements of VIEWS.md', () => {
  const seen = typed(patientView(render(readFacts())[0] ?? assert.fail()));
  assert.deepEqual(Object.keys(seen).sort(), [
    'action',
    'agent',
    'entity',
    'id',
    'meta',
    'outcome',
    'purposeOfEvent',
    'recorded',
    'resourceType',
    'source',
    'subtype',
    'type',
  ]);
  assert.deepEqual(Object.keys(seen.source), ['observer']);
  assert.deepEqual(seen.entity, [{ what: { reference: 'Patient/p1' }, type: seen.entity?.[0]?.type }]);
  assert.deepEqual(Object.keys(seen.agent[0] ?? {}), ['type', 'role', 'who', 'name', 'requestor']);
  assert.deepEqual(seen.meta?.tag?.[0]?.code, 'SUBSETTED');
});

test('patient view: a read of the patient shows no version', () => {
  const facts = readFacts({ resource: { type: 'Patient', id: 'p1', version: 4 } });
  const text = JSON.stringify(patientView(render(facts)[0] ?? assert.fail()));
  assert.ok(text.includes('Patient/p1'));
  assert.ok(!text.includes('_history'));
});

// R4 auditevent.html: required elements, and the invariant sev-1 (a name or a query, not both).
function assertRequired(event: fhir4.AuditEvent): void {
  assert.equal(event.resourceType, 'AuditEvent');
  assert.ok(event.type.code);
  assert.match(event.recorded, /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/);
  assert.ok(event.agent.length > 0);
  assert.ok(event.agent.every((agent) => typeof agent.requestor === 'boolean'));
  assert.equal(event.agent.filter((agent) => agent.requestor).length, 1);
  assert.ok(Object.keys(event.source.observer).length > 0);
  for (const entity of event.entity ?? []) {
    assert.ok(!(entity.name && entity.query));
    for (const detail of entity.detail ?? []) assert.ok(detail.type && detail.valueString);
  }
}
