/** A plan as an SQL condition on the sequence of a row: every leaf is a probe of an index. */
import { tooCostly } from '../../core/errors.ts';
import type { Plan } from '../../core/plan.ts';
import type { Args } from './database.ts';

/** A plan whose names have been looked up: terms as bytes, resources by sequence, parameters by number. */
export type Resolved =
  | { readonly op: 'every' | 'none' }
  | { readonly op: 'terms'; readonly terms: readonly Uint8Array[] }
  | { readonly op: 'rows'; readonly seqs: readonly number[] }
  | { readonly op: 'references'; readonly parameter: number; readonly uids: readonly Uint8Array[] }
  | { readonly op: 'and' | 'or'; readonly of: readonly Resolved[] }
  | { readonly op: 'not'; readonly of: Resolved };

export interface Sql {
  readonly sql: string;
  readonly args: Args;
}

/** The names that a plan is resolved with, and where its postings lie. */
export interface Names {
  bytes(name: string): Uint8Array;
  /** Sequence of a resource; undefined for an unknown one. */
  seqOf(uid: string): number | undefined;
  /** Undefined for a parameter under which nothing was stored. */
  parameter(name: string): number | undefined;
  /** What the hops of the plan were resolved to beforehand (`hops.ts`). */
  hop(plan: Plan): Resolved;
}

export type PostingTable = 'posting' | 'audit_posting';

// SQLite takes 32,766 variables and an expression depth of 1,000; a query needs neither.
const MAX_LEAVES = 4096;
const MAX_DEPTH = 24;
const FEW_TARGETS = 16;
// More values than these are handed over as one JSON text, which has no limit on variables.
const MOST_VARIABLES = 512;

/** Looks up the names of a plan and joins like leaves of an `or`; refuses plans beyond the bounds. */
export function resolvePlan(plan: Plan, names: Names): Resolved {
  let leaves = 0;
  const resolve = (part: Plan, depth: number): Resolved => {
    if (depth > MAX_DEPTH || ++leaves > MAX_LEAVES)
      throw tooCostly('The search has too many criteria. Use fewer values.');
    switch (part.op) {
      case 'every':
      case 'none':
        return { op: part.op };
      case 'term':
        return { op: 'terms', terms: [names.bytes(part.term)] };
      case 'uid': {
        const seq = names.seqOf(part.uid);
        return seq === undefined ? { op: 'none' } : { op: 'rows', seqs: [seq] };
      }
      case 'reference': {
        const parameter = names.parameter(part.parameter);
        return parameter === undefined
          ? { op: 'none' }
          : { op: 'references', parameter, uids: [names.bytes(part.uid)] };
      }
      case 'refersTo':
      case 'referredBy':
        return names.hop(part);
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
  if (of.op === 'none') return { op: 'every' };
  return of.op === 'not' ? of.of : { op: 'not', of };
}

function allOf(parts: readonly Resolved[]): Resolved {
  const of = parts.flatMap((part) => (part.op === 'and' ? part.of : [part])).filter((part) => part.op !== 'every');
  if (of.some((part) => part.op === 'none')) return { op: 'none' };
  return of.length === 0 ? { op: 'every' } : (only(of) ?? { op: 'and', of });
}

function anyOf(parts: readonly Resolved[]): Resolved {
  const flat = parts.flatMap((part) => (part.op === 'or' ? part.of : [part])).filter((part) => part.op !== 'none');
  if (flat.some((part) => part.op === 'every')) return { op: 'every' };
  const of = joinLeaves(flat);
  return of.length === 0 ? { op: 'none' } : (only(of) ?? { op: 'or', of });
}

const only = (of: readonly Resolved[]): Resolved | undefined => (of.length === 1 ? of[0] : undefined);

function joinLeaves(parts: readonly Resolved[]): readonly Resolved[] {
  const terms = parts.flatMap((part) => (part.op === 'terms' ? part.terms : []));
  const seqs = parts.flatMap((part) => (part.op === 'rows' ? part.seqs : []));
  const references = Map.groupBy(
    parts.flatMap((part) => (part.op === 'references' ? [part] : [])),
    (part) => part.parameter,
  );
  const rest = parts.filter((part) => part.op === 'and' || part.op === 'not');
  return [
    ...(terms.length > 0 ? [{ op: 'terms' as const, terms }] : []),
    ...(seqs.length > 0 ? [{ op: 'rows' as const, seqs }] : []),
    ...[...references].map(([parameter, group]) => ({
      op: 'references' as const,
      parameter,
      uids: group.flatMap((part) => part.uids),
    })),
    ...rest,
  ];
}

/** The condition that `column`, a sequence, satisfies the plan. */
export function condition(plan: Resolved, table: PostingTable, column: string): Sql {
  switch (plan.op) {
    case 'every':
      return { sql: '1', args: [] };
    case 'none':
      return { sql: '0', args: [] };
    case 'terms': {
      const { sql, args } = oneOf('term', plan.terms);
      return { sql: `EXISTS (SELECT 1 FROM ${table} WHERE ${sql} AND seq = ${column})`, args };
    }
    case 'rows':
      return oneOf(column, plan.seqs);
    case 'references': {
      const { sql, args } = oneOf('uid', plan.uids);
      // A row has few references: where many would do, its own are looked through.
      const index = plan.uids.length > FEW_TARGETS ? ' INDEXED BY reference_reverse' : '';
      return {
        sql: `EXISTS (SELECT 1 FROM reference${index} WHERE parameter = ? AND ${sql} AND seq = ${column})`,
        args: [plan.parameter, ...args],
      };
    }
    case 'and': {
      // CASE keeps the order: SQLite might make a join of an EXISTS and start with the dearest.
      const parts = plan.of.toSorted((a, b) => leavesOf(a) - leavesOf(b)).map((part) => condition(part, table, column));
      const sql = parts.map((part) => `WHEN NOT ${part.sql} THEN 0`).join(' ');
      return { sql: `CASE ${sql} ELSE 1 END`, args: parts.flatMap((part) => part.args) };
    }
    case 'or': {
      const parts = plan.of.map((part) => condition(part, table, column));
      return { sql: `(${parts.map((part) => part.sql).join(' OR ')})`, args: parts.flatMap((part) => part.args) };
    }
    case 'not': {
      const { sql, args } = condition(plan.of, table, column);
      return { sql: `NOT ${sql}`, args };
    }
    default:
      return plan satisfies never;
  }
}

function leavesOf(plan: Resolved): number {
  switch (plan.op) {
    case 'every':
    case 'none':
      return 0;
    case 'terms':
      return plan.terms.length;
    case 'rows':
      return plan.seqs.length;
    case 'references':
      return plan.uids.length;
    case 'and':
    case 'or':
      return plan.of.reduce((sum, part) => sum + leavesOf(part), 0);
    case 'not':
      return leavesOf(plan.of);
    default:
      return plan satisfies never;
  }
}

/** `column = ?` or `column IN (…)`, padded to a power of two so that few different statements arise. */
export function oneOf(column: string, values: readonly (Uint8Array | number)[]): Sql {
  const last = values.at(-1);
  if (last === undefined) return { sql: '0', args: [] };
  if (values.length === 1) return { sql: `${column} = ?`, args: [last] };
  if (values.length > MOST_VARIABLES) return oneOfMany(column, values);
  const size = 2 ** Math.ceil(Math.log2(values.length));
  const args = [...values, ...Array<Uint8Array | number>(size - values.length).fill(last)];
  return { sql: `${column} IN (${Array(size).fill('?').join(',')})`, args };
}

function oneOfMany(column: string, values: readonly (Uint8Array | number)[]): Sql {
  const isNumber = typeof values[0] === 'number';
  const texts = values.map((value) => (typeof value === 'number' ? value : Buffer.from(value).toString('hex')));
  const value = isNumber ? 'value' : 'unhex(value)';
  return { sql: `${column} IN (SELECT ${value} FROM json_each(?))`, args: [JSON.stringify(texts)] };
}
