/** Contained resources under `put`: what the caller does not see of them stays, and so do references to it. */
import { unprocessable } from '../core/errors.ts';
import { equalJson, isArray, isObject, type Json, type JsonObject } from '../core/json.ts';
import { type PlacedItem, placeItems } from '../core/place-items.ts';
import { localReferences, seeContained } from './contained.ts';
import { withoutStaleText } from './narrative.ts';
import { putMembers } from './put.ts';
import { mayNotChange, mayNotWrite, type PutScope } from './put-scope.ts';
import { type Seeing, seeMembers } from './see.ts';
import type { ViewState } from './state.ts';
import type { View } from './view.ts';

interface ContainedPut {
  readonly seeing: Seeing;
  readonly write: ViewState;
  readonly type: string;
  /** The other members as they will be stored. */
  readonly body: JsonObject;
}

/** The contained list to store. Throws 403 where it may not be changed. */
export function putContained(stored: JsonObject, edited: JsonObject, put: ContainedPut): readonly Json[] {
  const before = containedIn(stored);
  const after = containedIn(edited);
  const seen = containedIn(seeMembers(stored, put.seeing));
  if (equalJson(seen, after)) return before;
  const path = `${put.type}.contained`;
  const write = put.write.child('contained').only;
  if (write?.leaf !== 'all' || write.narrowed) throw mayNotChange(path);
  const seenIds = new Set(seen.map(idOf));
  const byId = new Map(before.filter((each) => seenIds.has(idOf(each))).map((each) => [idOf(each), each]));
  const shown = after.map((resource, i) => putOne(resource, byId.get(idOf(resource)), put, `${path}[${i}]`));
  const sentIds = new Set(after.map(idOf));
  const gone = before.filter((each) => seenIds.has(idOf(each)) && !sentIds.has(idOf(each)));
  const hidden = before.filter((each) => !seenIds.has(idOf(each)));
  const needed = neededBy([put.body, ...shown, ...hidden], gone);
  const kept = before.flatMap((resource, i): PlacedItem[] => {
    if (sentIds.has(idOf(resource))) return [];
    if (hidden.includes(resource) || needed.has(resource)) return [[i, resource]];
    const rest = restOf(resource, put, `${path}[${seen.findIndex((each) => idOf(each) === idOf(resource))}]`);
    return rest ? [[i, rest]] : [];
  });
  return placeItems(shown, kept);
}

/** The contained resources of a resource. */
export const containedIn = (members: JsonObject): readonly Json[] => {
  const list = members['contained'];
  return isArray(list) ? list : [];
};

const idOf = (resource: Json): string => (isObject(resource) ? String(resource['id'] ?? '') : '');

function putOne(edited: Json, stored: Json | undefined, put: ContainedPut, path: string): Json {
  const type = typeOf(edited);
  const views = put.seeing.contained(type);
  if (!isObject(edited) || views.length === 0) throw mayNotWrite(path);
  if (views === 'all') return edited;
  if (stored !== undefined && typeOf(stored) !== type && !isWhole(put.seeing.contained(typeOf(stored)))) {
    throw mayNotChange(`${path}.resourceType`);
  }
  const before = isObject(stored) && typeOf(stored) === type ? stored : undefined;
  if (before && equalJson(seeContained(before, put.seeing), edited)) return before;
  const { resourceType: _type, id: _id, ...members } = before ?? { resourceType: type };
  const { resourceType: _sentType, id, ...sent } = edited;
  const laid = putMembers(members, sent, scopeOf(views, put, { path, fresh: before === undefined }));
  const seesText = views.some((view) => view.state.child('text').only?.whole);
  return { resourceType: type, ...(id === undefined ? {} : { id }), ...(seesText ? laid : withoutStaleText(laid)) };
}

const typeOf = (resource: Json): string => (isObject(resource) ? String(resource['resourceType'] ?? '') : '');
const isWhole = (views: readonly View[] | 'all'): boolean => views === 'all' || views.some((view) => view.state.whole);

/** What a view hides of a contained resource that its caller took away. */
function restOf(resource: Json, put: ContainedPut, path: string): Json | undefined {
  const views = put.seeing.contained(typeOf(resource));
  if (!isObject(resource) || views === 'all') return undefined;
  const { resourceType, id, ...members } = resource;
  const rest = putMembers(members, {}, scopeOf(views, put, { path, fresh: false }));
  return Object.keys(rest).length > 0 ? { resourceType, id, ...rest } : undefined;
}

function scopeOf(
  views: readonly View[],
  put: ContainedPut,
  { path, fresh }: { readonly path: string; readonly fresh: boolean },
): PutScope {
  const { only } = put.write.child('contained');
  const states = views.map((view) => view.state);
  return { states, write: only ? [only] : [], context: put.seeing.context, path, fresh };
}

/**
 * Those that were taken away and that something hidden still refers to: they stay, and nobody who sees no reference
 * to them sees them. One that points to its container would be shown for that: it goes.
 */
function neededBy(kept: readonly Json[], gone: readonly Json[]): ReadonlySet<Json> {
  const needed = new Set<Json>();
  let waiting = kept;
  while (waiting.length > 0 && needed.size < gone.length) {
    const named = new Set(waiting.flatMap(referenceTexts));
    waiting = gone.filter((each) => !needed.has(each) && named.has(`#${idOf(each)}`));
    waiting = waiting.filter((each) => !localReferences(each).includes('#'));
    for (const each of waiting) needed.add(each);
  }
  return needed;
}

/** 422 for a local reference that names nothing the caller sees or sends: what is hidden must not answer to it. */
export function refuseDangling(stored: JsonObject, edited: JsonObject, seeing: Seeing, path: string): void {
  const named = referenceTexts(edited);
  if (named.length === 0) return;
  const seen = seeMembers(stored, seeing);
  const there = new Set(containedIn(seen).map((resource) => `#${idOf(resource)}`));
  const known = new Set([
    // One that dangled already may stay.
    ...referenceTexts(seen).filter((text) => !there.has(text)),
    ...containedIn(edited).map((resource) => `#${idOf(resource)}`),
    '#',
  ]);
  if (named.every((text) => known.has(text))) return;
  const diagnostics = 'A reference that begins with # must name a contained resource of what is sent.';
  throw unprocessable([{ severity: 'error', code: 'invalid', diagnostics, expression: path }]);
}

/** All local references, as they stand in `reference`. */
function referenceTexts(value: Json | undefined): readonly string[] {
  if (isArray(value)) return value.flatMap(referenceTexts);
  if (!isObject(value)) return [];
  return Object.entries(value).flatMap(([name, member]) => {
    if (name !== 'reference' || typeof member !== 'string') return referenceTexts(member);
    return member.startsWith('#') ? [member] : [];
  });
}
