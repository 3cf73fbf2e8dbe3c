/** The chain that a process holds: taken by name, kept by each transaction, given up at the end (ADR 30). */
import { ConfigurationError } from '../../core/errors.ts';
import type { Clock } from '../../core/ports.ts';
import type { AuditCrypto } from '../../crypto/audit-crypto.ts';
import { EMPTY_HEAD } from '../audit-chain.ts';
import { checkHead } from '../check-head.ts';
import type { AuditHead, AuditRow } from '../record-store.ts';
import { chainReader } from './audit-log.ts';
import { isDuplicate } from './client.ts';
import type { Heads } from './heads.ts';
import type { ChainDoc, Collections } from './schema.ts';
import { MAX_CHAINS } from './ticks.ts';

export interface ChainParts {
  readonly collections: Collections;
  readonly heads: Heads;
  readonly audit: AuditCrypto;
  readonly clock: Clock;
  /** Names this process. */
  readonly owner: string;
}

/** A chain as its document has it. */
export type HeldChain = Pick<ChainDoc, '_id' | 'seq' | 'link' | 'tick' | 'turn'>;

/** A holder that was not heard of for so long may be followed; what it still writes fails. */
export const LEASE_MS = 60_000;

/** Takes a chain that nobody holds, the lowest first, or makes one. */
export async function takeChain(parts: ChainParts): Promise<HeldChain> {
  const { collections, heads, owner, clock } = parts;
  for (let number = 0; number < MAX_CHAINS; number++) {
    const free = { _id: number, $or: [{ owner: null }, { owner }, { until: { $lt: clock() } }] };
    const lease = { owner, until: clock() + LEASE_MS };
    const taken = await collections.chains.findOneAndUpdate(
      free,
      { $set: lease, $inc: { fence: 1 } },
      { returnDocument: 'after' },
    );
    if (taken) return checked(parts, taken);
    if (await collections.chains.findOne({ _id: number })) continue;
    // The head is there before the chain is: one that was lost is told from one that never was.
    if (!(await heads.all()).has(number)) await heads.keep(number, EMPTY_HEAD);
    const made = { ...EMPTY_HEAD, _id: number, tick: 0, turn: '', fence: 0, ...lease };
    try {
      await collections.chains.insertOne(made);
      return await checked(parts, made);
    } catch (cause) {
      if (!isDuplicate(cause)) throw cause;
    }
  }
  throw new ConfigurationError([`DATABASE_URL: ${MAX_CHAINS} processes hold this database already`]);
}

/**
 * The chain as it lies in the database, if this process still holds it. What was sent before and did not arrive by then
 * never will: it was made from the fence before.
 */
export async function fenceChain({ collections, owner }: ChainParts, number: number): Promise<HeldChain | undefined> {
  const found = await collections.chains.findOneAndUpdate(
    { _id: number, owner },
    { $inc: { fence: 1 } },
    { returnDocument: 'after' },
  );
  return found ?? undefined;
}

/** Tells that the holder lives. */
export async function renewChain({ collections, owner, clock }: ChainParts, number: number): Promise<void> {
  await collections.chains.updateOne({ _id: number, owner }, { $set: { until: clock() + LEASE_MS } });
}

/** Gives it up. */
export async function releaseChain({ collections, owner }: ChainParts, number: number): Promise<void> {
  await collections.chains.updateOne({ _id: number, owner }, { $set: { owner: null } });
}

/** Holds every chain against the head that was kept of it; throws `ConfigurationError` naming the place of a fault. */
export async function checkChains(parts: Pick<ChainParts, 'collections' | 'heads' | 'audit'>): Promise<void> {
  const known = await parts.heads.all();
  const chains = await parts.collections.chains.find({}).toArray();
  const there = new Set(chains.map(({ _id }) => _id));
  for (const number of new Set(known.keys()).difference(there)) {
    // Only a chain that was never written to may be missing: a start ended between its head and itself.
    if ((known.get(number)?.seq ?? 0) > 0) throw fault(number);
  }
  for (const chain of chains) await checkOne(parts, chain, known.get(chain._id));
}

const fault = (number: number): ConfigurationError =>
  new ConfigurationError([
    `DATABASE_URL: audit chain ${number} or its head is missing. Restore the database together with its keys.`,
  ]);

async function checked(parts: ChainParts, chain: ChainDoc): Promise<HeldChain> {
  await checkOne(parts, chain, (await parts.heads.all()).get(chain._id));
  return chain;
}

async function checkOne(
  { collections, audit }: Pick<ChainParts, 'collections' | 'audit'>,
  { _id: number, seq, link }: ChainDoc,
  known: AuditHead | undefined,
): Promise<void> {
  if (!known) throw fault(number);
  const reader = chainReader(collections.audit, number);
  const rows = new Map<number, AuditRow>();
  for (let from = Math.max(1, known.seq); from <= seq; ) {
    const some = await reader.range(from, seq);
    for (const row of some) rows.set(row.seq, row);
    from = (some.at(-1)?.seq ?? seq) + 1;
  }
  checkHead({ get: (n) => rows.get(n), head: () => ({ seq, link }), name: reader.name }, known, audit);
}
