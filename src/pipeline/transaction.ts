/**
 * A transaction: its entries run one after the other over an overlay of what they wrote, each with its own decision; all
 * writes and all audit records are one commit, or nothing is done (R4 http.html#trules; DESIGN.md idea 1).
 */
import { badRequest, FhirError, preconditionFailed } from '../core/errors.ts';
import { isObject } from '../core/json.ts';
import type { NewId } from '../core/ports.ts';
import type { Precondition } from '../core/record.ts';
import type { Answer, BundleRequest, EntryRequest, FhirRequest } from '../core/request.ts';
import { conditionalReferences, resolveLinks } from '../interactions/bundle-references.ts';
import { severalFound } from '../interactions/conditional.ts';
import type { Proposal } from '../interactions/proposal.ts';
import { answerOf, refusalOf } from './answers.ts';
import { bundleAnswer, namingEntry } from './bundle-answer.ts';
import { bundleFacts, factsOf } from './facts.ts';
import { ATTEMPTS, type HandlerParts, overtaken, proposeOrRefuse } from './handle.ts';
import { createOverlay, type Overlay } from './overlay.ts';
import type { createFind } from './propose.ts';

export interface TransactionParts extends HandlerParts {
  /** What a conditional reference names to the caller. */
  readonly find: ReturnType<typeof createFind>;
  readonly newId: NewId;
}

/** An entry that can be run, with the id that it gives what it makes. */
interface Entry {
  readonly index: number;
  readonly request: FhirRequest;
  readonly fullUrl?: string;
  readonly newId: string;
}

interface Done {
  readonly entry: Entry;
  readonly proposal: Proposal;
}

/** The entry at fault; none where the whole is. */
class Failed extends Error {
  readonly refusal: FhirError;
  readonly entry: Entry | undefined;
  constructor(refusal: FhirError, entry?: Entry) {
    super('a transaction failed');
    this.refusal = refusal;
    this.entry = entry;
  }
}

/** Commits all of it and answers, or refuses as its first failing entry would be. */
export async function runTransaction(parts: TransactionParts, bundle: BundleRequest): Promise<Answer> {
  try {
    const entries = readable(bundle.entries).map((entry): Entry => ({ ...entry, newId: parts.newId() }));
    refuseSameTwice(entries);
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const { done, overlay } = await proposeAll(parts, entries);
      const audit = done.map(({ entry, proposal }) => parts.record(factsOf(entry.request, proposal, parts.clock())));
      const preconditions = done.flatMap(({ proposal }): readonly Precondition[] => proposal.preconditions ?? []);
      const result = await parts.repository.commit(overlay.writes(), audit, preconditions);
      if (result.done) return answerAll(done);
    }
    throw new Failed(overtaken());
  } catch (error) {
    if (error instanceof Failed) return fail(parts, bundle, error);
    throw error;
  }
}

/** R4 http.html#trules: deletions, creates, updates and patches, and then reads; each kind as it stands in the Bundle. */
export function inOrder(entries: readonly EntryRequest[]): readonly EntryRequest[] {
  const rank = ({ request }: EntryRequest): number => {
    if (request instanceof FhirError) return 0;
    const at = ['delete', 'create', 'update'].indexOf(request.interaction === 'patch' ? 'update' : request.interaction);
    return at < 0 ? 3 : at;
  };
  return entries.toSorted((a, b) => rank(a) - rank(b));
}

const answerAll = (done: readonly Done[]): Answer =>
  bundleAnswer(
    'transaction',
    done.toSorted((a, b) => a.entry.index - b.entry.index).map(({ proposal }) => answerOf(proposal)),
  );

// Nothing was done; that it was tried is on record, the whole and the entry at which it failed.
async function fail(parts: TransactionParts, bundle: BundleRequest, { refusal, entry }: Failed): Promise<Answer> {
  const now = parts.clock();
  const own = entry ? [parts.record(factsOf(entry.request, refusal, now))] : [];
  await parts.repository.commit([], [...own, parts.record(bundleFacts(bundle, refusal, now))]);
  return refusalOf(refusal);
}

function readable(entries: readonly EntryRequest[]): readonly Omit<Entry, 'newId'>[] {
  return inOrder(entries).map(({ request, ...entry }) => {
    if (request instanceof FhirError) throw new Failed(namingEntry(entry.index, request));
    return { ...entry, request };
  });
}

const WRITES: ReadonlySet<string> = new Set(['update', 'patch', 'delete']);

// R4: a resource may be named by one entry that writes; decided by what was sent, before anything is looked at.
function refuseSameTwice(entries: readonly Entry[]): void {
  const named = new Set<string>();
  const urls = new Set<string>();
  for (const { index, request, fullUrl } of entries) {
    const writes = WRITES.has(request.interaction) && request.id !== undefined;
    const name = `${request.type}/${request.id}`;
    if (writes && named.has(name)) throw new Failed(namingEntry(index, sameTwice()));
    if (writes) named.add(name);
    if (fullUrl === undefined || !(writes || request.interaction === 'create')) continue;
    if (urls.has(fullUrl)) throw new Failed(namingEntry(index, badRequest('Another entry has the same fullUrl.')));
    urls.add(fullUrl);
  }
}

const sameTwice = (): FhirError => badRequest('Another entry writes the same resource.');

type Names = ReadonlyMap<string, string>;
const MOST_PASSES = 4;

interface Pass {
  readonly done: readonly Done[];
  readonly overlay: Overlay;
}

/**
 * Runs all entries with the names that they give each other. What a condition finds is known only when it is asked, so
 * where an entry turns out to mean another resource than it was taken for, all is run again with that name.
 */
async function proposeAll(parts: TransactionParts, entries: readonly Entry[]): Promise<Pass> {
  let names: Names = new Map(entries.flatMap((entry) => nameOf(entry, entry.request.id ?? entry.newId)));
  for (let pass = 0; pass < MOST_PASSES; pass++) {
    const overlay = createOverlay(parts.repository);
    const done: Done[] = [];
    const failed = await runEntries(parts, entries, { overlay, names, done });
    const found = new Map(done.flatMap(({ entry, proposal }) => nameOf(entry, proposal.resource.id ?? entry.newId)));
    const settled = [...found].every(([url, name]) => names.get(url) === name);
    if (settled && failed) throw failed;
    if (settled) return { done, overlay };
    names = new Map([...names, ...found]);
  }
  throw new Failed(overtaken());
}

const nameOf = ({ fullUrl, request }: Entry, id: string): readonly (readonly [string, string])[] =>
  fullUrl === undefined ? [] : [[fullUrl, `${request.type}/${id}`]];

interface Running {
  readonly overlay: Overlay;
  readonly names: Names;
  readonly done: Done[];
}

const PAUSE = 25;

async function runEntries(
  parts: TransactionParts,
  entries: readonly Entry[],
  { overlay, names, done }: Running,
): Promise<Failed | undefined> {
  const written = new Set<string>();
  for (const [at, entry] of entries.entries()) {
    // Others are answered in between: an entry costs about as much as a request.
    if (at % PAUSE === PAUSE - 1) await new Promise((resolve) => setImmediate(resolve));
    const within = { repository: overlay.repository, newId: () => entry.newId };
    const linked = await proposeLinked(parts, entry, { names, within });
    if (linked instanceof FhirError) return new Failed(namingEntry(entry.index, linked), entry);
    const { type, id } = linked.resource;
    const isWrite = id !== undefined && (linked.writes.length > 0 || WRITES.has(entry.request.interaction));
    if (isWrite && written.has(`${type}/${id}`)) return new Failed(namingEntry(entry.index, sameTwice()), entry);
    if (isWrite) written.add(`${type}/${id}`);
    await overlay.add(linked.writes);
    done.push({ entry, proposal: linked });
  }
  return undefined;
}

interface Linking {
  readonly names: Names;
  readonly within: NonNullable<Parameters<HandlerParts['propose']>[1]>;
}

async function proposeLinked(
  parts: TransactionParts,
  { request }: Entry,
  linking: Linking,
): Promise<Proposal | FhirError> {
  try {
    const proposed = await proposeOrRefuse(parts, await withLinks(parts, request, linking), linking.within);
    return proposed.kind === 'refusal' ? proposed.error : proposed.proposal;
  } catch (error) {
    if (error instanceof FhirError) return error;
    throw error;
  }
}

async function withLinks(
  parts: TransactionParts,
  request: FhirRequest,
  { names, within }: Linking,
): Promise<FhirRequest> {
  const { body } = request;
  if (body === undefined) return request;
  const links = new Map(names);
  for (const { text, type, criteria } of conditionalReferences(body)) {
    const [id, ...more] = await parts.find(request, type, criteria, within);
    if (more.length > 0) throw severalFound();
    if (id === undefined) throw preconditionFailed('A conditional reference finds nothing that you may see.');
    links.set(text, `${type}/${id}`);
  }
  const linked = resolveLinks(body, (link) => links.get(link));
  return { ...request, body: isObject(linked) ? linked : {} };
}
