/**
 * Search results in the order of their pseudonyms: for views that hide `meta`, to which the order of creation would
 * tell what they hide (CONTRACT.md "pseudonymised ids").
 */
import { tooCostly } from '../core/errors.ts';
import { and, or, type Plan, type Uid } from '../core/plan.ts';
import type { OpenRecord } from '../core/record.ts';
import type { Repository } from '../store/repository.ts';

/** CONTRACT.md: so many candidates are put in order. */
const MOST = 50_000;
/** So many are named at once; others run in between. */
const SLICE = 2048;
/** Letters by which candidates are parted, so that only what a page needs is sorted. */
const LEAD = 2;

/** Names of rows that stand in no answer but through this order. */
export type NameRows = (uids: readonly Uid[]) => readonly string[];

export interface Ordering {
  readonly repository: Pick<Repository, 'candidates' | 'rows'>;
  readonly type: string;
  readonly where: Plan;
  readonly nameRows: NameRows;
  /** The last row of the page before; it need not exist any more. */
  readonly after?: Uid;
  /** Rows opened at once. */
  readonly batch: number;
}

interface Named {
  readonly uid: Uid;
  readonly name: string;
}

/** Rows that satisfy the plan, by pseudonym; only those that are asked for are opened. Throws 403 `too-costly`. */
export async function* byPseudonym(ordering: Ordering): AsyncGenerator<OpenRecord> {
  let next: Named[] = [];
  for await (const named of inOrder(ordering)) {
    next.push(named);
    if (next.length < ordering.batch) continue;
    yield* await open(ordering, next);
    next = [];
  }
  yield* await open(ordering, next);
}

// The plan is asked again with the names: a row that left it meanwhile is not there.
async function open({ repository, type, where }: Ordering, named: readonly Named[]): Promise<readonly OpenRecord[]> {
  if (named.length === 0) return [];
  const among = or(named.map(({ uid }) => ({ op: 'uid', uid }) as const));
  const records = await repository.rows({ type, where: and([where, among]), limit: named.length });
  const found = new Map(records.map((record) => [record.uid, record]));
  return named.map(({ uid }) => found.get(uid)).filter((record) => record !== undefined);
}

async function* inOrder(ordering: Ordering): AsyncGenerator<Named> {
  const { repository, type, where, nameRows, after } = ordering;
  const candidates = await repository.candidates({ type, where, limit: MOST + 1 });
  if (candidates.length > MOST) {
    throw tooCostly('More resources match than can be put in order. Add a criterion that narrows the search.');
  }
  const [start = ''] = after === undefined ? [] : nameRows([after]);
  const parts = new Map<string, Named[]>();
  for (let at = 0; at < candidates.length; at += SLICE) {
    if (at > 0) await new Promise((resolve) => setImmediate(resolve));
    const slice = candidates.slice(at, at + SLICE).map(({ uid }) => uid);
    for (const [i, name] of nameRows(slice).entries()) {
      const uid = slice[i];
      if (uid === undefined || name <= start) continue;
      const lead = name.slice(0, LEAD);
      const part = parts.get(lead);
      if (part) part.push({ uid, name });
      else parts.set(lead, [{ uid, name }]);
    }
  }
  for (const lead of [...parts.keys()].sort()) yield* (parts.get(lead) ?? []).sort(byName);
}

const byName = (a: { readonly name: string }, b: { readonly name: string }): number =>
  a.name < b.name ? -1 : a.name > b.name ? 1 : 0;
