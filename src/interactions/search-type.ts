/** R4 search on one type (search.html): a page of what the caller may see, newest creation first or as asked. */
import type { SearchBranch } from '../core/access.ts';
import { tooCostly } from '../core/errors.ts';
import { and, not, or, type Plan, type Uid } from '../core/plan.ts';
import type { OpenRecord } from '../core/record.ts';
import type { FhirRequest } from '../core/request.ts';
import type { SearchQuery } from '../search/query.ts';
import { type OrderContext, orderedRows } from './order.ts';
import { type InteractionContext, type Proposal, patientsOfRecords } from './proposal.ts';
import { byPseudonym, type NameRows } from './pseudonym-order.ts';
import { ignoredIssue, selfUrl } from './searchset.ts';

/** A query after the guard: one branch for each role that may answer it. */
export interface SearchContext extends InteractionContext {
  readonly query: SearchQuery;
  readonly branches: readonly SearchBranch[];
  /** The rows that the criteria let every branch have, and those of them that they let it have for certain. */
  readonly certain: Plan;
  /** Whether the terms decide every criterion, so that no candidate needs a look. */
  readonly decided: boolean;
  /** Whether the resource, as a branch sees it, meets all criteria. */
  meets(branch: SearchBranch, record: OpenRecord): Promise<boolean>;
  /** The rows that criteria with few terms would leave, here and at the end of links. */
  readonly bounded: readonly { readonly type: string; readonly where: Plan }[];
  /** What an order by `_sort` needs beside the query. */
  readonly order: Pick<OrderContext, 'buckets' | 'endsOf' | 'shownId' | 'tellsCreation'>;
  cursorAfter(record: OpenRecord): string;
  /** How rows are named where the order of creation is hidden; undefined where it may be seen. */
  readonly nameRows: NameRows | undefined;
}

/** CONTRACT.md "strings": so many candidates may be looked through for less than two letters. */
const FEW = 5000;
/** Candidates opened for one page. */
const LOOKS = 10_000;
/** Candidates opened in one turn when they are counted. */
const LOOK_AT_ONCE = 100;
/** CONTRACT.md `_total`: exact to so many rows. */
const COUNT_LIMIT = 100_000;

/** A searchset; 403 `too-costly` where a bound would be passed. */
export async function searchType(context: SearchContext, request: FhirRequest): Promise<Proposal> {
  const { query, repository } = context;
  for (const { type, where } of context.bounded) {
    if ((await repository.count(type, where, FEW + 1)) > FEW) {
      throw tooCostly('Give two letters or more, or another criterion that narrows the search, such as a birth date.');
    }
  }
  if (query.summaryCount) {
    return proposal(context, request, { records: [], more: false, total: await countAll(context) });
  }
  const page = await collect(context, query.count);
  const total = await totalOf(context, page);
  return proposal(context, request, { ...page, ...(total === undefined ? {} : { total }) });
}

// CONTRACT.md `_total`: whenever the first page holds all; else what was asked for, on every page of it.
async function totalOf(context: SearchContext, page: Page): Promise<number | undefined> {
  const { query, repository } = context;
  if (query.after === undefined && !page.more) return page.records.length;
  if (query.total === 'accurate') return countAll(context);
  if (query.total === 'none') return undefined;
  return repository.count(query.type, whereOf(context), COUNT_LIMIT);
}

interface Page {
  readonly records: readonly OpenRecord[];
  readonly more: boolean;
  readonly total?: number;
}

const whereOf = (context: SearchContext): Plan => or(context.branches.map((branch) => branch.where));

async function collect(context: SearchContext, size: number): Promise<Page> {
  const records: OpenRecord[] = [];
  let looked = 0;
  for await (const record of candidates(context, size + 1)) {
    looked++;
    if (await isMatch(context, record)) records.push(record);
    if (records.length > size) return { records: records.slice(0, size), more: true };
    if (looked >= LOOKS)
      throw tooCostly('Too many resources would have to be looked through. Add a criterion that narrows the search.');
  }
  return { records, more: false };
}

async function* candidates(context: SearchContext, batch: number): AsyncGenerator<OpenRecord> {
  const { query, repository, nameRows } = context;
  const where = whereOf(context);
  if (query.sort.length > 0) {
    yield* orderedRows({ ...context.order, repository, query, where, batch });
    return;
  }
  let after = query.after?.uid;
  if (nameRows) {
    yield* byPseudonym({
      repository,
      type: query.type,
      where,
      nameRows,
      batch,
      ...(after === undefined ? {} : { after }),
    });
    return;
  }
  for (;;) {
    const rows = await repository.rows({
      type: query.type,
      where,
      limit: batch,
      ...(after === undefined ? {} : { after }),
    });
    yield* rows;
    after = rows.at(-1)?.uid;
    if (rows.length < batch) return;
  }
}

/**
 * Whether a candidate is in the caller's sight and meets all criteria. The store's postings could be tampered with: the
 * record's own row terms, which are under a MAC, decide.
 */
export async function isMatch(context: SearchContext, record: OpenRecord): Promise<boolean> {
  for (const branch of context.branches) {
    if (branch.admits(record.rowTerms) && (context.decided || (await context.meets(branch, record)))) return true;
  }
  return false;
}

// Rows that the terms are sure of are counted; the others are looked at.
async function countAll(context: SearchContext): Promise<number> {
  const { query, repository, certain } = context;
  const all = await repository.count(query.type, whereOf(context), COUNT_LIMIT + 1);
  if (all > COUNT_LIMIT) {
    throw tooCostly('More resources would have to be counted than the bound allows. Narrow the search.');
  }
  if (context.decided) return all;
  let total = await repository.count(query.type, certain, COUNT_LIMIT);
  const unsure = and([whereOf(context), not(certain)]);
  for (let after: Uid | undefined; ; ) {
    const page = { type: query.type, where: unsure, limit: LOOK_AT_ONCE, ...(after === undefined ? {} : { after }) };
    const rows = await repository.rows(page);
    for (const record of rows) if (await isMatch(context, record)) total++;
    after = rows.at(-1)?.uid;
    if (rows.length < LOOK_AT_ONCE) return total;
    await new Promise((resolve) => setImmediate(resolve));
  }
}

function proposal(context: SearchContext, request: FhirRequest, page: Page): Proposal {
  const { query } = context;
  const shown = page.records.flatMap((record) => {
    const seen = context.access.show(record);
    return seen ? [{ fullUrl: `${context.baseUrl}/${query.type}/${seen.id}`, resource: seen.text }] : [];
  });
  const last = page.records.at(-1);
  const base = `${context.baseUrl}/${query.type}`;
  const next = page.more && last ? [['next', `${base}?_cursor=${context.cursorAfter(last)}`] as const] : [];
  return {
    status: 200,
    headers: {},
    body: {
      kind: 'searchset',
      ...(page.total === undefined ? {} : { total: page.total }),
      links: [['self', selfUrl(base, query.self, request)], ...next],
      entries: shown,
      issues: query.ignored.map(ignoredIssue),
    },
    writes: [],
    resource: { type: query.type },
    patients: patientsOfRecords(context, page.records),
  };
}
