/** A server with canaries in every resource, and the judgement of what a role gets of them. */
import assert from 'node:assert/strict';
import type { Caller, Reply, Veil } from '../support/veil.ts';
import { type Canary, type CanaryResource, createCanaryMaker, OWNER, tokensIn } from './canary-resource.ts';
import { cellOf, expectationOf } from './canary-views.ts';

/** `Type/id` to what was planted there. */
export type Planted = ReadonlyMap<string, CanaryResource>;

export interface Faults {
  readonly leaked: string[];
  readonly missing: string[];
  /** How often a value had to be there, and had to be absent. */
  shown: number;
  absent: number;
}

export const SYSTEM: Caller = { roles: ['system'] };
const FORM = { 'Content-Type': 'application/x-www-form-urlencoded' };

export const callerOf = (role: string, patient = OWNER): Caller =>
  role === 'patient' ? { roles: [role], patient } : { roles: [role] };

/** `Type/id` as a role knows it: the researcher by pseudonym. */
export function refFor({ app: { secrets } }: Veil, role: string, ref: string): string {
  if (role !== 'researcher') return ref;
  const [type = '', id = ''] = ref.split('/');
  return `${type}/${secrets.pseudonyms.pseudonym(role, type, secrets.terms.uid(type, id))}`;
}

/** Writes a resource of each variant of each type through `system`. */
export async function plantCanaries(veil: Veil, types: readonly string[]): Promise<Planted> {
  const planted = new Map<string, CanaryResource>();
  const maker = createCanaryMaker(veil.app.definitions);
  for (const type of types) {
    for (let variant = 0; variant < Math.max(2, maker.variants(type)); variant++) {
      const id = `can-${type.toLowerCase()}-${variant}`;
      const built = maker.build(type, { variant, contained: variant === 0 });
      const resource = { ...built.resource, id };
      const reply = await veil.call(SYSTEM, 'PUT', `/${type}/${id}`, { body: resource });
      assert.equal(reply.status, 201, `${type} ${variant}: ${reply.text.slice(0, 2000)}`);
      planted.set(`${type}/${id}`, { ...built, resource });
    }
  }
  return planted;
}

/** Reads each resource, its version and histories, and searches each type (GET and POST), and compares with VIEWS.md. */
export async function judgeRole(
  { veil, planted }: { readonly veil: Veil; readonly planted: Planted },
  role: string,
  types: readonly string[],
): Promise<Faults> {
  const faults: Faults = { leaked: [], missing: [], shown: 0, absent: 0 };
  for (const type of types) {
    const refs = [...planted.keys()].filter((ref) => ref.startsWith(`${type}/`));
    const closed = cellOf(role, type) === null;
    const judge = (asked: readonly string[], reply: Reply, patient: string): void => {
      assert.equal(reply.status, closed ? 403 : 200, `${role} ${type} ${reply.text.slice(0, 300)}`);
      judgeAnswer({ role, planted, refs: asked, reply, seen: opens(role, patient) }, faults);
    };
    for (const [i, ref] of refs.entries()) {
      const patient = type === 'Patient' ? (ref.split('/')[1] ?? '') : OWNER;
      // The history of the type shows every variant again; the researcher has none.
      const past = i === 0 && role !== 'researcher' ? [`/${ref}/_history/1`, `/${ref}/_history`] : [];
      for (const path of [`/${refFor(veil, role, ref)}`, ...past]) {
        judge([ref], await veil.call(callerOf(role, patient), 'GET', path), patient);
      }
    }
    for (const path of [`/${type}?_count=500`, ...(role === 'researcher' ? [] : [`/${type}/_history?_count=500`])]) {
      judge(refs, await veil.call(callerOf(role), 'GET', path), OWNER);
    }
    const posted = await veil.call(callerOf(role), 'POST', `/${type}/_search`, { body: '_count=500', headers: FORM });
    judge(refs, posted, OWNER);
  }
  return faults;
}

// Whose row a patient's token opens: every type here is about the owner, a Patient about itself.
const opens = (role: string, patient: string) => (ref: string) =>
  role !== 'patient' || !ref.startsWith('Patient/') || ref === `Patient/${patient}`;

interface Judged {
  readonly role: string;
  readonly planted: Planted;
  /** Resources of which the answer may speak. */
  readonly refs: readonly string[];
  readonly reply: Reply;
  seen(ref: string): boolean;
}

function judgeAnswer({ role, planted, refs, reply, seen }: Judged, faults: Faults): void {
  const body = tokensIn(reply.text);
  const headers = tokensIn(JSON.stringify([...reply.headers]));
  for (const ref of refs) {
    for (const canary of planted.get(ref)?.canaries ?? []) {
      const expected = seen(ref) ? expectationOf(role, ref.split('/')[0] ?? '', canary) : 'absent';
      if (expected === 'absent') faults.absent++;
      if (expected === 'shown') faults.shown++;
      if (headers.has(canary.value)) faults.leaked.push(`header: ${nameOf(role, ref, canary)}`);
      if (expected === 'absent' && body.has(canary.value)) faults.leaked.push(nameOf(role, ref, canary));
      if (expected === 'shown' && !body.has(canary.value)) faults.missing.push(nameOf(role, ref, canary));
    }
  }
}

const nameOf = (role: string, ref: string, { contained, path, inExtension, elementId, value }: Canary): string =>
  [role, ref, contained, path.join('.'), inExtension && 'extension', elementId && 'id', value]
    .filter(Boolean)
    .join(' ');
