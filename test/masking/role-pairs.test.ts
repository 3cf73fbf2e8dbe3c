/** Several roles at once: each pair against the union of what its roles get alone (CONTRACT.md "Tokens"). */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type Reply, startVeil, type Veil } from '../support/veil.ts';
import { callerOf, idsOf, PAIRS, populate, ROLES, remembered, SYSTEM, toldBy } from './role-pairs.ts';

let veil: Veil;
let refs: readonly string[];
before(async () => {
  veil = await startVeil();
  refs = await populate(veil);
});
after(() => veil?.stop());

const get = (roles: readonly string[], path: string): Promise<Reply> =>
  veil.call(callerOf(...roles), 'GET', `/${path}`);
const getAlone = remembered((role, path) => get([role], path));

test('two roles: a resource shows the union of the views that admit it, element by element', async () => {
  let told = 0;
  for (const [a, b] of PAIRS) {
    for (const ref of refs) {
      const alone = await Promise.all([getAlone(a, ref), getAlone(b, ref)]);
      const both = await get([a, b], ref);
      const expected = toldBy(alone[0]).union(toldBy(alone[1]));
      const where = `${a} + ${b}: ${ref}`;
      const statuses = alone.map(({ status }) => status);
      assert.equal(
        both.status,
        [200, 404, 403].find((status) => statuses.includes(status)),
        where,
      );
      assert.deepEqual([...toldBy(both)].toSorted(), [...expected].toSorted(), where);
      told += expected.size;
    }
  }
  assert.ok(told > 10_000, `${told} values`);
});

const SEARCHES = [
  ...[
    'name:missing=false',
    'birthdate:missing=false',
    'telecom:missing=false',
    'general-practitioner:missing=false',
  ].map((query) => `Patient?${query}`),
  'Patient?identifier:missing=false',
  'Patient?_security:missing=true',
  ...['status:missing=false', 'code:missing=false', 'subject=Patient/can-patient-0', 'performer:missing=false'].map(
    (query) => `Observation?${query}`,
  ),
  'MedicationRequest?requester:missing=false',
  'MedicationRequest?status:missing=false',
  'Appointment?status:missing=false',
  'Appointment?reason-code:missing=false',
  'Appointment?actor=Patient/can-patient-0',
  'Coverage?status:missing=false',
];

test('two roles: a parameter is answered over the rows of the roles that allow it', async () => {
  let refused = 0;
  let found = 0;
  for (const [a, b] of PAIRS) {
    for (const query of SEARCHES) {
      const path = `${query}&_count=500`;
      const alone = [idsOf(await getAlone(a, path)), idsOf(await getAlone(b, path))];
      const both = idsOf(await get([a, b], path));
      const allowed = alone.filter((ids) => ids !== undefined);
      const expected = allowed.length > 0 ? [...new Set(allowed.flat())].toSorted() : undefined;
      assert.deepEqual(both, expected, `${a} + ${b}: ${query}`);
      if (expected === undefined) refused++;
      else found += expected.length;
    }
  }
  assert.ok(refused > 50 && found > 500, `${refused} refused, ${found} found`);
});

const OWN = { reference: 'Patient/can-patient-0' };
const STORED: Readonly<Record<string, Record<string, unknown>>> = {
  Patient: { gender: 'female', telecom: [{ system: 'phone', value: '1' }], maritalStatus: { text: 'a' }, active: true },
  Observation: {
    status: 'final',
    code: { text: 'a' },
    subject: OWN,
    valueString: 'a',
    referenceRange: [{ text: 'a' }],
  },
  MedicationRequest: {
    status: 'active',
    intent: 'order',
    medicationCodeableConcept: { text: 'a' },
    subject: OWN,
    note: [{ text: 'a' }],
    substitution: { allowedBoolean: true },
  },
  Appointment: {
    status: 'booked',
    description: 'a',
    start: '2024-05-01T10:00:00Z',
    end: '2024-05-01T11:00:00Z',
    reasonCode: [{ text: 'a' }],
    participant: [{ actor: OWN, status: 'accepted' }],
  },
};
type Change = readonly [path: string, value: unknown];
const CHANGES: Readonly<Record<string, readonly (readonly Change[])[]>> = {
  Patient: [
    [['/gender', 'male']],
    [['/telecom/0/value', '2']],
    [['/maritalStatus/text', 'b']],
    [
      ['/telecom/0/value', '2'],
      ['/gender', 'male'],
    ],
  ],
  Observation: [
    [['/valueString', 'b']],
    [['/referenceRange/0/text', 'b']],
    [
      ['/valueString', 'b'],
      ['/referenceRange/0/text', 'b'],
    ],
  ],
  MedicationRequest: [
    [['/status', 'on-hold']],
    [['/note/0/text', 'b']],
    [
      ['/status', 'on-hold'],
      ['/note/0/text', 'b'],
    ],
    [
      ['/substitution/allowedBoolean', false],
      ['/status', 'on-hold'],
    ],
  ],
  Appointment: [
    [['/status', 'cancelled']],
    [['/status', 'arrived']],
    [['/description', 'b']],
    [['/participant/0/status', 'declined']],
    [['/reasonCode/0/text', 'b']],
    [
      ['/description', 'b'],
      ['/reasonCode/0/text', 'b'],
    ],
  ],
};
const PATCH_TYPE = { 'Content-Type': 'application/json-patch+json' };

async function patch(roles: readonly string[], type: string, changes: readonly Change[]): Promise<Reply> {
  const id = type === 'Patient' ? 'can-patient-0' : 'written';
  const body = { resourceType: type, id, ...STORED[type] };
  assert.ok((await veil.call(SYSTEM, 'PUT', `/${type}/${id}`, { body })).status < 300);
  const operations = changes.map(([path, value]) => ({ op: 'replace', path, value }));
  return veil.call(callerOf(...roles), 'PATCH', `/${type}/${id}`, {
    body: JSON.stringify(operations),
    headers: PATCH_TYPE,
  });
}

test('two roles: a write needs one of them that may write every changed element', async () => {
  const kinds = new Map<string, number>();
  for (const [type, all] of Object.entries(CHANGES)) {
    for (const changes of all) {
      const alone = new Map<string, number>();
      for (const role of ROLES) alone.set(role, (await patch([role], type, changes)).status);
      for (const [a, b] of PAIRS) {
        const expected = [alone.get(a), alone.get(b)].includes(200);
        const reply = await patch([a, b], type, changes);
        const where = `${a} ${alone.get(a)} + ${b} ${alone.get(b)}: ${type} ${JSON.stringify(changes)} ${reply.text}`;
        assert.equal(reply.status === 200, expected, where);
        kinds.set(String(reply.status), (kinds.get(String(reply.status)) ?? 0) + 1);
      }
    }
  }
  assert.ok((kinds.get('200') ?? 0) > 50 && (kinds.get('403') ?? 0) > 50, JSON.stringify([...kinds]));
});

test('two roles: researcher stands alone, an unknown name adds nothing', async () => {
  assert.equal((await get(['nurse', 'nobody'], 'Patient/can-patient-0')).status, 200);
  assert.deepEqual(
    (await get(['nurse', 'nobody'], 'Patient/can-patient-0')).text,
    (await get(['nurse'], 'Patient/can-patient-0')).text,
  );
});
