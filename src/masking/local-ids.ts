/** Local ids under `put`: references to what is hidden stand under marks, and ids that collide with hidden ones give way. */
import { isArray, isObject, type Json, type JsonObject } from '../core/json.ts';
import { hiddenLocalIds, markHidden } from './contained.ts';
import { MASKED_EXTENSION } from './markers.ts';
import { containedIn } from './put-contained.ts';
import { type Seeing, seeMembers } from './see.ts';

/** Stored members as they are compared with what was sent, and the way back. */
export interface Marked {
  readonly members: JsonObject;
  /** What a put keeps of the stored members it keeps by identity, marks too: each gives way to what it stands for. */
  unmark(result: JsonObject): JsonObject;
}

/** Marks references to hidden contained resources, each with a mark of its own. */
export function markForPut(stored: JsonObject, seeing: Seeing): Marked {
  const hidden = hiddenLocalIds(stored, seeing);
  if (hidden.size === 0) return { members: stored, unmark: (result) => result };
  const stoodFor = new Map<Json, JsonObject>();
  const members = markHidden(
    stored,
    (id) => hidden.has(id),
    (stood) => {
      const mark = { extension: [MASKED_EXTENSION] };
      stoodFor.set(mark, stood);
      return mark;
    },
  );
  return { members: objectOr(members, stored), unmark: (result) => objectOr(unmark(result, stoodFor), result) };
}

const objectOr = (value: Json, other: JsonObject): JsonObject => (isObject(value) ? value : other);

function unmark(value: Json, stoodFor: ReadonlyMap<Json, JsonObject>): Json {
  if (isArray(value)) return value.map((item) => unmark(item, stoodFor));
  if (!isObject(value)) return value;
  const out: Record<string, Json> = {};
  for (const [name, member] of Object.entries(value)) {
    const stood = member === undefined ? undefined : stoodFor.get(member);
    if (name === '_reference' && stood) Object.assign(out, stood);
    else if (member !== undefined) out[name] = unmark(member, stoodFor);
  }
  return out;
}

/**
 * Gives contained resources that the caller does not see another id where what was sent uses theirs: a refusal would
 * tell that they are there, and two of one id would be one.
 */
export function withoutCollisions(stored: JsonObject, edited: JsonObject, seeing: Seeing): JsonObject {
  const before = idsOf(stored);
  const sent = idsOf(edited);
  if (before.isDisjointFrom(sent)) return stored;
  const seen = idsOf(seeMembers(stored, seeing));
  const colliding = [...before.difference(seen).intersection(sent)];
  if (colliding.length === 0) return stored;
  const taken = before.union(sent);
  const renamed = new Map<string, string>();
  for (const id of colliding) {
    const fresh = freshId(id, taken);
    renamed.set(id, fresh);
    taken.add(fresh);
  }
  const contained = containedIn(stored).map((each) => {
    const id = isObject(each) ? renamed.get(String(each['id'])) : undefined;
    return isObject(each) && id !== undefined ? { ...each, id } : each;
  });
  return objectOr(rename({ ...stored, contained }, renamed), stored);
}

const idsOf = (members: JsonObject): Set<string> =>
  new Set(
    containedIn(members).flatMap((each) => (isObject(each) && typeof each['id'] === 'string' ? [each['id']] : [])),
  );

// R4 id: 64 characters at most.
function freshId(id: string, taken: ReadonlySet<string>): string {
  for (let n = 1; ; n++) {
    const fresh = `${id.slice(0, 56)}-${n}`;
    if (!taken.has(fresh)) return fresh;
  }
}

function rename(value: Json, renamed: ReadonlyMap<string, string>): Json {
  if (isArray(value)) return value.map((item) => rename(item, renamed));
  if (!isObject(value)) return value;
  const out: Record<string, Json> = {};
  for (const [name, member] of Object.entries(value)) {
    const id = name === 'reference' && typeof member === 'string' ? renamed.get(member.slice(1)) : undefined;
    if (id !== undefined && String(member).startsWith('#')) out[name] = `#${id}`;
    else if (member !== undefined) out[name] = rename(member, renamed);
  }
  return out;
}
