/** A small world in which every pair of roles is held against plain sets: what the pair gets is made of what each gets. */
import assert from 'node:assert/strict';
import { createCanaryMaker, OTHER, OWNER, tokensIn } from '../security/canary-resource.ts';
import type { Caller, Reply, Veil } from '../support/veil.ts';

export const SYSTEM: Caller = { roles: ['system'] };
const ACT_CODE = 'http://terminology.hl7.org/CodeSystem/v3-ActCode';
const TYPES = ['Observation', 'MedicationRequest', 'Appointment', 'Condition', 'Coverage', 'Medication'] as const;
const LABELS = ['', 'HIV', 'PSY', 'PSYTHPN'];

/** Every role beside `admin`, which sees nothing, and `researcher`, which stands alone. */
export const ROLES = ['patient', 'physician', 'nurse', 'pharmacist', 'scheduler', 'billing', 'compliance', 'system'];

export const PAIRS: readonly (readonly [string, string])[] = ROLES.flatMap((a, i) =>
  ROLES.slice(i + 1).map((b) => [a, b] as const),
);

/** The same patient in context for all, so that a role's rows are the same alone and in company. */
export const callerOf = (...roles: readonly string[]): Caller => ({ roles, patient: OWNER });

/** Writes plain and labelled resources, of the patient in context and of another; gives their `Type/id`. */
export async function populate(veil: Veil): Promise<readonly string[]> {
  const maker = createCanaryMaker(veil.app.definitions, 2);
  const refs: string[] = [];
  const put = async (type: string, id: string, resource: Record<string, unknown>): Promise<void> => {
    const reply = await veil.call(SYSTEM, 'PUT', `/${type}/${id}`, { body: { ...resource, id } });
    assert.equal(reply.status, 201, `${type}/${id} ${reply.text.slice(0, 500)}`);
    refs.push(`${type}/${id}`);
  };
  for (const [variant, id] of [OWNER, OTHER].entries()) {
    await put('Patient', id, maker.build('Patient', { variant, contained: false }).resource);
  }
  for (const type of TYPES) {
    for (const [variant, label] of LABELS.entries()) {
      const { resource } = maker.build(type, { variant, contained: false });
      const security = label === '' ? undefined : [{ system: ACT_CODE, code: label }];
      await put(type, `own-${label.toLowerCase()}`, { ...resource, meta: { ...resource.meta, security } });
    }
    const { resource } = maker.build(type, { variant: 0, contained: false });
    await put(type, 'other', JSON.parse(JSON.stringify(resource).replaceAll(`Patient/${OWNER}`, `Patient/${OTHER}`)));
  }
  return refs;
}

/** What an answer tells: the values of a resource that is there, nothing where it is not. */
export const toldBy = (reply: Reply): ReadonlySet<string> =>
  reply.status === 200 ? tokensIn(reply.text) : new Set<string>();

/** Remembers the answers to single roles: each is asked for in many pairs. */
export function remembered(ask: (role: string, what: string) => Promise<Reply>): typeof ask {
  const known = new Map<string, Promise<Reply>>();
  return (role, what) => {
    const key = `${role} ${what}`;
    const found = known.get(key) ?? ask(role, what);
    known.set(key, found);
    return found;
  };
}

/** The ids of a searchset; undefined for a refusal. */
export const idsOf = (reply: Reply): readonly string[] | undefined =>
  reply.status === 200
    ? (reply.json.entry ?? []).map((entry: { resource: { id: string } }) => entry.resource.id).toSorted()
    : undefined;
