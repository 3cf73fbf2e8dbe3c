/** Criteria as plans over terms. A plan never loses a match; `matches` decides what it cannot. */
import { EVERY, NONE, or, type Plan, type Uid } from '../core/plan.ts';
import type { TermMaker } from '../core/secrets.ts';
import type { Reach } from '../core/view-port.ts';
import { ALWAYS, allOf, anyOf, type Bounds, exactly, NEVER, negate, perhaps } from './bounds.ts';
import { type DateBucket, dateBuckets } from './date-walk.ts';
import { stretchBounds } from './params/date.ts';
import type { BoundsContext } from './params/parameter-type.ts';
import { parameterType } from './params/registry.ts';
import { withinBudget } from './plan-budget.ts';
import type { Criterion, ParamValue, SearchParameter, SortKey } from './query.ts';
import {
  identifierParameter,
  OVERFLOW,
  PRESENT,
  referenceParameter,
  rowParameter,
  rowReference,
} from './term-names.ts';

export interface PlanContext {
  readonly terms: TermMaker;
  /** What an id in a query stands for: the resource's uid, or that of a pseudonym; undefined for none. */
  readonly uidOf: (type: string, id: string) => Uid | undefined;
}

/** A criterion with what its caller's view lets it be answered over. */
export interface Asked {
  readonly criterion: Criterion;
  readonly reach: Reach;
}

/** Rows that may meet a criterion: all that do, and some that `matches` must rule out. */
export const planCriterion = (context: PlanContext, criterion: Criterion, reach: Reach): Plan =>
  boundCriterion(context, { criterion, reach }).possible;

/** Rows that meet a criterion for certain: a count need not open them. */
export const planCertain = (context: PlanContext, criterion: Criterion, reach: Reach): Plan =>
  boundCriterion(context, { criterion, reach }).certain;

/** All criteria together; two that ask for a stretch of time become one. Throws 403 where they ask for too much. */
export function boundCriteria(unbounded: PlanContext, asked: readonly Asked[]): Bounds {
  const context = withinBudget(unbounded);
  const rest = [...asked];
  const bounds: Bounds[] = [];
  for (let next = rest.shift(); next; next = rest.shift()) {
    const found = stretchWith(context, next, rest);
    if (found) rest.splice(found.index, 1);
    bounds.push(found?.bounds ?? boundCriterion(context, next));
  }
  return allOf(bounds);
}

/** The rows of a date parameter in buckets of time, for an order by it. */
export const planDateOrder = (context: PlanContext, { param, direction }: SortKey): readonly DateBucket[] =>
  dateBuckets(searchBoundsContext(context, { param }, 'whole'), direction);

/** Whether the terms decide a criterion by themselves, so that nothing needs to be opened for it. */
export function decidedByTerms(criterion: Criterion): boolean {
  const { possible, certain } = boundCriterion(BY_NAME, { criterion, reach: 'whole' });
  return JSON.stringify(possible) === JSON.stringify(certain);
}

/**
 * Whether a criterion's terms say too little, so that a bound on the candidates that the others leave must hold
 * (CONTRACT.md "strings"): less than two letters, `:contains`, or `:text`, `_text` and `_content`, for which nothing is indexed.
 */
export const needsBound = ({ modifier, values }: Criterion): boolean =>
  values.some(
    (value) =>
      value.kind === 'words' ||
      (value.kind === 'string' &&
        (modifier === 'contains' || modifier === 'text' || (modifier !== 'exact' && [...value.normal].length < 2))),
  );

/**
 * A criterion over row terms alone, for a role's `where`: exact, and made of `term`, `and`, `or`, `not`. Undefined
 * for a criterion that row terms do not decide. Its parameter must be among the indexer's `rowParameters`.
 */
export function planRow(context: PlanContext, criterion: Criterion): Plan | undefined {
  const { kind } = criterion.param;
  const isOffered = (kind === 'token' || kind === 'reference' || kind === 'uri') && criterion.modifier !== 'identifier';
  if (!isOffered) return undefined;
  const { param } = criterion;
  const bounds = valuesBounds(criterion, {
    ...rowBoundsContext(context, param),
    ...(criterion.modifier ? { modifier: criterion.modifier } : {}),
  });
  return JSON.stringify(bounds.possible) === JSON.stringify(bounds.certain) ? bounds.possible : undefined;
}

// What a caller sees of `meta.security` follows from what it sees of the rest (ADR 0014), so that terms never decide it.
const isDerived = ({ code }: SearchParameter): boolean => code === '_security';

// Terms by their names: for looking at a plan without keys.
const BY_NAME: PlanContext = {
  terms: { term: (...parts) => JSON.stringify(parts), uid: (type, id) => `${type}/${id}` },
  uidOf: (type, id) => `${type}/${id}`,
};

function boundCriterion(context: PlanContext, { criterion, reach }: Asked): Bounds {
  // The guard refuses these; here nothing is the answer, never everything.
  if (reach !== 'whole' && (criterion.modifier === 'not' || criterion.modifier === 'missing')) return NEVER;
  return valuesBounds(criterion, searchBoundsContext(context, criterion, reach));
}

function valuesBounds(criterion: Criterion, context: BoundsContext): Bounds {
  const any = anyOf(criterion.values.map((value) => valueBounds(criterion.param, value, context)));
  return criterion.modifier === 'not' ? negate(any) : any;
}

function valueBounds(param: SearchParameter, value: ParamValue, context: BoundsContext): Bounds {
  if (value.kind !== 'missing') return parameterType(param.kind).bounds(value, context);
  // Every resource has an id.
  if (param.kind === 'id') return value.missing ? NEVER : ALWAYS;
  const isExact = !param.narrows && param.expression.kind === 'paths' && !isDerived(param);
  const present = isExact ? exactly(context.present) : presence(param, context);
  return value.missing ? negate(present) : present;
}

// What a yes-or-no expression gives is always there; of the terms of a wider parameter some may be its own.
const presence = (param: SearchParameter, context: BoundsContext): Bounds =>
  param.narrows || isDerived(param) ? perhaps(context.present) : ALWAYS;

function searchBoundsContext(
  context: PlanContext,
  { param, modifier }: Pick<Criterion, 'param' | 'modifier'>,
  reach: Reach,
): BoundsContext {
  const { terms, uidOf } = context;
  const classes = reach === 'whole' ? param.itemClasses : param.itemClasses.filter((name) => reach.includes(name));
  const codes = modifier === 'identifier' ? param.indexes.map(identifierParameter) : param.indexes;
  const term = (value: string): Plan =>
    or(
      codes.flatMap((code) =>
        classes.map((name) => ({ op: 'term', term: terms.term(param.type, code, name, value) }) as const),
      ),
    );
  const overflow = param.single ? [] : [term(OVERFLOW)];
  return {
    param,
    ...(modifier ? { modifier } : {}),
    term,
    values: (values) => {
      const found = or(values.map(term));
      return { possible: or([found, ...overflow]), certain: param.narrows || isDerived(param) ? NONE : found };
    },
    reference: (type, id) => {
      const uid = uidOf(type, id);
      if (uid === undefined) return or([]);
      return or(
        param.indexes.map((code) => ({ op: 'reference', parameter: referenceParameter(param, code), uid }) as const),
      );
    },
    resource: (id) => {
      const uid = uidOf(param.type, id);
      return uid === undefined ? or([]) : { op: 'uid', uid };
    },
    // Whether a row has items at all is not told over some classes of them.
    present:
      reach === 'whole' && param.expression.kind === 'paths'
        ? or(param.indexes.map((code) => ({ op: 'term', term: terms.term(param.type, code, '', PRESENT) })))
        : EVERY,
    part: (other) => searchBoundsContext(context, { param: other }, reach),
  };
}

function rowBoundsContext({ terms, uidOf }: PlanContext, param: SearchParameter): BoundsContext {
  const code = rowParameter(param.code);
  const term = (value: string): Plan =>
    or(param.itemClasses.map((name) => ({ op: 'term', term: terms.term(param.type, code, name, value) }) as const));
  return {
    param,
    term,
    values: (values) => exactly(or(values.map(term))),
    reference: (type, id) => {
      const uid = uidOf(type, id);
      return uid === undefined ? or([]) : term(rowReference(uid));
    },
    resource: () => or([]),
    present: { op: 'term', term: terms.term(param.type, code, '', PRESENT) },
    part: (other) => rowBoundsContext({ terms, uidOf }, other),
  };
}

function stretchWith(
  context: PlanContext,
  { criterion, reach }: Asked,
  rest: readonly Asked[],
): { readonly index: number; readonly bounds: Bounds } | undefined {
  const one = dateValue(criterion);
  if (!one || reach !== 'whole') return undefined;
  const boundsContext = searchBoundsContext(context, criterion, reach);
  for (const [index, other] of rest.entries()) {
    const two = dateValue(other.criterion);
    if (!two || other.criterion.param !== criterion.param || other.reach !== 'whole') continue;
    const bounds = stretchBounds(one, two, boundsContext) ?? stretchBounds(two, one, boundsContext);
    if (bounds) return { index, bounds };
  }
  return undefined;
}

function dateValue({ values, modifier }: Criterion): Extract<ParamValue, { kind: 'date' }> | undefined {
  const [value, ...more] = values;
  return value?.kind === 'date' && modifier === undefined && more.length === 0 ? value : undefined;
}
