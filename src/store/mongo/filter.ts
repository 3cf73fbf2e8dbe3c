/** A plan as MongoDB reads it: names looked up, and the part that only filters as one `$expr` that no index tempts. */
import type { Document } from 'mongodb';
import { tooCostly } from '../../core/errors.ts';
import type { Plan } from '../../core/plan.ts';
import { nameBytes, referenceName } from './documents.ts';

/** A plan over bytes: a name stands in the list of names, a uid is the row itself. */
export type Resolved =
  | { readonly op: 'every' | 'none' }
  | { readonly op: 'names' | 'uids'; readonly of: readonly Uint8Array[] }
  | { readonly op: 'and' | 'or'; readonly of: readonly Resolved[] }
  | { readonly op: 'not'; readonly of: Resolved };

const MAX_LEAVES = 4096;
const MAX_DEPTH = 24;

/** Looks up the names of a plan, its hops resolved beforehand (`hops.ts`), and joins like leaves of an `or`; refuses plans beyond the bounds. */
export function resolvePlan(plan: Plan, hop: (plan: Plan) => Resolved): Resolved {
  let leaves = 0;
  const resolve = (part: Plan, depth: number): Resolved => {
    if (depth > MAX_DEPTH || ++leaves > MAX_LEAVES)
      throw tooCostly('The search has too many criteria. Use fewer values.');
    switch (part.op) {
      case 'every':
      case 'none':
        return { op: part.op };
      case 'term':
        return { op: 'names', of: [nameBytes(part.term)] };
      case 'uid':
        return { op: 'uids', of: [nameBytes(part.uid)] };
      case 'reference':
        return { op: 'names', of: [referenceName(part.parameter, part.uid)] };
      case 'refersTo':
      case 'referredBy':
        return hop(part);
      case 'and':
        return allOf(part.of.map((one) => resolve(one, depth + 1)));
      case 'or':
        return anyOf(part.of.map((one) => resolve(one, depth + 1)));
      case 'not':
        return negation(resolve(part.of, depth + 1));
      default:
        return part satisfies never;
    }
  };
  return resolve(plan, 0);
}

function negation(of: Resolved): Resolved {
  if (of.op === 'every') return { op: 'none' };
  return of.op === 'none' ? { op: 'every' } : { op: 'not', of };
}

function allOf(parts: readonly Resolved[]): Resolved {
  const of = parts.flatMap((part) => (part.op === 'and' ? part.of : [part])).filter((part) => part.op !== 'every');
  if (of.some((part) => part.op === 'none')) return { op: 'none' };
  const [first] = of;
  return first === undefined ? { op: 'every' } : of.length === 1 ? first : { op: 'and', of };
}

function anyOf(parts: readonly Resolved[]): Resolved {
  const flat = parts.flatMap((part) => (part.op === 'or' ? part.of : [part])).filter((part) => part.op !== 'none');
  if (flat.some((part) => part.op === 'every')) return { op: 'every' };
  const leaves = (['names', 'uids'] as const).flatMap((op): readonly Resolved[] => {
    const of = flat.flatMap((part) => (part.op === op ? part.of : []));
    return of.length === 0 ? [] : [{ op, of }];
  });
  const of = [...leaves, ...flat.filter((part) => part.op === 'and' || part.op === 'not')];
  const [first] = of;
  return first === undefined ? { op: 'none' } : of.length === 1 ? first : { op: 'or', of };
}

/** Whether a document satisfies the plan, as an aggregation expression over `names` (here of that name) and `_id`. */
export function expression(plan: Resolved, field: string): Document | boolean {
  switch (plan.op) {
    case 'every':
      return true;
    case 'none':
      return false;
    case 'names': {
      const [first] = plan.of;
      if (plan.of.length === 1 && first) return { $in: [first, `$${field}`] };
      return { $gt: [{ $size: { $setIntersection: [`$${field}`, plan.of] } }, 0] };
    }
    case 'uids':
      return { $in: ['$_id', plan.of] };
    case 'and':
      return { $and: plan.of.map((part) => expression(part, field)) };
    case 'or':
      return { $or: plan.of.map((part) => expression(part, field)) };
    case 'not':
      return { $not: [expression(plan.of, field)] };
    default:
      return plan satisfies never;
  }
}
