/** Contained resources under `put`: those that the caller does not see stay, and so do references to them. */
import { canonicalText, equalJson, isArray, isObject, type Json, type JsonObject } from '../core/json.ts';
import { hiddenLocalIds, markHidden, seeContained } from './contained.ts';
import { MASKED_EXTENSION } from './markers.ts';
import { mayNotChange, mayNotWrite, mustGuess, type PutScope, putMembers } from './put.ts';
import { type Seeing, seeMembers } from './see.ts';
import type { ViewState } from './state.ts';

interface ContainedPut {
  readonly seeing: Seeing;
  readonly write: ViewState;
  readonly type: string;
}

/** The contained list to store. Throws 403 where it may not be changed. */
export function putContained(stored: JsonObject, edited: JsonObject, put: ContainedPut): readonly Json[] {
  const before = listOf(stored);
  const after = listOf(edited);
  const seen = listOf(seeMembers(stored, put.seeing));
  if (equalJson(seen, after)) return before;
  const path = `${put.type}.contained`;
  const write = put.write.child('contained').only;
  if (write?.leaf !== 'all' || write.narrowed) throw mayNotChange(path);
  const seenIds = new Set(seen.map(idOf));
  const hidden = before.filter((resource) => !seenIds.has(idOf(resource)));
  return [...after.map((resource, i) => putOne(resource, before, put, `${path}[${i}]`)), ...hidden];
}

const listOf = (members: JsonObject): readonly Json[] => {
  const list = members['contained'];
  return isArray(list) ? list : [];
};
const idOf = (resource: Json): string => (isObject(resource) ? String(resource['id'] ?? '') : '');

function putOne(edited: Json, before: readonly Json[], put: ContainedPut, path: string): Json {
  const type = isObject(edited) ? edited['resourceType'] : undefined;
  if (!isObject(edited) || typeof type !== 'string') throw mayNotWrite(path);
  const views = put.seeing.contained(type);
  if (views === 'all' || views.some((view) => view.state.whole)) return edited;
  if (views.length === 0) throw mayNotWrite(path);
  const same = before.find((resource) => idOf(resource) === idOf(edited) && seeContained(resource, put.seeing));
  const scope: PutScope = {
    states: views.map((view) => view.state),
    write: [put.write],
    context: put.seeing.context,
    path,
  };
  const { resourceType: _type, id: _id, ...members } = isObject(same) ? same : { resourceType: type };
  const { resourceType: _sentType, id, ...sent } = edited;
  return { resourceType: type, ...(id === undefined ? {} : { id }), ...putMembers(members, sent, scope) };
}

/** The stored members as they are compared with what was sent: references to hidden contained ones are marked. */
export function markForPut(stored: JsonObject, seeing: Seeing): JsonObject {
  const hidden = hiddenLocalIds(stored, seeing);
  if (hidden.size === 0) return stored;
  const marked = markHidden(stored, (id) => hidden.has(id));
  return isObject(marked) ? marked : stored;
}

const MARKER = canonicalText({ extension: [MASKED_EXTENSION] });

/** Puts references to hidden contained resources back where their marks still stand. Throws 409 when one is gone. */
export function restoreMarked(result: JsonObject, stored: JsonObject, seeing: Seeing, path: string): JsonObject {
  const hidden = hiddenLocalIds(stored, seeing);
  if (hidden.size === 0) return result;
  const lost = localTo(stored, hidden);
  if (countMarks(result) !== lost.length) throw mustGuess(path);
  const queue = [...lost];
  const restored = unmark(result, () => queue.shift());
  return isObject(restored) ? restored : result;
}

const sortedEntries = (object: JsonObject) => Object.entries(object).sort(([a], [b]) => (a < b ? -1 : 1));
const isMark = (name: string, value: Json | undefined): boolean =>
  name === '_reference' && value !== undefined && canonicalText(value) === MARKER;

function localTo(value: Json | undefined, hidden: ReadonlySet<string>): readonly string[] {
  if (isArray(value)) return value.flatMap((item) => localTo(item, hidden));
  if (!isObject(value)) return [];
  return sortedEntries(value).flatMap(([name, member]) =>
    name === 'reference' && typeof member === 'string' && hidden.has(member.slice(1)) && member.startsWith('#')
      ? [member]
      : localTo(member, hidden),
  );
}

function countMarks(value: Json | undefined): number {
  if (isArray(value)) return value.reduce<number>((sum, item) => sum + countMarks(item), 0);
  if (!isObject(value)) return 0;
  return sortedEntries(value).reduce((sum, [name, member]) => sum + (isMark(name, member) ? 1 : countMarks(member)), 0);
}

function unmark(value: Json, next: () => string | undefined): Json {
  if (isArray(value)) return value.map((item) => unmark(item, next));
  if (!isObject(value)) return value;
  const out: Record<string, Json | undefined> = {};
  for (const [name, member] of sortedEntries(value)) {
    if (isMark(name, member)) out['reference'] = next();
    else if (member !== undefined) out[name] = unmark(member, next);
  }
  return out;
}
