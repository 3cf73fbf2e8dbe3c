/** VIEWS.md's interactions, by a real request of each kind for each role and type. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type Built, createCanaryMaker, OWNER } from '../security/canary-resource.ts';
import { callerOf, refFor, SYSTEM } from '../security/canary-world.ts';
import { type Reply, startVeil, type Veil } from '../support/veil.ts';
import { BEYOND, ROLES, SEEN, TYPES } from './views-cells-data.ts';

let veil: Veil;
let resources: ReadonlyMap<string, Built>;

before(async () => {
  veil = await startVeil();
  const maker = createCanaryMaker(veil.app.definitions);
  const make = (type: string): Built => ({
    ...maker.build(type, { variant: 0, contained: false }).resource,
    id: type === 'Patient' ? OWNER : `cell-${type.toLowerCase()}`,
  });
  resources = new Map(TYPES.map((type) => [type, make(type)]));
  for (const type of TYPES) await restore(type);
});
after(() => veil?.stop());

async function restore(type: string): Promise<void> {
  const body = resources.get(type);
  const { status, text } = await veil.call(SYSTEM, 'PUT', `/${type}/${body.id}`, { body });
  assert.ok(status === 200 || status === 201, `${type} ${status} ${text.slice(0, 500)}`);
}

const NO_CHANGE = { resourceType: 'Parameters', parameter: [] };
const JSON_PATCH = { 'Content-Type': 'application/json-patch+json' };

/** One request of each interaction on a resource that is there. */
const ASK: Readonly<Record<string, (role: string, type: string, ref: string) => Promise<Reply>>> = {
  read: (role, _type, ref) => veil.call(callerOf(role), 'GET', `/${ref}`),
  vread: (role, _type, ref) => veil.call(callerOf(role), 'GET', `/${ref}/_history/1`),
  history: (role, _type, ref) => veil.call(callerOf(role), 'GET', `/${ref}/_history`),
  'type history': (role, type) => veil.call(callerOf(role), 'GET', `/${type}/_history`),
  search: (role, type) => veil.call(callerOf(role), 'GET', `/${type}?_count=1`),
  'POST search': (role, type) =>
    veil.call(callerOf(role), 'POST', `/${type}/_search`, {
      body: '_count=1',
      headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
    }),
  // Nothing is created, changed or deleted: the answer of one who may is a fault of what was sent.
  create: (role, type) => veil.call(callerOf(role), 'POST', `/${type}`, { body: { resourceType: type, nonsense: 1 } }),
  update: (role, type, ref) =>
    veil.call(callerOf(role), 'PUT', `/${ref}`, { body: { resourceType: type, nonsense: 1 } }),
  patch: (role, _type, ref) => veil.call(callerOf(role), 'PATCH', `/${ref}`, { body: '[]', headers: JSON_PATCH }),
  'FHIRPath patch': (role, _type, ref) => veil.call(callerOf(role), 'PATCH', `/${ref}`, { body: NO_CHANGE }),
  delete: (role, type) => veil.call(callerOf(role), 'DELETE', `/${type}/nobody`),
};

function allowed(role: string, type: string, asked: string): boolean {
  const interaction = asked.replace(/^(type|POST|FHIRPath) /, '');
  if (['create', 'update', 'patch', 'delete'].includes(interaction)) {
    return (BEYOND[role]?.[type] ?? '').split(' ').includes(interaction);
  }
  if (role === 'researcher' && (interaction === 'vread' || interaction === 'history')) return false;
  return SEEN[role]?.includes(type) ?? false;
}

const GOOD: ReadonlySet<number> = new Set([200, 204, 400, 422]);

for (const role of ROLES) {
  test(`cells: ${role} may do what the table says on each type, and all else is 403`, async () => {
    for (const type of TYPES) {
      const ref = refFor(veil, role, `${type}/${resources.get(type).id}`);
      for (const [asked, ask] of Object.entries(ASK)) {
        const { status, text } = await ask(role, type, ref);
        const where = `${role} ${asked} ${type}: ${status} ${text.slice(0, 300)}`;
        if (allowed(role, type, asked)) assert.ok(GOOD.has(status), where);
        else assert.equal(status, 403, where);
      }
    }
  });
}
