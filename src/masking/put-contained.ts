/** Contained resources under `put`: those that the caller does not see stay, and so do references to them. */
import { unprocessable } from '../core/errors.ts';
import { canonicalText, equalJson, isArray, isObject, type Json, type JsonObject } from '../core/json.ts';
import { hiddenLocalIds, localReferences, seeContained } from './contained.ts';
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

/** Stored members as they are compared with what was sent, and what stood where a reference was marked. */
export interface Marked {
  readonly members: JsonObject;
  /** By the mark object itself: what a put keeps of the stored members it keeps by identity. */
  readonly references: ReadonlyMap<Json, string>;
  /** Marks that were stored as such. */
  readonly literal: ReadonlySet<Json>;
}

/** Marks references to hidden contained resources, each with a mark of its own. */
export function markForPut(stored: JsonObject, seeing: Seeing): Marked {
  const hidden = hiddenLocalIds(stored, seeing);
  const references = new Map<Json, string>();
  const literal = new Set<Json>();
  const mark = (value: Json): Json => {
    if (isArray(value)) return value.map(mark);
    if (!isObject(value)) return value;
    return Object.fromEntries(
      Object.entries(value).map(([name, member]) => {
        if (name === 'reference' && typeof member === 'string' && hidden.has(member.slice(1)) && member[0] === '#') {
          const made = { extension: [MASKED_EXTENSION] };
          references.set(made, member);
          return ['_reference', made];
        }
        if (isMark(name, member) && member !== undefined) literal.add(member);
        return [name, member === undefined || isMark(name, member) ? member : mark(member)];
      }),
    );
  };
  const members = mark(stored);
  return { members: isObject(members) ? members : stored, references, literal };
}

/**
 * Puts references to hidden contained resources back where their marks still stand. Throws 409 where a mark that the
 * caller saw is gone, or where it cannot be told which one was sent back: decided by what was seen and sent alone.
 */
export function restoreMarked(result: JsonObject, marked: Marked, path: string): JsonObject {
  const sent: Json[] = [];
  const kept = new Set<Json>();
  walkMarks(result, (mark) => {
    if (marked.references.has(mark)) kept.add(mark);
    else if (!marked.literal.has(mark)) sent.push(mark);
  });
  const open = [...marked.references].filter(([mark]) => !kept.has(mark)).map(([, reference]) => reference);
  if (open.length > 0 && open.length !== sent.length) throw mustGuess(path);
  const back = new Map([...marked.references, ...open.map((reference, i) => [sent[i] ?? null, reference] as const)]);
  const restored = back.size === 0 ? result : unmark(result, back);
  return isObject(restored) ? restored : result;
}

/** 422 for a local reference that names nothing the caller sees or sends: what is hidden must not answer to it. */
export function refuseDangling(stored: JsonObject, edited: JsonObject, seeing: Seeing, path: string): void {
  const known = new Set([
    ...localReferences(seeMembers(stored, seeing)),
    ...listOf(edited).map((resource) => `#${idOf(resource)}`),
    '#',
  ]);
  if (referenceTexts(edited).every((text) => known.has(text))) return;
  const diagnostics = 'A reference that begins with # must name a contained resource of what is sent.';
  throw unprocessable([{ severity: 'error', code: 'invalid', diagnostics, expression: path }]);
}

const MARKER = canonicalText({ extension: [MASKED_EXTENSION] });
const isMark = (name: string, value: Json | undefined): boolean =>
  name === '_reference' && value !== undefined && canonicalText(value) === MARKER;

function referenceTexts(value: Json | undefined): readonly string[] {
  if (isArray(value)) return value.flatMap(referenceTexts);
  if (!isObject(value)) return [];
  return Object.entries(value).flatMap(([name, member]) =>
    name === 'reference' && typeof member === 'string' ? (member.match(/^#.*/) ?? []) : referenceTexts(member),
  );
}

function walkMarks(value: Json | undefined, found: (mark: Json) => void): void {
  if (isArray(value)) for (const item of value) walkMarks(item, found);
  if (!isObject(value)) return;
  for (const [name, member] of Object.entries(value)) {
    if (member !== undefined && isMark(name, member)) found(member);
    else walkMarks(member, found);
  }
}

function unmark(value: Json, back: ReadonlyMap<Json, string>): Json {
  if (isArray(value)) return value.map((item) => unmark(item, back));
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => {
      const reference = member === undefined ? undefined : back.get(member);
      if (name === '_reference' && reference !== undefined) return ['reference', reference];
      return [name, member === undefined ? member : unmark(member, back)];
    }),
  );
}
