/** VIEWS.md's columns `+write`, by real edits of one element at a time of resources that have every element. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Definitions, ElementDef } from '../../src/definitions/types.ts';
import { type Built, createCanaryMaker, OWNER } from '../security/canary-resource.ts';
import { callerOf, SYSTEM } from '../security/canary-world.ts';
import { type Reply, startVeil, type Veil } from '../support/veil.ts';
import { BEYOND, mayWrite, WRITES } from './views-cells-data.ts';

const TYPES = [...new Set(Object.values(WRITES).flatMap((cells) => Object.keys(cells)))];

let veil: Veil;
let resources: ReadonlyMap<string, Built>;
/** A second resource of each type differs in every value that is planted. */
let others: ReadonlyMap<string, Built>;

before(async () => {
  veil = await startVeil();
  const maker = createCanaryMaker(veil.app.definitions);
  const make = (type: string, id: string): Built => ({
    ...maker.build(type, { variant: 0, contained: false }).resource,
    id,
  });
  resources = new Map(
    TYPES.map((type) => [type, make(type, type === 'Patient' ? OWNER : `cell-${type.toLowerCase()}`)]),
  );
  others = new Map(TYPES.map((type) => [type, make(type, `other-${type.toLowerCase()}`)]));
  for (const resource of [...resources.values(), ...others.values()]) await write(resource);
});
after(() => veil?.stop());

async function write(body: Built): Promise<void> {
  const { status, text } = await veil.call(SYSTEM, 'PUT', `/${body.resourceType}/${body.id}`, { body });
  assert.ok(status === 200 || status === 201, `${body.id} ${status} ${text.slice(0, 500)}`);
}

const JSON_PATCH = { 'Content-Type': 'application/json-patch+json' };

/** Another value for an element: of the other resource, another code, or the other boolean. */
function anotherValue(definitions: Definitions, element: ElementDef, now: unknown, other: unknown): unknown {
  if (typeof now === 'boolean') return !now;
  const bound = element.binding?.strength === 'required' ? definitions.codes(element.binding.valueSet) : undefined;
  if (typeof now === 'string' && bound)
    return [...bound].findLast((code) => code !== 'entered-in-error' && code !== now);
  return other;
}

// A status that leaves R4's invariants as they are (app-4).
const SETTLED: Readonly<Record<string, (now: Built) => unknown>> = {
  'Appointment.status': (now) => (now === 'noshow' ? 'cancelled' : 'noshow'),
};

interface Edit {
  readonly element: string;
  readonly name: string;
  readonly value: unknown;
}

// `id`, `meta` and modifiers of the whole are no cells; a subject decides whose the record is, which has tests of its own.
const NO_CELLS: ReadonlySet<string> = new Set(['id', 'meta', 'contained', 'modifierExtension', 'subject']);

/** The values are those that the role would see of the other resource: what it cannot see it does not send. */
async function editsOf(role: string, type: string): Promise<readonly Edit[]> {
  const { definitions } = veil.app;
  const now = resources.get(type);
  const seen = await veil.call(callerOf(role), 'GET', `/${type}/other-${type.toLowerCase()}`);
  const other = { ...others.get(type), ...(seen.status === 200 ? seen.json : {}) };
  return Object.keys(now).flatMap((name): readonly Edit[] => {
    const element = definitions.type(type)?.properties.get(name)?.element;
    if (element === undefined || NO_CELLS.has(element.name) || (role === 'patient' && name === 'participant'))
      return [];
    const settled = SETTLED[element.path]?.(now[name]);
    return [
      { element: element.name, name, value: settled ?? anotherValue(definitions, element, now[name], other[name]) },
    ];
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
    test(`writes: ${role} changes of ${type} what the column says, element by element`, async (t) => {
      let done = 0;
      let refused = 0;
      const wrong: string[] = [];
      for (const edit of await editsOf(role, type)) {
        const { status, json, text } = await tryEdit(role, type, edit);
        const may = mayWrite(role, type, edit.element);
        const named = json?.issue?.some((issue: { expression?: readonly string[] }) =>
          issue.expression?.some((at) => at.startsWith(`${type}.${edit.element}`)),
        );
        if (may ? status !== 200 : status !== 403 || !named) {
          wrong.push(`${edit.name} ${may ? 'may be' : 'may not be'} changed: ${status} ${text.slice(0, 400)}`);
        }
        if (status === 200) await write(resources.get(type));
        if (may) done++;
        else refused++;
      }
      t.diagnostic(`${done} elements may be changed, ${refused} not`);
      assert.deepEqual(wrong, []);
      assert.ok(done > 0);
    });
  }
}

const PATIENT = callerOf('patient');
const slot = '/Appointment/cell-appointment';

/** A patient's edit of the appointment as the patient sees it. */
async function editSlot(edit: (seen: Built) => void): Promise<number> {
  const { json } = await veil.call(PATIENT, 'GET', slot);
  edit(json);
  const { status } = await veil.call(PATIENT, 'PUT', slot, { body: json });
  await write(resources.get('Appointment'));
  return status;
}

const participation = (seen: Built): Built =>
  seen.participant.find((one: Built) => one.actor?.reference === `Patient/${OWNER}`);

test('writes: a patient sets the status to what the column lists, and its own participation alone', async () => {
  for (const status of ['proposed', 'pending', 'cancelled', 'booked', 'arrived', 'fulfilled', 'noshow', 'waitlist']) {
    const done = await editSlot((seen) => {
      seen.status = status;
      if (status !== 'cancelled' && status !== 'noshow') delete seen.cancelationReason;
    });
    const listed = ['proposed', 'pending', 'cancelled'].includes(status);
    assert.equal(done, listed ? 200 : 403, status);
  }
  const change = (member: string, one: string, another: string) => (seen: Built) => {
    const own = participation(seen);
    own[member] = own[member] === one ? another : one;
  };
  assert.equal(await editSlot(change('status', 'declined', 'tentative')), 200);
  assert.equal(await editSlot(change('required', 'optional', 'required')), 403);
});
