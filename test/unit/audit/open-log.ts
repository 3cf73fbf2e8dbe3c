/** A real audit log on a SQLite store in memory, filled with facts, for the tests of the search. */
import { createAuditRecorder } from '../../../src/audit/record.ts';
import { type AuditPage, type AuditReader, type AuditSearch, createAuditSearch } from '../../../src/audit/search.ts';
import type { AuditFacts } from '../../../src/core/audit.ts';
import { openStore } from '../../../src/store/open-store.ts';
import type { OpenedStore } from '../../../src/store/record-store.ts';
import { BASE_URL, fixedSecrets, NOON } from './audit-facts.ts';

export interface TestLog {
  readonly opened: OpenedStore;
  readonly search: AuditSearch;
  readonly append: (facts: readonly AuditFacts[]) => Promise<void>;
  /** Through a recorder of its own, which knows of no earlier time. */
  readonly appendApart: (facts: AuditFacts) => Promise<void>;
}

/** A reader who may see everything, a compliance officer. */
export const ALL: AuditReader = { mayTell: () => true };

/** Opens an empty log and appends the facts; the caller closes `opened`. */
export async function openLog(facts: readonly AuditFacts[]): Promise<TestLog> {
  const secrets = fixedSecrets();
  const opened = await openStore({ databaseUrl: 'sqlite::memory:', mode: 'demo', secrets, access: 'write' });
  const newRecorder = () => createAuditRecorder({ crypto: secrets.audit, terms: secrets.terms, site: BASE_URL });
  const recorder = newRecorder();
  const append = async (more: readonly AuditFacts[]): Promise<void> => {
    await opened.records.commit({ writes: [], audit: more.map((one) => recorder.entry(one)) });
  };
  const appendApart = async (one: AuditFacts): Promise<void> => {
    await opened.records.commit({ writes: [], audit: [newRecorder().entry(one)] });
  };
  if (facts.length > 0) await append(facts);
  const search = createAuditSearch({
    store: opened.records.audit,
    crypto: secrets.audit,
    terms: secrets.terms,
    baseUrl: BASE_URL,
    clock: () => NOON,
  });
  return { opened, search, append, appendApart };
}

/** One page for a query string. */
export function ask(log: TestLog, query: string, reader: AuditReader = ALL, after?: string): Promise<AuditPage> {
  const parameters = [...new URLSearchParams(query)];
  return log.search.search({ parameters, strict: false, reader, ...(after === undefined ? {} : { after }) });
}

/** All pages of a query, one after the other. */
export async function askAll(log: TestLog, query: string, reader: AuditReader = ALL): Promise<AuditPage['events']> {
  const events: AuditPage['events'][number][] = [];
  let after: string | undefined;
  do {
    const page: AuditPage = await ask(log, query, reader, after);
    events.push(...page.events);
    after = page.next;
  } while (after !== undefined);
  return events;
}
