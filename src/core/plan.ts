/** What a record store is asked: opaque terms, never values (DESIGN.md idea 3). */

/** 128 bits of an HMAC as base64url, 22 characters. */
export type Term = string;

/** A resource's name on disk: 128 bits of an HMAC over type and id, as base64url. */
export type Uid = string;

/** A boolean expression over the postings of one resource type. */
export type Plan =
  | { readonly op: 'every' }
  | { readonly op: 'none' }
  | { readonly op: 'term'; readonly term: Term }
  | { readonly op: 'uid'; readonly uid: Uid }
  /** Rows whose reference under `parameter` (`Observation.subject`) names `uid`. */
  | { readonly op: 'reference'; readonly parameter: string; readonly uid: Uid }
  /** Rows whose reference under `parameter` names one of these rows. */
  | { readonly op: 'refersTo'; readonly parameter: string; readonly to: Hop }
  /** Rows that one of these rows names under `parameter` (`Observation.subject`, where they are Observations). */
  | { readonly op: 'referredBy'; readonly parameter: string; readonly from: Hop }
  | { readonly op: 'and' | 'or'; readonly of: readonly Plan[] }
  | { readonly op: 'not'; readonly of: Plan };

/** The rows at the other end of a semi-join: current, undeleted, of one type. May hold semi-joins itself. */
export interface Hop {
  readonly type: string;
  readonly where: Plan;
}

/** So many rows a hop may have; a store rejects a plan with a larger one, 403 `too-costly` (CONTRACT.md). */
export const MOST_HOP_ROWS = 10_000;

/** A page of current, undeleted rows of a type, newest creation first. */
export interface RowQuery {
  readonly type: string;
  readonly where: Plan;
  /** Rows created before this one; a uid that no longer exists finds nothing. */
  readonly after?: Uid;
  readonly limit: number;
}

/** The current, undeleted rows of a type that satisfy a plan, newest creation first, without what they hold. */
export interface CandidateQuery {
  readonly type: string;
  readonly where: Plan;
  readonly limit: number;
}

/** A page of current, undeleted rows of a type by their last change; ties newest creation first. */
export interface ChangeQuery extends CandidateQuery {
  readonly order: 'oldest-first' | 'newest-first';
  /** Rows that come after this place in the order. */
  readonly after?: { readonly lastUpdated: number; readonly seq: number };
}

/**
 * Versions of one resource or of a type, newest first: by time, then the newest creation first, then the highest
 * version. One is there when its own row terms and those of the current version satisfy `where`; a deletion carries the
 * row terms of the version before it.
 */
export interface HistoryQuery {
  readonly of: { readonly uid: Uid } | { readonly type: string };
  /** Made of `term` under and, or and not. */
  readonly where: Plan;
  /** Made at this time or later; milliseconds since 1970. */
  readonly since?: number;
  /** Current at some time from `from` up to `to`, which is not included; deletions count. */
  readonly at?: { readonly from: number; readonly to: number };
}

/** One version of a resource. */
export interface VersionRef {
  readonly uid: Uid;
  readonly version: number;
}

/** A page of a history. */
export interface HistoryPage extends HistoryQuery {
  /** What follows this version; one that no longer exists finds nothing. */
  readonly after?: VersionRef;
  readonly limit: number;
}

/** Every row. */
export const EVERY: Plan = { op: 'every' };
/** No row: what an emptied filter means (STYLE.md 18). */
export const NONE: Plan = { op: 'none' };

/** All of them; none given means every row. */
export function and(of: readonly Plan[]): Plan {
  if (of.some((plan) => plan.op === 'none')) return NONE;
  const rest = of.filter((plan) => plan.op !== 'every');
  return single(rest) ?? (rest.length === 0 ? EVERY : { op: 'and', of: rest });
}

/** Any of them; none given means no row. */
export function or(of: readonly Plan[]): Plan {
  if (of.some((plan) => plan.op === 'every')) return EVERY;
  const rest = of.filter((plan) => plan.op !== 'none');
  return single(rest) ?? (rest.length === 0 ? NONE : { op: 'or', of: rest });
}

/** All others. */
export function not(of: Plan): Plan {
  if (of.op === 'every') return NONE;
  return of.op === 'none' ? EVERY : { op: 'not', of };
}

/** One term. */
export const term = (value: Term): Plan => ({ op: 'term', term: value });

/** Rows that refer to these. */
export const refersTo = (parameter: string, to: Hop): Plan =>
  to.where.op === 'none' ? NONE : { op: 'refersTo', parameter, to };

/** Rows that these refer to. */
export const referredBy = (parameter: string, from: Hop): Plan =>
  from.where.op === 'none' ? NONE : { op: 'referredBy', parameter, from };

/** Whether a plan looks at other rows than those that it selects. */
export function hasHops(plan: Plan): boolean {
  if (plan.op === 'refersTo' || plan.op === 'referredBy') return true;
  if (plan.op === 'not') return hasHops(plan.of);
  return (plan.op === 'and' || plan.op === 'or') && plan.of.some(hasHops);
}

/** What a row is found by: its name, its terms, and its references as `parameter uid`. */
export interface PlanRow {
  readonly uid: Uid;
  readonly terms: ReadonlySet<Term>;
  readonly references: ReadonlySet<string>;
}

/** Whether a row answers a plan: for rows that are in no store yet, by plans without hops. */
export function answers(plan: Plan, row: PlanRow): boolean {
  switch (plan.op) {
    case 'every':
      return true;
    case 'none':
      return false;
    case 'term':
      return row.terms.has(plan.term);
    case 'uid':
      return row.uid === plan.uid;
    case 'reference':
      return row.references.has(`${plan.parameter} ${plan.uid}`);
    case 'and':
      return plan.of.every((part) => answers(part, row));
    case 'or':
      return plan.of.some((part) => answers(part, row));
    case 'not':
      return !answers(plan.of, row);
    case 'refersTo':
    case 'referredBy':
      throw new Error(`a row that is in no store cannot answer ${plan.op}`);
    default:
      return plan satisfies never;
  }
}

const single = (of: readonly Plan[]): Plan | undefined => (of.length === 1 ? of[0] : undefined);

/**
 * Whether a record with these row terms passes a row filter. Filters are made of `term` alone under and, or and
 * not; any other operator is refused here as it would be a hole.
 */
export function admits(filter: Plan, rowTerms: ReadonlySet<Term>): boolean {
  switch (filter.op) {
    case 'every':
      return true;
    case 'none':
      return false;
    case 'term':
      return rowTerms.has(filter.term);
    case 'and':
      return filter.of.every((part) => admits(part, rowTerms));
    case 'or':
      return filter.of.some((part) => admits(part, rowTerms));
    case 'not':
      return !admits(filter.of, rowTerms);
    case 'uid':
    case 'reference':
    case 'refersTo':
    case 'referredBy':
      throw new Error(`a row filter cannot hold ${filter.op}`);
    default:
      return filter satisfies never;
  }
}

/** A term that every row of the plan has; undefined where there is none. */
export function requiredTerm(plan: Plan): Term | undefined {
  if (plan.op === 'term') return plan.term;
  if (plan.op !== 'and') return undefined;
  for (const part of plan.of) {
    const found = requiredTerm(part);
    if (found !== undefined) return found;
  }
  return undefined;
}
