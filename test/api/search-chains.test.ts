/** Chains and `_has` over HTTP: found through what the caller sees of every hop, refused by definitions alone. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type Caller, startVeil, type Veil } from '../support/veil.ts';

const SYSTEM: Caller = { roles: ['system'] };
const NURSE: Caller = { roles: ['nurse'] };
const PHYSICIAN: Caller = { roles: ['physician'] };
const RESEARCHER: Caller = { roles: ['researcher'] };
let veil: Veil;

const MR = { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/v2-0203', code: 'MR' }] };
const SSN = 'http://hl7.org/fhir/sid/us-ssn';
const psychiatric = { security: [{ system: 'http://terminology.hl7.org/CodeSystem/v3-ActCode', code: 'PSY' }] };
const observation = (id: string, patient: string, code: string, more: object = {}) => ({
  resourceType: 'Observation',
  id,
  status: 'final',
  code: { coding: [{ system: 'http://loinc.org', code }] },
  subject: { reference: `Patient/${patient}` },
  ...more,
});

const DATA = [
  { resourceType: 'Organization', id: 'ward', name: 'Ward of the North' },
  { resourceType: 'Practitioner', id: 'doc', name: [{ family: 'Hale' }] },
  {
    resourceType: 'PractitionerRole',
    id: 'role',
    practitioner: { reference: 'Practitioner/doc' },
    organization: { reference: 'Organization/ward' },
  },
  {
    resourceType: 'Patient',
    id: 'ann',
    name: [{ family: 'Roe', given: ['Ann'] }],
    gender: 'female',
    identifier: [
      { system: 'urn:mrn', value: 'M1', type: MR },
      { system: SSN, value: '123-45-6789' },
    ],
    generalPractitioner: [{ reference: 'Practitioner/doc' }, { reference: 'PractitionerRole/role' }],
  },
  { resourceType: 'Patient', id: 'bob', name: [{ family: 'Roemer' }], gender: 'male', active: true },
  observation('a1', 'ann', '1-8', { performer: [{ reference: 'Practitioner/doc' }] }),
  observation('b1', 'bob', '2-7'),
  observation('b2', 'bob', '3-6', { meta: psychiatric, hasMember: [{ reference: 'Observation/b1' }] }),
];

before(async () => {
  veil = await startVeil();
  for (const body of DATA) {
    const reply = await veil.call(SYSTEM, 'PUT', `/${body.resourceType}/${body.id}`, { body });
    assert.equal(reply.status, 201, reply.text);
  }
});
after(() => veil?.stop());

async function found(path: string, caller = SYSTEM): Promise<string> {
  const reply = await veil.call(caller, 'GET', path);
  assert.equal(reply.status, 200, `${path}: ${reply.text}`);
  const entries: { resource: { id: string } }[] = reply.json.entry ?? [];
  assert.equal(reply.json.total, entries.length);
  return entries.map(({ resource }) => resource.id).join(' ');
}

const FOUND: readonly (readonly [string, string, Caller?])[] = [
  ['/Observation?subject.name=roe', 'b2 b1 a1'],
  ['/Observation?subject.name:exact=Roe', 'a1'],
  ['/Observation?subject:Patient.name:exact=Roe', 'a1'],
  ['/Observation?patient.gender=male', 'b2 b1'],
  ['/Observation?patient.gender:not=male', 'a1'],
  ['/Observation?subject:Patient.identifier=urn:mrn|M1', 'a1', NURSE],
  ['/Observation?subject:Patient._id=bob', 'b2 b1'],
  ['/Observation?subject:Patient.active:missing=true', 'a1'],
  ['/Observation?subject.name=roe', 'b1 a1', NURSE],
  ['/Observation?subject.name=roe&subject:Patient.gender=female', 'a1'],
  ['/Patient?general-practitioner:Practitioner.name=hale', 'ann'],
  ['/Patient?general-practitioner.organization.name=ward', 'ann'],
  ['/Observation?subject:Patient.general-practitioner.organization.name=ward', 'a1'],
  ['/Observation?performer:Practitioner.name=hale', 'a1'],
  ['/Patient?_has:Observation:subject:code=1-8', 'ann'],
  ['/Patient?_has:Observation:patient:code=http://loinc.org|2-7', 'bob'],
  // Each `_has` may be met by another Observation.
  ['/Patient?_has:Observation:subject:code=2-7&_has:Observation:subject:code=3-6', 'bob'],
  ['/Patient?_has:Observation:subject:_has:Observation:has-member:code=3-6', 'bob'],
  ['/Patient?_has:Observation:subject:performer:Practitioner.name=hale', 'ann'],
  ['/Practitioner?_has:Patient:general-practitioner:_has:Observation:subject:code=1-8', 'doc'],
  ['/Observation?patient._has:Observation:subject:code=3-6', 'b2 b1'],
];

for (const [path, ids, caller] of FOUND) {
  test(`chains: ${path} finds ${ids}`, async () => assert.equal(await found(path, caller), ids));
}

test('chains: a hop by what is hidden by its label is as one that is not there', async () => {
  assert.equal(await found('/Patient?_has:Observation:subject:code=3-6'), 'bob');
  for (const caller of [NURSE, PHYSICIAN]) {
    assert.equal(await found('/Patient?_has:Observation:subject:code=3-6', caller), '');
    assert.equal(await found('/Patient?_has:Observation:subject:code=2-7', caller), 'bob');
    assert.equal(await found('/Observation?patient._has:Observation:subject:code=3-6', caller), '');
  }
});

test('chains: an identifier of a class that the role does not see leads nowhere', async () => {
  assert.equal(await found(`/Observation?subject:Patient.identifier=${SSN}|123-45-6789`), 'a1');
  assert.equal(await found(`/Observation?subject:Patient.identifier=${SSN}|123-45-6789`, NURSE), '');
});

test('chains: pseudonyms lead on, and are ids at the end of a chain', async () => {
  const reply = await veil.call(RESEARCHER, 'GET', '/Observation?subject:Patient.gender=female');
  assert.equal(reply.json.entry.length, 1);
  const [, pseudonym] = reply.json.entry[0].resource.subject.reference.split('/');
  const byId = (id: string) => veil.call(RESEARCHER, 'GET', `/Observation?subject:Patient._id=${id}`);
  assert.equal((await byId(pseudonym)).json.total, 1);
  assert.equal((await byId('ann')).json.total, 0);
  const named = await veil.call(RESEARCHER, 'GET', '/Patient?_has:Observation:subject:code=2-7');
  assert.deepEqual(
    named.json.entry.map((entry: { resource: { gender: string } }) => entry.resource.gender),
    ['male'],
  );
});

const REFUSED: readonly (readonly [string, number, Caller?])[] = [
  ['/Observation?subject:Patient.name=roe', 403, RESEARCHER],
  ['/Observation?subject:Location.name=roe', 403, RESEARCHER],
  ['/Observation?subject:Location.name=roe', 403, NURSE],
  ['/Observation?subject.name=roe', 403, RESEARCHER],
  ['/Observation?subject:Patient.marital-status=x', 400, NURSE],
  ['/Organization?_has:Observation:subject:code=1-8', 400, NURSE],
  ['/Practitioner?_has:PractitionerRole:practitioner:active=true', 403, NURSE],
  ['/PractitionerRole?organization.name=ward', 403, NURSE],
  ['/Patient?_has:Observation:subject:code=1-8', 403, { roles: ['scheduler'] }],
  ['/Observation?subject:Patient.name=roe', 403, { roles: ['nurse'], scope: 'user/Observation.rs' }],
  ['/Observation?subject.unknown=x', 400],
  ['/Observation?unknown.name=x', 400],
  ['/Observation?code.name=x', 400],
  ['/Observation?subject:Nothing.name=x', 400],
  ['/Observation?subject:Observation.code=x', 400],
  ['/Observation?subject.name=', 400],
  ['/Observation?subject..name=x', 400],
  ['/Observation?.=x', 400],
  ['/Patient?_has=x', 400],
  ['/Patient?_has:Observation=x', 400],
  ['/Patient?_has:Nothing:subject:code=x', 400],
  ['/Patient?_has:AuditEvent:entity:type=x', 400],
  ['/Patient?_has:Observation:code:code=x', 400],
  ['/Observation?constructor.name=x', 400],
  ['/Observation?subject.constructor=x', 400],
  ['/Observation?__proto__.__proto__=x', 400],
  ['/Patient?_has:Observation:__proto__:code=x', 400],
  ['/Patient?link.link.link.link.name=roe', 200],
  ['/Patient?link.link.link.link.link.name=roe', 400],
  [`/Observation?${'has-member.'.repeat(50)}code=x`, 400],
  [`/Patient?${'_has:Observation:subject:'.repeat(50)}code=x`, 400],
];

for (const [path, status, caller = SYSTEM] of REFUSED) {
  test(`chains: ${path.slice(0, 80)} is ${status} for ${caller.roles}`, async () => {
    for (const headers of [{}, { Prefer: 'handling=strict' }]) {
      assert.equal((await veil.call(caller, 'GET', path, { headers })).status, status);
    }
  });
}
