/** Label tags that say what a view withholds (CONTRACT.md "label tags"); the server owns these codes. */
import { isArray, isObject, type Json, type JsonObject } from '../core/json.ts';
import type { ViewSpec } from '../definitions/role-file.ts';
import { ACTIONS } from './actions/registry.ts';

const SYSTEM = 'http://terminology.hl7.org/CodeSystem/v3-ObservationValue';
const SUBSETTED = 'SUBSETTED';
const OWNED: ReadonlySet<string> = new Set([SUBSETTED, 'MASKED', 'REDACTED', 'PSEUDED', 'ANONYED']);

/** Codes for `meta.tag` and `meta.security`, by the definition of the view alone. */
export interface LabelTags {
  readonly tag: readonly string[];
  readonly security: readonly string[];
}

export const NO_TAGS: LabelTags = { tag: [], security: [] };

/** The tags of a view: none when it shows all, unaltered. */
export function tagsOf(spec: ViewSpec): LabelTags {
  const labels = new Set<string>(spec.rules.map((rule) => ACTIONS[rule.do].label));
  if (!spec.show.some((entry) => entry.path === '*')) labels.add('REDACTED');
  if (labels.size === 0) return NO_TAGS;
  return { tag: [SUBSETTED], security: [...labels].sort() };
}

/** The tags of a union: none when one of the views shows all; else what any of them withholds. */
export function unionTags(all: readonly LabelTags[]): LabelTags {
  if (all.some((tags) => tags.tag.length === 0)) return NO_TAGS;
  const security = new Set(all.flatMap((tags) => tags.security));
  return { tag: [SUBSETTED], security: [...security].sort() };
}

/** `meta` with the tags added. */
export function addTags(meta: JsonObject, tags: LabelTags): JsonObject {
  if (tags.tag.length === 0) return meta;
  return { ...meta, security: withCodes(meta['security'], tags.security), tag: withCodes(meta['tag'], tags.tag) };
}

/** `meta` with the tag that says that a resource is not whole, and with no other. */
export const addSubsetted = (meta: JsonObject): JsonObject => ({ ...meta, tag: withSubsetted(meta['tag']) });

const withSubsetted = (tags: Json | undefined): readonly Json[] => {
  const isTagged = isArray(tags) && tags.some((tag) => isObject(tag) && tag['code'] === SUBSETTED && isOwned(tag));
  return isTagged ? tags : [...(isArray(tags) ? tags : []), { system: SYSTEM, code: SUBSETTED }];
};

function withCodes(present: Json | undefined, codes: readonly string[]): readonly Json[] {
  return [
    ...(isArray(present) ? present.filter((coding) => !isOwned(coding)) : []),
    ...codes.map((code) => ({ system: SYSTEM, code })),
  ];
}

/** `meta` without the codes that the server owns, and without version and time: what a writer may mean by it. */
export function stripOwned(meta: JsonObject): JsonObject {
  const out: Record<string, Json | undefined> = { ...meta };
  delete out['versionId'];
  delete out['lastUpdated'];
  for (const name of ['tag', 'security']) {
    const list = out[name];
    if (!isArray(list)) continue;
    const kept = list.filter((coding) => !isOwned(coding));
    if (kept.length === 0) delete out[name];
    else out[name] = kept;
  }
  return out;
}

function isOwned(coding: Json): boolean {
  if (!isObject(coding)) return false;
  const { system, code } = coding;
  return typeof code === 'string' && OWNED.has(code) && (system === SYSTEM || system === undefined);
}
