/** The lens of a caller (DESIGN.md idea 1): `see` reads, `put` writes back, and nothing hidden is lost. */
import { FhirError } from '../core/errors.ts';
import { equalJson, isArray, isObject, type Json, type JsonObject, type ResourceJson } from '../core/json.ts';
import { maskMembers } from './get.ts';
import { stripOwned } from './labels.ts';
import { markForPut, withoutCollisions } from './local-ids.ts';
import { withoutStaleText } from './narrative.ts';
import { putMembers } from './put.ts';
import { putContained, refuseDangling } from './put-contained.ts';
import { mayNotChange, mayNotWrite, type PutScope } from './put-scope.ts';
import { type Seeing, seeMembers, shownLabels } from './see.ts';
import type { ViewState } from './state.ts';
import type { View } from './view.ts';

/** What comes of a write: the resource to store, and whether anything in it is new. */
export interface PutResult {
  readonly resource: ResourceJson;
  readonly changed: boolean;
}

/** A role's view, and what of it may be written now. */
export interface Writer {
  readonly view: View;
  readonly write: ViewState;
}

export interface PutRequest {
  readonly type: string;
  readonly id: string;
  /** Absent for a create. */
  readonly stored?: ResourceJson;
  readonly edited: JsonObject;
  readonly seeing: Seeing;
  /** Write trees of the caller's roles: one of them must permit all that changed. */
  readonly writers: readonly Writer[];
  /** The caller may write and not read: nothing in the answer may depend on what is stored. */
  readonly blind?: boolean;
}

/** Lays what a caller sent over what is stored. Throws 403 naming the element, or 409. */
export function putResource(request: PutRequest): PutResult {
  if (request.blind && request.stored) return putBlind(request, request.stored);
  const stored = membersOf(request.stored ?? { resourceType: request.type });
  const sent = { ...membersOf(request.edited) };
  const edited = withoutEchoes({ ...sent, ...keepMeta(request, sent) }, request);
  const members = firstPermitted(request.writers, (writer) => {
    const laid = putAll(stored, edited, request, writer.write);
    refuseBorrowedSight(laid, stored, writer, request);
    return laid;
  });
  const changed = request.stored === undefined || !equalJson(members, stored);
  // CONTRACT.md "narrative": one that was generated from the old content would tell it.
  const seesText = request.seeing.views.some((view) => view.state.child('text').only?.whole);
  const kept = changed ? (seesText ? members : withoutStaleText(members)) : stored;
  return { resource: { resourceType: request.type, id: request.id, ...kept }, changed };
}

// Who cannot read must not learn by writing: what is sent must be open to writing whole, even when it is what is
// stored already, the rest stays, and each write is a version.
function putBlind(request: PutRequest, storedResource: ResourceJson): PutResult {
  const stored = membersOf(storedResource);
  const sent = membersOf(request.edited);
  const writable = (write: ViewState, name: string): boolean => {
    const only = write.child(name.startsWith('_') ? name.slice(1) : name).only;
    return only?.leaf === 'all' && !only.narrowed && only.values === undefined;
  };
  const writes = request.writers.map((writer) => writer.write);
  const write = writes.find((each) => Object.keys(sent).every((name) => writable(each, name)));
  if (!write) {
    const refused = Object.keys(sent).find((name) => !writes.some((each) => writable(each, name)));
    throw mayNotWrite(`${request.type}.${refused ?? 'meta'}`);
  }
  const kept = Object.fromEntries(Object.entries(stored).filter(([name]) => !writable(write, name)));
  const { text: _, ...members } = { ...kept, ...sent };
  return { resource: { resourceType: request.type, id: request.id, ...members }, changed: true };
}

function putAll(stored: JsonObject, edited: JsonObject, request: PutRequest, write: ViewState): JsonObject {
  const { seeing, type } = request;
  if (request.stored) refuseDangling(stored, edited, seeing, type);
  const marked = markForPut(withoutCollisions(stored, edited, seeing), seeing);
  const { contained: _stored, ...before } = marked.members;
  const { contained: _edited, ...after } = edited;
  const body = putMembers(before, after, scopeOf(request, write));
  const contained = putContained(marked.members, edited, { seeing, write, type, body });
  return marked.unmark(contained.length > 0 ? { ...body, contained } : body);
}

const scopeOf = (request: PutRequest, write: ViewState): PutScope => ({
  states: request.seeing.views.map((view) => view.state),
  write: [write],
  context: request.seeing.context,
  path: request.type,
  fresh: request.stored === undefined,
});

function membersOf(resource: JsonObject): JsonObject {
  const { resourceType: _type, id: _id, meta, ...members } = resource;
  const own = isObject(meta) ? stripOwned(meta) : {};
  return { ...members, ...(Object.keys(own).length > 0 ? { meta: own } : {}) };
}

const META_LISTS = ['profile', 'security', 'tag', 'source', 'extension', 'id'];

// R4 http.html#update: tags, profiles and labels that an update does not mention stay. So a client that leaves
// `meta` out does not declassify a resource.
function keepMeta({ stored, edited, seeing }: PutRequest, sent: JsonObject): JsonObject {
  const storedMeta = stored && isObject(stored['meta']) ? stripOwned(stored['meta']) : {};
  const seesMeta = seeing.views.some((view) => view.state.child('meta').only?.whole);
  if (!seesMeta || Object.keys(storedMeta).length === 0) return {};
  const sentMeta = isObject(sent['meta']) ? sent['meta'] : {};
  // A list that was sent with nothing left but the server's own codes was mentioned, and emptied.
  const mentioned = isObject(edited['meta']) ? edited['meta'] : {};
  const kept = META_LISTS.filter((name) => mentioned[name] === undefined && storedMeta[name] !== undefined);
  return { meta: { ...sentMeta, ...Object.fromEntries(kept.map((name) => [name, storedMeta[name]])) } };
}

// A client that saves what it read sends the server's labels back, as they were shown: they are no word of its own.
function withoutEchoes(edited: JsonObject, { stored, seeing }: PutRequest): JsonObject {
  const { meta } = edited;
  const sent = isObject(meta) ? meta['security'] : undefined;
  if (!stored || !seeing.assign || !isObject(meta) || !isArray(sent)) return edited;
  const storedMeta = isObject(stored['meta']) ? stored['meta'] : {};
  const labels = shownLabels(storedMeta, seeMembers(stored, seeing), seeing);
  const own = sent.filter((coding) => !labels.some((label) => equalJson(label, coding)));
  // In its place: whether anything was taken away must not show in the order of what is kept.
  const kept = replaced(meta, 'security', own.length > 0 ? own : undefined);
  return replaced(edited, 'meta', Object.keys(kept).length > 0 ? kept : undefined);
}

const replaced = (object: JsonObject, name: string, value: Json | undefined): JsonObject =>
  Object.fromEntries(
    Object.entries(object).flatMap(([key, member]): [string, Json | undefined][] => {
      if (key !== name) return [[key, member]];
      return value === undefined ? [] : [[key, value]];
    }),
  );

// Of several roles one must be able to make the whole change alone: its `*` opens to writing what it sees itself, not
// what another role of the same caller sees.
function refuseBorrowedSight(laid: JsonObject, stored: JsonObject, { view, write }: Writer, request: PutRequest): void {
  if (request.seeing.views.length < 2 || view.state.whole) return;
  const seeing: Seeing = { ...request.seeing, views: [view] };
  const { meta } = maskMembers({ meta: laid['meta'] }, [view.state], seeing.context);
  const seen = { ...seeMembers(laid, seeing), ...(meta === undefined ? {} : { meta }) };
  const alone = putAll(stored, seen, { ...request, seeing }, write);
  const names = new Set([...Object.keys(alone), ...Object.keys(laid)]);
  const refused = [...names].find((name) => !equalJson(alone[name], laid[name]));
  if (refused !== undefined) throw mayNotChange(`${request.type}.${refused}`);
}

function firstPermitted<T>(writers: readonly Writer[], attempt: (writer: Writer) => T): T {
  let refusal: FhirError | undefined;
  for (const writer of writers) {
    try {
      return attempt(writer);
    } catch (error) {
      if (!(error instanceof FhirError)) throw error;
      refusal ??= error;
    }
  }
  throw refusal ?? new Error('a write needs a role that may write');
}
