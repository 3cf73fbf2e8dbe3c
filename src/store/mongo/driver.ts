/** Chooses the one criterion whose index range a query walks; MongoDB would use one of a multikey index by trial. */
import type { Document } from 'mongodb';
import { expression, type Resolved } from './filter.ts';

/** What is walked, by an index, and what each document found there must still satisfy. */
export interface Driver {
  readonly walked: Document;
  readonly filter: Document;
  /** Name of the index; absent where several are walked. */
  readonly hint?: string;
}

/** The collection that a kind of query reads. */
export interface Source {
  /** Counts documents, no further than the limit. */
  count(filter: Document, limit: number): Promise<number>;
  readonly field: 'names' | 'terms';
  /** Every document that there is. */
  readonly every: { readonly walked: Document; readonly hint: string };
  readonly hint: string;
}

interface Candidate {
  readonly walked: Document;
  readonly hint?: string;
  readonly exact: boolean;
  /** At most so many documents, where that is known without a look. */
  readonly most?: number;
  readonly ranges: number;
}

const CAPS = [32, 256, 2048, 16_384];

/** The driver of a plan; every document when no criterion can be walked. */
export async function chooseDriver(source: Source, plan: Resolved): Promise<Driver> {
  const criteria = plan.op === 'and' ? plan.of : [plan];
  const candidates: (Candidate | undefined)[] = [];
  for (const criterion of criteria) candidates.push(await candidateOf(source, criterion));
  const chosen = await mostSelective(source, candidates);
  const rest = criteria.filter((_, i) => chosen === undefined || candidates[i] !== chosen || !chosen.exact);
  const { walked, hint } = chosen ?? source.every;
  const judged = rest.filter((one) => one.op !== 'every');
  const filter = judged.length === 0 ? {} : { $expr: expression({ op: 'and', of: judged }, source.field) };
  return { walked, filter, ...(hint === undefined ? {} : { hint }) };
}

async function candidateOf(source: Source, plan: Resolved): Promise<Candidate | undefined> {
  switch (plan.op) {
    case 'names': {
      const walked = { [source.field]: plan.of.length === 1 ? plan.of[0] : { $in: plan.of } };
      return { walked, hint: source.hint, exact: true, ranges: plan.of.length };
    }
    case 'uids':
      return { walked: { _id: { $in: plan.of } }, exact: true, most: plan.of.length, ranges: 1 };
    case 'or': {
      const parts: (Candidate | undefined)[] = [];
      for (const part of plan.of) parts.push(await candidateOf(source, part));
      return unionOf(parts);
    }
    case 'and': {
      const parts: (Candidate | undefined)[] = [];
      for (const part of plan.of) parts.push(await candidateOf(source, part));
      const best = await mostSelective(source, parts);
      return best && { ...best, exact: false };
    }
    case 'every':
    case 'none':
    case 'not':
      return undefined;
    default:
      return plan satisfies never;
  }
}

function unionOf(parts: readonly (Candidate | undefined)[]): Candidate | undefined {
  const all = parts.filter((part) => part !== undefined);
  if (all.length < parts.length) return undefined;
  return {
    walked: { $or: all.map((part) => part.walked) },
    exact: all.every((part) => part.exact),
    ranges: all.reduce((sum, part) => sum + part.ranges, 0),
  };
}

/** The smallest candidate, to a factor of eight, probed no further than needed. */
async function mostSelective(
  source: Source,
  candidates: readonly (Candidate | undefined)[],
): Promise<Candidate | undefined> {
  const known = candidates.filter((one) => one !== undefined).toSorted((a, b) => a.ranges - b.ranges);
  const [simplest, second] = known;
  if (!second) return simplest;
  for (const cap of CAPS) {
    for (const candidate of known) {
      if ((candidate.most ?? (await source.count(candidate.walked, cap))) < cap) return candidate;
    }
  }
  return simplest;
}
