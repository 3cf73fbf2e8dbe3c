/** Labels: a resource whose label a role has no clearance for is not there, by read, history and search (VIEWS.md). */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startVeil, type Veil } from '../support/veil.ts';
import { createCanaryMaker, OWNER } from './canary-resource.ts';
import { cellOf, ROLES, withheld } from './canary-views.ts';
import { callerOf, refFor, SYSTEM } from './canary-world.ts';

const ACT_CODE = 'http://terminology.hl7.org/CodeSystem/v3-ActCode';
const CONFIDENTIALITY = 'http://terminology.hl7.org/CodeSystem/v3-Confidentiality';
const TYPES = [
  ...['Observation', 'MedicationRequest', 'Appointment', 'Condition', 'Encounter', 'Consent', 'Provenance'],
  // VIEWS.md names no column for these: Medication goes with the orders for it, the others as ADR 0014 says.
  ...['Medication', 'Coverage', 'Patient', 'Practitioner'],
];
/** Types of which the patient's token has resources here: one Patient alone is its own. */
const typesOf = (role: string): readonly string[] =>
  TYPES.filter((type) => cellOf(role, type) !== null && !(role === 'patient' && type === 'Patient'));
const WRITTEN_FIRST: Readonly<Record<string, readonly string[]>> = { Patient: [OWNER] };
const LABELS: readonly (readonly [string, string])[] = [
  ...['PSY', 'PSYTHPN', 'ETH', 'HIV', 'SEX', 'GDIS', 'SDV', 'SOC-NEW'].map((code) => [ACT_CODE, code] as const),
  ...['R', 'V', 'N', 'M', 'L', 'U'].map((code) => [CONFIDENTIALITY, code] as const),
];

let veil: Veil;
/** Of what each type was stored. */
const resources = new Map<string, Record<string, unknown>>();

before(async () => {
  veil = await startVeil();
  const maker = createCanaryMaker(veil.app.definitions);
  await veil.call(SYSTEM, 'PUT', `/Patient/${OWNER}`, { body: { resourceType: 'Patient', id: OWNER } });
  for (const type of TYPES) {
    const { resource } = maker.build(type, { variant: 0, contained: false });
    resources.set(type, resource);
    await put(type, 'plain', []);
    for (const [system, code] of LABELS) await put(type, code, [{ system, code }]);
    await put(type, 'two', [
      { system: CONFIDENTIALITY, code: 'N' },
      { system: ACT_CODE, code: 'ETH' },
    ]);
  }
});
after(() => veil?.stop());

async function put(type: string, label: string, security: readonly object[]): Promise<void> {
  const id = idOf(label);
  const body = { ...resources.get(type), id, meta: { security } };
  const reply = await veil.call(SYSTEM, 'PUT', `/${type}/${id}`, {
    body: security.length > 0 ? body : { ...body, meta: undefined },
  });
  assert.equal(reply.status, 201, reply.text.slice(0, 500));
}

const idOf = (label: string): string => `label-${label.toLowerCase()}`;
const ALL = ['plain', 'two', ...LABELS.map(([, code]) => code)];
const isWithheld = (role: string, type: string, label: string): boolean =>
  label !== 'plain' && withheld(role, type, label === 'two' ? 'ETH' : label);

for (const role of ROLES) {
  test(`labels: ${role} reads and finds what its clearance opens`, async () => {
    for (const type of typesOf(role)) {
      const unknown = await veil.call(callerOf(role), 'GET', `/${type}/nobody`);
      for (const label of ALL) {
        const reply = await veil.call(callerOf(role), 'GET', `/${refFor(veil, role, `${type}/${idOf(label)}`)}`);
        const where = `${role} ${type} ${label}`;
        const expected = isWithheld(role, type, label) ? 404 : 200;
        assert.equal(reply.status, expected, where);
        if (reply.status === 404) assert.equal(reply.text, unknown.text, where);
        // VIEWS.md: the researcher has no history.
        if (role === 'researcher' || (expected === 200 && label !== 'plain')) continue;
        const past = await veil.call(callerOf(role), 'GET', `/${type}/${idOf(label)}/_history`);
        assert.equal(past.status, expected, where);
      }
      const open = ALL.filter((label) => !isWithheld(role, type, label));
      const found = await veil.call(callerOf(role), 'GET', `/${type}?_count=500&_total=accurate`);
      const ids = [...open.map(idOf), ...(WRITTEN_FIRST[type] ?? [])];
      const expected = ids.map((id) => refFor(veil, role, `${type}/${id}`)).toSorted();
      assert.equal(found.json.total, expected.length, `${role} ${type}`);
      const refs = found.json.entry.map((entry: { resource: { id: string } }) => `${type}/${entry.resource.id}`);
      assert.deepEqual(refs.toSorted(), expected, `${role} ${type}`);
      if (role !== 'researcher') {
        const past = await veil.call(callerOf(role), 'GET', `/${type}/_history?_count=500`);
        const named = past.json.entry.map((entry: { resource: { id: string } }) => `${type}/${entry.resource.id}`);
        assert.deepEqual([...new Set(named)].toSorted(), expected, `${role} ${type}`);
      }
      const counted = await veil.call(callerOf(role), 'GET', `/${type}?_summary=count`);
      assert.equal(counted.json.total, expected.length, `${role} ${type}`);
    }
  });
}

test('labels: every role but system and admin has something withheld that system sees (control)', () => {
  const kept = ROLES.filter((role) => typesOf(role).some((type) => ALL.some((label) => isWithheld(role, type, label))));
  assert.deepEqual(
    kept,
    ROLES.filter((role) => role !== 'system' && role !== 'admin'),
  );
});
