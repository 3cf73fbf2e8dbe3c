/** Chooses what a query walks: the index ranges of its most selective criterion, found by bounded probes. */
import type { SQLInputValue } from 'node:sqlite';
import { condition, oneOf, type PostingTable, type Resolved, type Sql } from './condition.ts';
import type { Database } from './database.ts';

/** One ordered range of an index that gives sequences; `where` lacks only the bounds on `seq`. */
export interface Range {
  readonly from: string;
  readonly where: string;
  readonly args: readonly SQLInputValue[];
}

/** What the query walks, newest first, and what each row found there must still satisfy. */
export interface Driver {
  /** Ranges that hold every row of the answer, and maybe others. */
  readonly ranges: readonly Range[];
  /** The same ranges in fewer selects. */
  readonly selects: readonly Range[];
  /** The ranges hold fewer sequences than this, where that was probed. */
  readonly size?: number;
  /** Condition on `d.seq`. */
  readonly filter: Sql;
}

/** The tables that a kind of query reads. */
export interface Source {
  readonly db: Database;
  readonly postings: PostingTable;
  /** Every row that there is. */
  readonly every: Range;
  /** A range of these sequences alone. */
  readonly rows: (seqs: readonly number[]) => Range;
}

interface Candidate {
  readonly ranges: readonly Range[];
  readonly selects: readonly Range[];
  /** Whether each row of the ranges satisfies the criterion. */
  readonly exact: boolean;
}

const MOST_RANGES = 256;
const CAPS = [16, 64, 256, 1024, 4096];

/** The driver of a plan; every row of the source when no criterion can be walked. */
export function chooseDriver(source: Source, plan: Resolved): Driver {
  const criteria = plan.op === 'and' ? plan.of : [plan];
  const candidates = criteria.map((criterion) => candidateOf(source, criterion));
  const chosen = mostSelective(source.db, candidates);
  const candidate = chosen && candidates[chosen.at];
  const rest = criteria.filter((_, i) => i !== chosen?.at || !candidate?.exact);
  const filter = condition(rest.length === 0 ? { op: 'every' } : { op: 'and', of: rest }, source.postings, 'd.seq');
  return {
    ranges: candidate?.ranges ?? [source.every],
    selects: candidate?.selects ?? [source.every],
    ...(chosen?.size === undefined ? {} : { size: chosen.size }),
    filter,
  };
}

function candidateOf(source: Source, plan: Resolved): Candidate | undefined {
  switch (plan.op) {
    case 'terms': {
      const range = rangeOf(source.postings, 'term', []);
      return { ranges: plan.terms.map((term) => range([term])), selects: [range(plan.terms)], exact: true };
    }
    case 'references': {
      // Where so many would do, the rows are walked and their own references looked at.
      if (plan.uids.length > MOST_RANGES) return undefined;
      const range = rangeOf('reference', 'uid', [plan.parameter]);
      return { ranges: plan.uids.map((uid) => range([uid])), selects: [range(plan.uids)], exact: true };
    }
    case 'rows': {
      const range = source.rows(plan.seqs);
      return { ranges: [range], selects: [range], exact: true };
    }
    case 'or':
      return unionOf(plan.of.map((part) => candidateOf(source, part)));
    case 'and': {
      const candidates = plan.of.map((part) => candidateOf(source, part));
      const best = mostSelective(source.db, candidates);
      const found = best && candidates[best.at];
      return found && { ...found, exact: false };
    }
    case 'every':
    case 'none':
    case 'not':
      return undefined;
    default:
      return plan satisfies never;
  }
}

const rangeOf =
  (table: string, column: string, before: readonly number[]) =>
  (names: readonly Uint8Array[]): Range => {
    const { sql, args } = oneOf(column, names);
    return { from: table, where: before.length > 0 ? `parameter = ? AND ${sql}` : sql, args: [...before, ...args] };
  };

function unionOf(parts: readonly (Candidate | undefined)[]): Candidate | undefined {
  const all = parts.filter((part) => part !== undefined);
  if (all.length < parts.length) return undefined;
  return {
    ranges: all.flatMap((part) => part.ranges),
    selects: all.flatMap((part) => part.selects),
    exact: all.every((part) => part.exact),
  };
}

interface Choice {
  readonly at: number;
  readonly size?: number;
}

/** The smallest candidate, to a factor of four, probed no further than needed. */
function mostSelective(db: Database, candidates: readonly (Candidate | undefined)[]): Choice | undefined {
  const known = candidates
    .flatMap((candidate, at) => (candidate ? [{ candidate, at }] : []))
    .toSorted((a, b) => a.candidate.ranges.length - b.candidate.ranges.length);
  const [simplest, second] = known;
  // Where all are large, one range needs no sort: the fewer the better.
  if (!simplest || !second) return simplest && { at: simplest.at };
  for (const cap of CAPS) {
    const small = known.find(({ candidate }) => candidate.selects.every((range) => isBelow(db, range, cap)));
    if (small) return { at: small.at, size: cap * small.candidate.selects.length };
  }
  return { at: simplest.at };
}

const isBelow = (db: Database, { from, where, args }: Range, cap: number): boolean =>
  db.get(`SELECT 1 FROM ${from} WHERE ${where} LIMIT 1 OFFSET ?`, [...args, cap - 1]) === undefined;
