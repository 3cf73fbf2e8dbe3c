/** R4 history of a resource or of a type (http.html#history): its versions in the caller's sight, newest first. */
import { tooCostly } from '../core/errors.ts';
import type { HistoryQuery, Plan, Uid, VersionRef } from '../core/plan.ts';
import type { OpenRecord } from '../core/record.ts';
import type { FhirRequest } from '../core/request.ts';
import type { HistoryAsked } from '../search/parse-history.ts';
import { type HistoryEntry, type InteractionContext, type Proposal, patientsOfRecords } from './proposal.ts';
import { findVisible } from './read.ts';
import { selfUrl } from './searchset.ts';
import { tagOf } from './version-headers.ts';

/** A history after its parameters were read. */
export interface HistoryContext extends InteractionContext {
  readonly asked: HistoryAsked;
  /** The rows that the caller's roles open. */
  readonly where: Plan;
  cursorAfter(version: VersionRef): string;
}

/** A total that nobody asked for is given up to so many versions: beyond, counting would cost more than the page. */
const LIGHT = 1000;
/** CONTRACT.md `_total`: exact to so many. */
const COUNT_LIMIT = 100_000;

/**
 * A version is there when its own row and that of the current version (of the last before a deletion) are in the
 * caller's sight (CONTRACT.md "history"): the query judges that, so that pages and totals need no repair.
 */
export async function history(context: HistoryContext, request: FhirRequest): Promise<Proposal> {
  const { asked, repository, where } = context;
  const subject = request.id === undefined ? undefined : await findVisible(context, request.id);
  const query: HistoryQuery = { of: subject ? { uid: subject.uid } : { type: request.type }, where, ...asked.times };
  const page = asked.summaryCount ? [] : await repository.history({ ...query, ...pageOf(asked) });
  const rows = page.slice(0, asked.count);
  const more = page.length > rows.length;
  const records = await inSight(context, rows, subject);
  const total = await totalOf(context, query, !asked.summaryCount && !more && !asked.after ? rows.length : undefined);
  const base = `${context.baseUrl}/${request.type}${subject ? `/${request.id}` : ''}/_history`;
  const last = rows.at(-1);
  const next = more && last ? [['next', `${base}?_cursor=${context.cursorAfter(last)}`] as const] : [];
  return {
    status: 200,
    headers: {},
    body: {
      kind: 'history',
      ...(total === undefined ? {} : { total }),
      links: [['self', selfUrl(base, asked.self, request)], ...next],
      entries: records.flatMap((record) => entryOf(context, record) ?? []),
    },
    writes: [],
    resource: { type: request.type, ...(subject ? { id: subject.id } : {}) },
    patients: patientsOfRecords(context, await withContent(context, records)),
  };
}

const pageOf = ({ count, after }: HistoryAsked) => ({ limit: count + 1, ...(after === undefined ? {} : { after }) });

// The store's rows could be tampered with; row terms under a MAC, of the version and of the current one, decide.
async function inSight(
  { access, repository }: HistoryContext,
  rows: readonly OpenRecord[],
  subject: OpenRecord | undefined,
): Promise<readonly OpenRecord[]> {
  const known = new Map<Uid, boolean>(subject ? [[subject.uid, true]] : []);
  const found: OpenRecord[] = [];
  for (const row of rows) {
    if (!known.has(row.uid)) {
      const current = await repository.readUid(row.uid);
      known.set(row.uid, current !== undefined && access.sight(current.rowTerms) === 'seen');
    }
    if (known.get(row.uid) === true && access.sight(row.rowTerms) === 'seen') found.push(row);
  }
  return found;
}

async function totalOf(
  { asked, repository }: HistoryContext,
  query: HistoryQuery,
  held: number | undefined,
): Promise<number | undefined> {
  if (held !== undefined) return held;
  const isAsked = asked.summaryCount || asked.total !== 'none';
  const most = isAsked ? COUNT_LIMIT : LIGHT;
  const count = await repository.countHistory(query, most + 1);
  if (count <= most) return count;
  if (!isAsked) return undefined;
  throw tooCostly('More versions would have to be counted than the bound allows. Narrow the history with _since.');
}

function entryOf(context: HistoryContext, record: OpenRecord): HistoryEntry | undefined {
  const name = context.access.name(record);
  const shown = record.deleted ? undefined : context.access.show(record);
  if (!name || !(record.deleted || shown)) return undefined;
  const { type, version } = record;
  const { method, status } = changeOf(record);
  return {
    fullUrl: `${context.baseUrl}/${type}/${name.id}`,
    request: { method, url: method === 'POST' ? type : `${type}/${name.id}` },
    response: {
      status,
      ...(name.versioned ? { etag: tagOf(version), lastModified: new Date(record.lastUpdated).toISOString() } : {}),
    },
    ...(shown ? { resource: shown.text } : {}),
  };
}

// A first version under an id of the client's choice counts as a creation too: the store does not keep how it was sent.
function changeOf({ deleted, version }: OpenRecord) {
  if (deleted) return { method: 'DELETE', status: '204' } as const;
  return version === 1 ? ({ method: 'POST', status: '201' } as const) : ({ method: 'PUT', status: '200' } as const);
}

/** A deletion concerns the patients of the version that it took away. */
async function withContent(context: HistoryContext, records: readonly OpenRecord[]): Promise<readonly OpenRecord[]> {
  const found: OpenRecord[] = [];
  for (const record of records) {
    const before = record.deleted
      ? await context.repository.readVersion(record.type, record.id, record.version - 1)
      : record;
    if (before) found.push(before);
  }
  return found;
}
