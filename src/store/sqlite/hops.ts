/** Semi-joins: the rows of a hop, found first, become rows or references of the plan that holds it. */
import { tooCostly } from '../../core/errors.ts';
import { MOST_HOP_ROWS, type Plan } from '../../core/plan.ts';
import { oneOf, type Resolved, resolvePlan, type Sql } from './condition.ts';
import { blob, type Database, integer } from './database.ts';
import type { Driver } from './driver.ts';
import { nameBytes } from './names.ts';
import type { ParameterNames } from './parameters.ts';
import { passing, walk } from './walk.ts';

type HopPlan = Extract<Plan, { readonly op: 'refersTo' | 'referredBy' }>;

/** So many references are made a list of rows to walk; where there are more, a walk of the type meets them soon. */
const MOST_LISTED = 20_000;
const FEW_TARGETS = 64;
const TOO_MANY = MOST_HOP_ROWS + 1;
const ALL = { low: 0, high: Number.MAX_SAFE_INTEGER };

export interface PlanResolver {
  /** Others may run between the slices of a hop. */
  resolve(where: Plan): Promise<Resolved>;
  /** One statement a hop, so it may stand in a transaction. */
  resolveAtOnce(where: Plan): Resolved;
}

/** Looks up the names of plans, their semi-joins too; `driverFor` says how rows of a type are walked. */
export function createPlanResolver(
  db: Database,
  parameters: Pick<ParameterNames, 'find'>,
  driverFor: (type: string, plan: Resolved) => Driver | undefined,
): PlanResolver {
  const resolved = (where: Plan, hops: ReadonlyMap<Plan, Resolved>): Resolved =>
    resolvePlan(where, {
      bytes: nameBytes,
      seqOf: (uid) => seqOf(db, uid),
      parameter: parameters.find,
      hop: (plan) => hops.get(plan) ?? { op: 'none' },
    });
  const driverOf = (plan: HopPlan, hops: ReadonlyMap<Plan, Resolved>): Driver | undefined => {
    const { type, where } = plan.op === 'refersTo' ? plan.to : plan.from;
    return driverFor(type, resolved(where, hops));
  };
  return {
    resolve: async (where) => {
      const hops = new Map<Plan, Resolved>();
      for (const plan of hopsIn(where)) {
        const driver = driverOf(plan, hops);
        const seqs: number[] = [];
        const take = (slice: Sql): 'enough' | 'more' => {
          seqs.push(...seqsOf(db, slice, TOO_MANY - seqs.length));
          return seqs.length < TOO_MANY ? 'more' : 'enough';
        };
        if (driver) await walk(db, driver, ALL, take);
        hops.set(plan, resolveHop(db, parameters, plan, seqs));
      }
      return resolved(where, hops);
    },
    resolveAtOnce: (where) => {
      const hops = new Map<Plan, Resolved>();
      for (const plan of hopsIn(where)) {
        const driver = driverOf(plan, hops);
        hops.set(plan, resolveHop(db, parameters, plan, driver ? seqsOf(db, passing(driver, ALL), TOO_MANY) : []));
      }
      return resolved(where, hops);
    },
  };
}

/** Sequence of a resource; undefined for an unknown one. */
export function seqOf(db: Database, uid: string): number | undefined {
  const row = db.get('SELECT seq FROM resource WHERE uid = ?', [nameBytes(uid)]);
  return row && integer(row, 'seq');
}

const seqsOf = (db: Database, { sql, args }: Sql, limit: number): readonly number[] =>
  db.all(`${sql} LIMIT ?`, [...args, limit]).map((row) => integer(row, 'seq'));

// The semi-joins of a plan, innermost first, so that what a hop leads over itself is known.
function* hopsIn(plan: Plan): Generator<HopPlan> {
  if (plan.op === 'not') yield* hopsIn(plan.of);
  if (plan.op === 'and' || plan.op === 'or') for (const part of plan.of) yield* hopsIn(part);
  if (plan.op === 'refersTo') yield* hopsIn(plan.to.where);
  if (plan.op === 'referredBy') yield* hopsIn(plan.from.where);
  if (plan.op === 'refersTo' || plan.op === 'referredBy') yield plan;
}

// What a semi-join is where its hop has these rows; throws 403 where they are too many.
function resolveHop(
  db: Database,
  parameters: Pick<ParameterNames, 'find'>,
  plan: HopPlan,
  seqs: readonly number[],
): Resolved {
  if (seqs.length >= TOO_MANY) {
    throw tooCostly('A chain or _has leads over too many resources. Add or narrow a criterion at its end.');
  }
  const parameter = parameters.find(plan.parameter);
  if (parameter === undefined || seqs.length === 0) return { op: 'none' };
  return plan.op === 'refersTo' ? referring(db, parameter, seqs) : rows(named(db, parameter, seqs));
}

const rows = (seqs: readonly number[]): Resolved => (seqs.length === 0 ? { op: 'none' } : { op: 'rows', seqs });

function referring(db: Database, parameter: number, seqs: readonly number[]): Resolved {
  const { sql, args } = oneOf('seq', seqs);
  const uids = db.all(`SELECT uid FROM resource WHERE ${sql}`, args).map((row) => blob(row, 'uid'));
  if (uids.length <= FEW_TARGETS) return { op: 'references', parameter, uids };
  const found = oneOf('uid', uids);
  const listed = db.all(`SELECT seq FROM reference WHERE parameter = ? AND ${found.sql} LIMIT ?`, [
    parameter,
    ...found.args,
    MOST_LISTED + 1,
  ]);
  if (listed.length > MOST_LISTED) return { op: 'references', parameter, uids };
  return rows([...new Set(listed.map((row) => integer(row, 'seq')))]);
}

// What lies at the end of a row's own references.
function named(db: Database, parameter: number, seqs: readonly number[]): readonly number[] {
  const { sql, args } = oneOf('f.seq', seqs);
  const select = `SELECT DISTINCT r.seq FROM reference f INDEXED BY reference_reverse
    CROSS JOIN resource r ON r.uid = f.uid WHERE ${sql} AND f.parameter = ?`;
  return db.all(select, [...args, parameter]).map((row) => integer(row, 'seq'));
}
