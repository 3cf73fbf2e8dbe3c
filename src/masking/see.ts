/** A whole resource through the views of one caller: members, contained resources, `meta` and its label tags. */
import { equalJson, isArray, isObject, type Json, type JsonObject, type ResourceJson } from '../core/json.ts';
import { addLabels, type LabelCoding, type Labeller, missingLabels } from '../definitions/labeller.ts';
import { maskContained } from './contained.ts';
import { fillMarkers, type MaskContext, maskMembers } from './get.ts';
import { addTags, type LabelTags, NO_TAGS, stripOwned, unionTags } from './labels.ts';
import type { View } from './view.ts';

/** Through which views a caller sees a resource: those of its roles whose row filter admits it. */
export interface Seeing {
  readonly views: readonly View[];
  /** Views of a contained resource's type; `all` opens a type without a view of its own. */
  contained(type: string): readonly View[] | 'all';
  readonly context: MaskContext;
  /** The labels that the server gives by what is visible; absent where it gave the record none. */
  readonly assign?: Labeller;
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
  return { ...seeHead(resource['meta'], masked, { envelope, seeing }), ...masked };
}

/**
 * What a search looks at: the resource as the views show it, without label tags. Those are on every resource alike, and
 * whether terms made it a candidate may not be told by them.
 */
export function seeForSearch(resource: ResourceJson, envelope: Envelope, seeing: Seeing): ResourceJson {
  const masked = seeMembers(resource, seeing);
  return { ...seeHead(resource['meta'], masked, { envelope, seeing, tags: NO_TAGS }), ...masked };
}

interface Head {
  readonly envelope: Envelope;
  readonly seeing: Seeing;
  /** Label tags; those of the views unless given. */
  readonly tags?: LabelTags;
}

/** `resourceType`, `id` and `meta` as the views show them; `visible` is all else that they show. */
export function seeHead(storedMeta: Json | undefined, visible: JsonObject, head: Head): ResourceJson {
  const { envelope, seeing } = head;
  const { views, context } = seeing;
  const meta = seeMeta(isObject(storedMeta) ? storedMeta : {}, visible, head);
  const pseudonym = views.length > 0 && views.every((view) => view.pseudonymId);
  return {
    resourceType: envelope.type,
    id: pseudonym ? context.pseudonymOf(envelope.type, envelope.id) : envelope.id,
    ...(Object.keys(meta).length === 0 ? {} : { meta }),
  };
}

function seeMeta(stored: JsonObject, members: JsonObject, head: Head): JsonObject {
  const { envelope, seeing } = head;
  const { views, context } = seeing;
  const tags = head.tags ?? tagsOfViews(views);
  const states = metaStates(seeing);
  if (states.length === 0) return addTags({}, tags);
  const visible = maskMembers({ meta: stripOwned(stored) }, states, context)['meta'];
  const shown = addLabels(isObject(visible) ? visible : {}, shownLabels(stored, members, seeing));
  const server = { versionId: String(envelope.version), lastUpdated: new Date(envelope.lastUpdated).toISOString() };
  return addTags({ ...server, ...shown }, tags);
}

const metaStates = ({ views }: Seeing) => views.filter((view) => view.spec.meta === 'show').map((view) => view.state);

/**
 * The labels that the server adds to what a caller sees of `meta.security`: those that follow from what the caller
 * sees of the rest, so that a label never tells of a code that a view hides (ADR 0014).
 */
export function shownLabels(storedMeta: JsonObject, visible: JsonObject, seeing: Seeing): readonly LabelCoding[] {
  const labels = missingLabels(seeing.assign?.(visible) ?? [], storedMeta['security']);
  if (labels.length === 0) return [];
  const meta = maskMembers({ meta: { security: labels } }, metaStates(seeing), seeing.context)['meta'];
  const security = isObject(meta) ? meta['security'] : undefined;
  return isArray(security) ? labels.filter((label) => security.some((one) => equalJson(one, label))) : [];
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
