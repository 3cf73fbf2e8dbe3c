/** The main job: one patient, seen by four roles, and the reads found by compliance. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { loadFiles } from '../../src/cli/load-resources.ts';
import { startVeil, type Veil } from '../support/veil.ts';

let veil: Veil;
const ANN = 'ann-lee';
before(async () => {
  veil = await startVeil();
  const report = await loadFiles(veil.app, ['seed'], { say: () => undefined });
  assert.equal(report.failed, 0);
});
after(() => veil.stop());

interface Identified {
  readonly identifier?: readonly { readonly system: string; readonly value: string }[];
}
const identifiers = (patient: Identified): string[] =>
  (patient.identifier ?? []).map((one) => `${one.system}|${one.value}`);

test('read: each role sees its own view of one patient', async () => {
  const physician = (await veil.call({ roles: ['physician'] }, 'GET', `/Patient/${ANN}`)).json;
  const pharmacist = (await veil.call({ roles: ['pharmacist'] }, 'GET', `/Patient/${ANN}`)).json;
  const billing = (await veil.call({ roles: ['billing'] }, 'GET', `/Patient/${ANN}`)).json;
  const patient = (await veil.call({ roles: ['patient'], patient: ANN }, 'GET', `/Patient/${ANN}`)).json;
  const ssn = identifiers(patient).find((one) => one.includes('us-ssn'));
  assert.ok(ssn);
  assert.ok(!identifiers(physician).some((one) => one.includes('us-ssn')));
  assert.equal(physician.text, undefined);
  assert.ok(patient.text);
  assert.equal(pharmacist.maritalStatus, undefined);
  assert.ok(physician.maritalStatus);
  assert.deepEqual(
    identifiers(billing).filter((one) => one.includes('us-ssn')),
    [`http://hl7.org/fhir/sid/us-ssn|${ssn.slice(-4)}`],
  );
});

test('read: another patient is the 404 of an unknown id', async () => {
  const caller = { roles: ['patient'], patient: ANN };
  const others = (await veil.call({ roles: ['system'] }, 'GET', '/Patient?_count=10')).json.entry;
  const other = others.map((entry: { resource: { id: string } }) => entry.resource.id).find((id: string) => id !== ANN);
  const unseen = await veil.call(caller, 'GET', `/Patient/${other}`);
  const unknown = await veil.call(caller, 'GET', '/Patient/nobody');
  assert.equal(unseen.status, 404);
  assert.equal(unseen.text, unknown.text);
});

test('audit: compliance finds who read the patient, and the patient sees a narrow view of it', async () => {
  const found = await veil.call({ roles: ['compliance'] }, 'GET', `/AuditEvent?patient=${ANN}&action=R`);
  assert.equal(found.status, 200);
  const roles = JSON.stringify(found.json);
  for (const role of ['physician', 'pharmacist', 'billing']) assert.ok(roles.includes(`test-${role}`), role);
  const own = await veil.call({ roles: ['patient'], patient: ANN }, 'GET', '/AuditEvent?action=R');
  assert.equal(own.status, 200);
  assert.ok(own.json.entry.length > 0);
  for (const entry of own.json.entry) {
    for (const entity of entry.resource.entity) assert.deepEqual(entity.what?.reference, `Patient/${ANN}`);
  }
  assert.equal((await veil.call({ roles: ['physician'] }, 'GET', '/AuditEvent')).status, 403);
});

test('search: by MRN for a ward, and never by SSN where it is hidden or altered', async () => {
  const nurse = { roles: ['nurse'] };
  const mrn = await veil.call(nurse, 'GET', '/Patient?identifier=LK-104233');
  assert.equal(mrn.json.total, 1);
  const byPatient = await veil.call(
    { roles: ['patient'], patient: ANN },
    'GET',
    '/Patient?identifier=http://hl7.org/fhir/sid/us-ssn|999-12-3456',
  );
  assert.equal(byPatient.json.total, 1);
  const bySsn = await veil.call(nurse, 'GET', '/Patient?identifier=http://hl7.org/fhir/sid/us-ssn|999-12-3456');
  assert.equal(bySsn.json.total, 0);
  const refused = await veil.call(nurse, 'GET', '/Observation?_sort=code&subject.identifier=x');
  assert.ok([200, 400, 403].includes(refused.status));
  assert.equal((await veil.call({ roles: ['billing'] }, 'GET', '/Patient?identifier:missing=true')).status, 403);
});
