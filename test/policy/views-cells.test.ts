/** VIEWS.md cell by cell, by real requests: interactions of each role on each type, and each element one edit at a time. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Definitions, ElementDef } from '../../src/definitions/types.ts';
import { type Built, createCanaryMaker, OWNER } from '../security/canary-resource.ts';
import { callerOf, refFor, SYSTEM } from '../security/canary-world.ts';
import { type Reply, startVeil, type Veil } from '../support/veil.ts';
import { BEYOND, mayWrite, ROLES, SEEN, TYPES, WRITES } from './views-cells-data.ts';

let veil: Veil;
let resources: ReadonlyMap<string, Built>;
let others: ReadonlyMap<string, Built>;

// A second variant of the same builder differs in every value that it plants.
before(async () => {
  veil = await startVeil();
  const maker = createCanaryMaker(veil.app.definitions);
  const make = (type: string): Built => ({
    ...maker.build(type, { variant: 0, contained: false }).resource,
    id: type === 'Patient' ? OWNER : `cell-${type.toLowerCase()}`,
  });
  resources = new Map(TYPES.map((type) => [type, make(type)]));
  others = new Map(TYPES.map((type) => [type, make(type)]));
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
  update: (role, type, ref) => veil.call(callerOf(role), 'PUT', `/${ref}`, { body: { resourceType: type, nonsense: 1 } }),
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

/** Another value for an element: of the other resource, another code, or the other boolean. */
function anotherValue(definitions: Definitions, element: ElementDef, now: unknown, other: unknown): unknown {
  if (typeof now === 'boolean') return !now;
  const bound = element.binding?.strength === 'required' ? definitions.codes(element.binding.valueSet) : undefined;
  if (typeof now === 'string' && bound) return [...bound].findLast((code) => code !== 'entered-in-error' && code !== now);
  return other;
}

interface Edit {
  readonly element: string;
  readonly name: string;
  readonly value: unknown;
}

// `id`, `meta` and modifiers of the whole are no cells; a subject decides whose the record is, which has tests of its own.
const NO_CELLS: ReadonlySet<string> = new Set(['id', 'meta', 'contained', 'modifierExtension', 'subject', 'beneficiary']);

function editsOf(type: string): readonly Edit[] {
  const { definitions } = veil.app;
  const now = resources.get(type);
  const other = others.get(type);
  return Object.keys(now).flatMap((name): readonly Edit[] => {
    const element = definitions.type(type)?.properties.get(name)?.element;
    if (element === undefined || NO_CELLS.has(element.name)) return [];
    return [{ element: element.name, name, value: anotherValue(definitions, element, now[name], other[name]) }];
  });
}

/** Edits one element of what the role sees, and nothing else. */
async function tryEdit(role: string, type: string, edit: Edit): Promise<Reply> {
  const path = `/${type}/${resources.get(type).id}`;
  if (!(BEYOND[role]?.[type] ?? '').split(' ').includes('update')) {
    const body = JSON.stringify([{ op: 'add', path: `/${edit.name}`, value: edit.value }]);
    return veil.call(callerOf(role), 'PATCH', path, { body, headers: JSON_PATCH });
  }
  const seen = (await veil.call(callerOf(role), 'GET', path)).json;
  return veil.call(callerOf(role), 'PUT', path, { body: { ...seen, [edit.name]: edit.value } });
}

for (const role of Object.keys(WRITES)) {
  for (const type of Object.keys(WRITES[role] ?? {})) {
    test(`cells: ${role} changes of ${type} what the column says, element by element`, async (t) => {
      let done = 0;
      let refused = 0;
      const wrong: string[] = [];
      for (const edit of editsOf(type)) {
        const { status, json, text } = await tryEdit(role, type, edit);
        const may = mayWrite(role, type, edit.element);
        const named = json?.issue?.some((issue: { expression?: readonly string[] }) =>
          issue.expression?.some((at) => at.startsWith(`${type}.${edit.element}`)),
        );
        if (may ? status !== 200 : status !== 403 || !named) {
          wrong.push(`${edit.name} ${may ? 'may be' : 'may not be'} changed: ${status} ${text.slice(0, 400)}`);
        }
        if (status === 200) await restore(type);
        if (may) done++;
        else refused++;
      }
      t.diagnostic(`${done} elements may be changed, ${refused} not`);
      assert.deepEqual(wrong, []);
      assert.ok(done > 0);
    });
  }
}
