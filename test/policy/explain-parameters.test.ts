/** The parameters that `policy explain` calls refused are those that the server refuses with 403, role by role. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { openPolicyReport } from '../../src/policy-report.ts';
import { startVeil, type Veil } from '../support/veil.ts';

let veil: Veil;
before(async () => {
  veil = await startVeil();
});
after(() => veil.stop());

const report = openPolicyReport('profiles', 'http://127.0.0.1/fhir');

/** A value that each kind of parameter can read. */
const SAMPLES: readonly string[] = [
  'abc',
  '2020-01-01',
  'Patient/1',
  'http://example.org/x',
  '1',
  'a$b',
  'a$1',
  'a$2020',
];

for (const role of report.roles) {
  test(`parameters: ${role} is refused those that the report names`, async () => {
    let refused = 0;
    for (const type of report.types) {
      const view = report.view(role, type);
      if (!view?.interactions.includes('search-type') || type === 'AuditEvent') continue;
      for (const { parameter, answered } of view.parameters) {
        const status = await statusOf(role, type, parameter);
        assert.equal(status === 403, answered === 'none', `${role} ${type}?${parameter}: ${status}`);
        if (status === 403) refused++;
      }
    }
    if (!['system', 'admin'].includes(role)) assert.ok(refused > 0, 'some parameter is refused (control)');
  });
}

// The first sample that the parameter can read decides.
async function statusOf(role: string, type: string, parameter: string): Promise<number> {
  for (const value of SAMPLES) {
    const path = `/${type}?${parameter}=${encodeURIComponent(value)}&_count=1`;
    const { status } = await veil.call({ roles: [role], patient: 'x' }, 'GET', path);
    if (status !== 400) return status;
  }
  return 400;
}
