/** Semi-joins: the rows of a hop, found first, become names or rows of the plan that holds it. */
import type { ClientSession, Document } from 'mongodb';
import { tooCostly } from '../../core/errors.ts';
import { type Hop, MOST_HOP_ROWS, type Plan } from '../../core/plan.ts';
import { nameOf, type ResourceDoc, referenceName, referredUid } from './documents.ts';
import { type Resolved, resolvePlan } from './filter.ts';

type HopPlan = Extract<Plan, { readonly op: 'refersTo' | 'referredBy' }>;

const TOO_MANY = MOST_HOP_ROWS + 1;
const NAMES = { names: 1 } as const;
const UID_ONLY = { _id: 1 } as const;

/** The live rows of a type that satisfy a plan whose hops are known. */
export type FindRows = (
  query: { readonly type: string; readonly plan: Resolved; readonly limit: number; readonly projection: Document },
  session: ClientSession | undefined,
) => Promise<readonly Pick<ResourceDoc, '_id' | 'names'>[]>;

/** Looks up the names of plans, their semi-joins too, in the eyes of a transaction where one is given. */
export function createPlanResolver(find: FindRows) {
  return async (where: Plan, session?: ClientSession): Promise<Resolved> => {
    const hops = new Map<Plan, Resolved>();
    const resolved = (plan: Plan): Resolved => resolvePlan(plan, (hop) => hops.get(hop) ?? { op: 'none' });
    const rowsOf = async ({ type, where: plan }: Hop, projection: Document) => {
      const rows = await find({ type, plan: resolved(plan), limit: TOO_MANY, projection }, session);
      if (rows.length < TOO_MANY) return rows;
      throw tooCostly('A chain or _has leads over too many resources. Add or narrow a criterion at its end.');
    };
    for (const plan of hopsIn(where)) {
      if (plan.op === 'refersTo') {
        const rows = await rowsOf(plan.to, UID_ONLY);
        hops.set(
          plan,
          listed(
            'names',
            rows.map(({ _id }) => referenceName(plan.parameter, nameOf(_id))),
          ),
        );
      } else {
        const rows = await rowsOf(plan.from, NAMES);
        const uids = rows.flatMap(({ names }) => names.flatMap((name) => referredUid(plan.parameter, name) ?? []));
        hops.set(plan, listed('uids', [...new Map(uids.map((uid) => [nameOf(uid), uid])).values()]));
      }
    }
    return resolved(where);
  };
}

const listed = (op: 'names' | 'uids', of: readonly Uint8Array[]): Resolved =>
  of.length === 0 ? { op: 'none' } : { op, of };

// The semi-joins of a plan, innermost first, so that what a hop leads over itself is known.
function* hopsIn(plan: Plan): Generator<HopPlan> {
  if (plan.op === 'not') yield* hopsIn(plan.of);
  if (plan.op === 'and' || plan.op === 'or') for (const part of plan.of) yield* hopsIn(part);
  if (plan.op === 'refersTo') yield* hopsIn(plan.to.where);
  if (plan.op === 'referredBy') yield* hopsIn(plan.from.where);
  if (plan.op === 'refersTo' || plan.op === 'referredBy') yield plan;
}
