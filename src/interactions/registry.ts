/** The interactions that this server offers; a new one is a file and a row. */
import type { Interaction } from '../core/request.ts';
import { create } from './create.ts';
import { deleteResource } from './delete.ts';
import { patch } from './patch.ts';
import type { InteractionRun } from './proposal.ts';
import { read } from './read.ts';
import { update } from './update.ts';
import { vread } from './vread.ts';

/** Interactions on one resource; searches and histories have contexts of their own. */
export const RESOURCE_INTERACTIONS = {
  read,
  vread,
  create,
  update,
  patch,
  delete: deleteResource,
} as const satisfies Partial<Record<Interaction, InteractionRun>>;

export type ResourceInteraction = keyof typeof RESOURCE_INTERACTIONS;

/** Everything that has a route. */
export const OFFERED: ReadonlySet<Interaction> = new Set<Interaction>([
  ...(Object.keys(RESOURCE_INTERACTIONS) as ResourceInteraction[]),
  'search-type',
  'history-instance',
  'history-type',
]);
