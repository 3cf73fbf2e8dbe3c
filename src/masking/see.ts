/** A whole resource through the views of one caller: members, contained resources, `meta` and its label tags. */
import { isArray, isObject, type Json, type JsonObject, type ResourceJson } from '../core/json.ts';
import { maskContained } from './contained.ts';
import { fillMarkers, type MaskContext, maskMembers } from './get.ts';
import { addTags, type LabelTags, stripOwned, unionTags } from './labels.ts';
import type { View } from './view.ts';

/** Through which views a caller sees a resource: those of its roles whose row filter admits it. */
export interface Seeing {
  readonly views: readonly View[];
  /** Views of a contained resource's type; `all` opens a type without a view of its own. */
  contained(type: string): readonly View[] | 'all';
  readonly context: MaskContext;
}

/** What `id` and `meta` of an answer are made of. */
export interface Envelope {
  readonly type: string;
  readonly id: string;
  readonly version: number;
  readonly lastUpdated: number;
}

/** The resource as the views show it, as JSON. */
export function seeResource(resource: ResourceJson, envelope: Envelope, seeing: Seeing): ResourceJson {
  const masked = seeMembers(resource, seeing);
  return { ...seeHead(resource['meta'], envelope, seeing), ...masked };
}

/** `resourceType`, `id` and `meta` as the views show them. */
export function seeHead(storedMeta: Json | undefined, envelope: Envelope, seeing: Seeing): ResourceJson {
  const { views, context } = seeing;
  const meta = seeMeta(isObject(storedMeta) ? storedMeta : {}, envelope, seeing);
  const pseudonym = views.length > 0 && views.every((view) => view.pseudonymId);
  return {
    resourceType: envelope.type,
    id: pseudonym ? context.pseudonymOf(envelope.type, envelope.id) : envelope.id,
    ...(Object.keys(meta).length === 0 ? {} : { meta }),
  };
}

function seeMeta(stored: JsonObject, envelope: Envelope, seeing: Seeing): JsonObject {
  const { views, context } = seeing;
  const tags = tagsOfViews(views);
  const states = views.filter((view) => view.spec.meta === 'show').map((view) => view.state);
  if (states.length === 0) return addTags({}, tags);
  const visible = maskMembers({ meta: stripOwned(stored) }, states, context)['meta'];
  const shown = isObject(visible) ? visible : {};
  const server = { versionId: String(envelope.version), lastUpdated: new Date(envelope.lastUpdated).toISOString() };
  return addTags({ ...server, ...shown }, tags);
}

/** The label tags of a caller's views together. */
export const tagsOfViews = (views: readonly View[]): LabelTags => unionTags(views.map((view) => view.tags));

const HEAD: ReadonlySet<string> = new Set(['resourceType', 'id', 'meta', 'contained']);

/** All but the head, with contained resources and markers. */
export function seeMembers(members: JsonObject, seeing: Seeing): JsonObject {
  const { views, context } = seeing;
  const states = views.map((view) => view.state);
  const body = Object.fromEntries(Object.entries(members).filter(([name]) => !HEAD.has(name)));
  const whole = states.some((state) => state.whole);
  const masked = whole ? body : fillMarkers(maskMembers(body, states, context), states, context);
  const contained = members['contained'];
  return isArray(contained) ? maskContained(masked, contained, seeing) : masked;
}
