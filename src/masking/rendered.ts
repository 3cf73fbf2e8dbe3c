/** An AuditEvent, rendered from the log, through its reader's views. */
import type { Masked } from '../core/brands.ts';
import type { ResourceJson } from '../core/json.ts';
import { type Seeing, seeMembers } from './see.ts';

/** The text that leaves; `id` and `meta` are the renderer's own. */
export function maskRendered(resource: ResourceJson, seeing: Seeing): Masked<{ readonly text: string }> {
  const { resourceType, id, meta } = resource;
  const head = { resourceType, ...(id === undefined ? {} : { id }), ...(meta === undefined ? {} : { meta }) };
  return { text: JSON.stringify({ ...head, ...seeMembers(resource, seeing) }) } as Masked<{ text: string }>;
}
