/** R4 search on one type (search.html): a page of what the caller may see, newest creation first. */
import type { SearchBranch } from '../core/access.ts';
import { tooCostly } from '../core/errors.ts';
import { or, type Plan, type Uid } from '../core/plan.ts';
import type { OpenRecord } from '../core/record.ts';
import type { FhirRequest } from '../core/request.ts';
import type { SearchQuery } from '../search/query.ts';
import { type InteractionContext, type Proposal, patientsOfRecords } from './proposal.ts';
import { ignoredIssue, selfUrl } from './searchset.ts';

/** A query after the guard: one branch for each role that may answer it. */
export interface SearchContext extends InteractionContext {
  readonly query: SearchQuery;
  readonly branches: readonly SearchBranch[];
  /** Whether the terms decide every criterion, so that no candidate needs a look. */
  readonly decided: boolean;
  /** Whether the resource, as a branch sees it, meets all criteria. */
  meets(branch: SearchBranch, record: OpenRecord): boolean;
  /** The rows that criteria with few terms would leave; undefined where every criterion has enough. */
  readonly bounded: Plan | undefined;
  cursorAfter(uid: Uid): string;
}

/** CONTRACT.md "strings": so many candidates may be looked through for less than two letters. */
const FEW = 5000;
/** Candidates opened for one page. */
const LOOKS = 10_000;
/** CONTRACT.md `_total`: exact to so many rows. */
const COUNT_LIMIT = 100_000;

/** A searchset; 403 `too-costly` where a bound would be passed. */
export async function searchType(context: SearchContext, request: FhirRequest): Promise<Proposal> {
  const { query, repository } = context;
  if (context.bounded && (await repository.count(query.type, context.bounded, FEW + 1)) > FEW) {
    throw tooCostly('Give two letters or more, or another criterion that narrows the search, such as a birth date.');
  }
  if (query.summaryCount)
    return proposal(context, request, { records: [], more: false, total: await countAll(context) });
  const page = await collect(context, query.count);
  const holdsAll = query.after === undefined && !page.more;
  const asked = query.total !== 'none' && query.after === undefined;
  const total = holdsAll ? page.records.length : asked ? await countAll(context) : undefined;
  return proposal(context, request, { ...page, ...(total === undefined ? {} : { total }) });
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
    if (isMatch(context, record)) records.push(record);
    if (records.length > size) return { records: records.slice(0, size), more: true };
    if (looked >= LOOKS)
      throw tooCostly('Too many resources would have to be looked through. Add a criterion that narrows the search.');
  }
  return { records, more: false };
}

async function* candidates(context: SearchContext, batch: number): AsyncGenerator<OpenRecord> {
  const { query, repository } = context;
  const where = whereOf(context);
  let after = query.after;
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
export function isMatch(context: SearchContext, record: OpenRecord): boolean {
  return context.branches.some(
    (branch) => branch.admits(record.rowTerms) && (context.decided || context.meets(branch, record)),
  );
}

async function countAll(context: SearchContext): Promise<number> {
  const { query, repository } = context;
  const most = context.decided ? COUNT_LIMIT : LOOKS;
  const count = await repository.count(query.type, whereOf(context), most + 1);
  if (count > most)
    throw tooCostly('More resources would have to be counted than the bound allows. Narrow the search.');
  if (context.decided) return count;
  let total = 0;
  for await (const record of candidates({ ...context, query: withoutAfter(query) }, 500))
    if (isMatch(context, record)) total++;
  return total;
}

function withoutAfter({ after: _, ...query }: SearchQuery): SearchQuery {
  return query;
}

function proposal(context: SearchContext, request: FhirRequest, page: Page): Proposal {
  const { query } = context;
  const shown = page.records.flatMap((record) => {
    const seen = context.access.show(record);
    return seen ? [{ fullUrl: `${context.baseUrl}/${query.type}/${seen.id}`, resource: seen.text }] : [];
  });
  const last = page.records.at(-1);
  const base = `${context.baseUrl}/${query.type}`;
  const next = page.more && last ? [['next', `${base}?_cursor=${context.cursorAfter(last.uid)}`] as const] : [];
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
