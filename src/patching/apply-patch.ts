/** Applies a patch of either language to a resource as its caller sees it. */
import type { Json, ResourceJson } from '../core/json.ts';
import type { PatchDocument } from '../core/request.ts';
import type { Definitions } from '../definitions/types.ts';
import { withoutEmpty } from './edit.ts';
import { applyFhirPathPatch } from './fhirpath-patch.ts';
import { applyJsonPatch } from './json-patch.ts';

/** The edited resource, which may be anything; what the patch emptied is gone. Throws 422 naming the operation. */
export type ApplyPatch = (seen: ResourceJson, patch: PatchDocument) => Json;

/** Makes the function; it knows the resource that it is given, and nothing else. */
export function createApplyPatch(definitions: Definitions): ApplyPatch {
  return (seen, patch) => {
    switch (patch.kind) {
      case 'json-patch':
        return withoutEmpty(applyJsonPatch(seen, patch.operations));
      case 'fhirpath-patch':
        return withoutEmpty(applyFhirPathPatch(definitions, seen, patch.parameters));
      default:
        return patch satisfies never;
    }
  };
}
