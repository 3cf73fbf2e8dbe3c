/** R4 patch (http.html#patch): the resource as the caller sees it, patched, and from then on an update. */
import { badRequest, FhirError, forbidden, gone, unprocessable } from '../core/errors.ts';
import { isArray, isObject, type Json, type JsonObject, member, type ResourceJson } from '../core/json.ts';
import { parseJson } from '../core/parse-json.ts';
import type { OpenRecord } from '../core/record.ts';
import type { FhirRequest } from '../core/request.ts';
import { refuseInvalid } from './create.ts';
import type { InteractionContext, Proposal } from './proposal.ts';
import { findVisible } from './read.ts';
import { proposeNext, refuseOutOfDate } from './update.ts';

/** Bytes of a patched resource: as for one that is sent whole. */
const MAX_BYTES = 1024 * 1024;

/** Applies the patch to what the caller sees; what it does not see can be neither tested, copied nor removed. */
export async function patch(context: InteractionContext, request: FhirRequest): Promise<Proposal> {
  if (!request.patch) throw badRequest('A patch needs a body.');
  const record = await findVisible(context, request.id ?? '');
  if (record.deleted) throw gone();
  refuseOutOfDate(request, record);
  const seen = seenBy(context, record);
  const patched = context.applyPatch(seen, request.patch);
  const body = asResource(patched);
  if (body['id'] !== seen.id) throw badRequest('A patch may not change the id.');
  refuseInvalid(context, body, request.type);
  return proposeNext(context, request, { previous: record, body: withRemovedMeta(seen, body), status: 200 });
}

// Decided by role and scopes: who may not read has nothing that a patch could be applied to.
function seenBy(context: InteractionContext, record: OpenRecord): ResourceJson {
  const shown = context.access.show(record);
  if (!shown) throw forbidden('A patch is applied to what you may read, and you may not read this. Use an update.');
  const parsed = parseJson(shown.text.text);
  if (!parsed.ok || !isObject(parsed.value)) throw new Error('a masked resource is a JSON object');
  return { ...parsed.value, resourceType: record.type, id: shown.id };
}

function asResource(patched: Json): JsonObject {
  const text = JSON.stringify(patched);
  if (Buffer.byteLength(text) > MAX_BYTES) {
    const diagnostics = `The patched resource would be larger than ${MAX_BYTES / 1024} KiB.`;
    throw new FhirError(413, [{ severity: 'error', code: 'too-long', diagnostics }]);
  }
  if (isObject(patched)) return patched;
  throw unprocessable([{ severity: 'error', code: 'structure', diagnostics: 'A patch must leave a resource.' }]);
}

const META_LISTS = ['profile', 'security', 'tag'];

// An update keeps the lists of `meta` that it does not mention (R4 http.html#update); a patch that removed one said so.
function withRemovedMeta(seen: ResourceJson, body: JsonObject): JsonObject {
  const before = metaOf(seen);
  const after = metaOf(body);
  const removed = META_LISTS.filter((name) => isArray(member(before, name)) && member(after, name) === undefined);
  if (removed.length === 0) return body;
  return { ...body, meta: { ...after, ...Object.fromEntries(removed.map((name) => [name, []])) } };
}

function metaOf(resource: JsonObject): JsonObject {
  const meta = member(resource, 'meta');
  return isObject(meta) ? meta : {};
}
