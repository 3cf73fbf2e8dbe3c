/** Every answer of every role is valid R4, by the project's own validator and R4's invariants where one can be had. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { loadFiles } from '../../src/cli/load-resources.ts';
import type { ResourceJson } from '../../src/core/json.ts';
import { compileInvariant } from '../../src/fhirpath/invariant.ts';
import { createValidator } from '../../src/validation/validate.ts';
import { type Caller, startVeil, type Veil } from '../support/veil.ts';

let veil: Veil;
const CALLERS: readonly Caller[] = [
  ...['physician', 'nurse', 'pharmacist', 'scheduler', 'billing', 'researcher', 'compliance', 'system'].map((role) => ({
    roles: [role],
  })),
  { roles: ['patient'], patient: 'ann-lee' },
  { roles: ['nurse', 'billing'] },
];

before(async () => {
  veil = await startVeil();
  await loadFiles(veil.app, ['seed'], { say: () => undefined });
  const bare = {
    resourceType: 'Organization',
    id: 'bare',
    identifier: [{ system: 'urn:x', value: 'hidden-organization' }],
  };
  assert.equal((await veil.call({ roles: ['system'] }, 'PUT', '/Organization/bare', { body: bare })).status, 201);
});
after(() => veil.stop());

/** Faults of our validator and broken invariants of the resource's own type. */
function faultsOf(resource: ResourceJson): readonly string[] {
  const { definitions } = veil.app;
  const issues = createValidator(definitions)(resource, resource.resourceType);
  const broken = (definitions.type(resource.resourceType)?.constraints ?? [])
    .filter(({ severity, expression }) => severity === 'error' && !/%|resolve\(|htmlChecks/.test(expression))
    .filter(({ expression }) => compileInvariant(resource.resourceType, expression)(resource) === false);
  return [...issues.map((issue) => `${issue.expression} ${issue.diagnostics}`), ...broken.map(({ key }) => key)];
}

for (const caller of CALLERS) {
  test(`validity: what ${caller.roles.join(' and ')} sees is valid R4`, async () => {
    let seen = 0;
    for (const type of veil.app.definitions.servedTypes) {
      const { status, json } = await veil.call(caller, 'GET', `/${type}?_count=100`);
      assert.ok(status === 200 || status === 403, `${type} ${status}`);
      for (const { resource } of json.entry ?? []) {
        assert.deepEqual(faultsOf(resource), [], `${type}/${resource.id}`);
        seen++;
      }
    }
    assert.ok(seen > 5);
  });
}

test('validity: an Organization without a name says that it has one hidden', async () => {
  const { json } = await veil.call({ roles: ['billing'] }, 'GET', '/Organization/bare');
  assert.equal(json._name.extension[0].valueCode, 'masked');
  assert.equal(json.identifier, undefined);
});
