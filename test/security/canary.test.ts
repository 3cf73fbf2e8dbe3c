/** Canaries: what VIEWS.md does not show a role never reaches it, and what it shows does (promise 2). */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type Caller, type Reply, startVeil, type Veil } from '../support/veil.ts';
import { type CanaryResource, createCanaryMaker, OWNER, tokensIn } from './canary-resource.ts';
import { cellOf, type Expectation, expectationOf, ROLES, TYPES } from './canary-views.ts';

const SYSTEM: Caller = { roles: ['system'] };
let veil: Veil;
const planted = new Map<string, CanaryResource>();
const idsOf = (type: string): readonly string[] => [...planted.keys()].filter((ref) => ref.startsWith(`${type}/`));
const callerOf = (role: string, patient = OWNER): Caller =>
  role === 'patient' ? { roles: [role], patient } : { roles: [role] };

before(async () => {
  veil = await startVeil();
  const maker = createCanaryMaker(veil.app.definitions);
  for (const type of TYPES) {
    for (let variant = 0; variant < Math.max(2, maker.variants(type)); variant++) {
      const id = `can-${type.toLowerCase()}-${variant}`;
      const built = maker.build(type, { variant, contained: variant === 0 });
      const resource = { ...built.resource, id };
      const reply = await veil.call(SYSTEM, 'PUT', `/${type}/${id}`, { body: resource });
      assert.equal(reply.status, 201, `${type} ${variant}: ${reply.text.slice(0, 2000)}`);
      planted.set(`${type}/${id}`, { ...built, resource });
    }
  }
});
after(() => veil.stop());

const headersOf = ({ headers }: Reply): string => JSON.stringify([...headers]);

interface Faults {
  readonly leaked: string[];
  readonly missing: string[];
  shown: number;
  absent: number;
}

// One answer against what VIEWS.md says of each planted value in the resources that it may speak of.
function judge(
  role: string,
  refs: readonly string[],
  reply: Reply,
  faults: Faults,
  seen: (ref: string) => boolean,
): void {
  const body = tokensIn(reply.text);
  const headers = tokensIn(headersOf(reply));
  for (const ref of refs) {
    const [type = ''] = ref.split('/');
    for (const canary of planted.get(ref)?.canaries ?? []) {
      const expected: Expectation = seen(ref) ? expectationOf(role, type, canary) : 'absent';
      const where = `${role} ${ref} ${canary.contained ?? ''}:${canary.path.join('.')}${canary.inExtension ? ' ext' : ''}${canary.elementId ? ' id' : ''} ${canary.value}`;
      if (headers.has(canary.value)) faults.leaked.push(`header ${where}`);
      if (expected === 'absent') faults.absent++;
      if (expected === 'shown') faults.shown++;
      if (expected === 'absent' && body.has(canary.value)) faults.leaked.push(where);
      if (expected === 'shown' && !body.has(canary.value)) faults.missing.push(where);
    }
  }
}

const noFaults = (): Faults => ({ leaked: [], missing: [], shown: 0, absent: 0 });

function assertNone({ leaked, missing }: Faults): void {
  assert.deepEqual(leaked.slice(0, 40), [], `${leaked.length} leaked`);
  assert.deepEqual(missing.slice(0, 40), [], `${missing.length} missing`);
}

// Whose row a patient's token opens: every type here is about the owner, a Patient about itself.
const opens = (role: string, patient: string) => (ref: string) =>
  role !== 'patient' || !ref.startsWith('Patient/') || ref === `Patient/${patient}`;

for (const role of ROLES) {
  test(`canary: ${role} reads and searches what VIEWS.md shows and nothing else`, async () => {
    const faults = noFaults();
    for (const type of TYPES) {
      const refs = idsOf(type);
      const closed = cellOf(role, type) === null;
      for (const ref of refs) {
        const patient = type === 'Patient' ? (ref.split('/')[1] ?? '') : OWNER;
        const reply = await veil.call(callerOf(role, patient), 'GET', `/${ref}`);
        assert.equal(reply.status, closed ? 403 : 200, `${role} ${ref}`);
        judge(role, [ref], reply, faults, () => !closed);
      }
      const path = `/${type}`;
      const searches = [
        await veil.call(callerOf(role), 'GET', `${path}?_count=500`),
        await veil.call(callerOf(role), 'POST', `${path}/_search`, {
          body: '_count=500',
          headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
        }),
      ];
      for (const reply of searches) {
        assert.equal(reply.status, closed ? 403 : 200, `${role} ${type} ${reply.text.slice(0, 300)}`);
        judge(role, refs, reply, faults, opens(role, OWNER));
      }
    }
    assertNone(faults);
    if (role !== 'admin') assert.ok(faults.shown > 50, `${role} is shown ${faults.shown}`);
    if (role !== 'system') assert.ok(faults.absent > 50, `${role} is kept from ${faults.absent}`);
  });
}
