/** Turns of the committer as transactions: the chain's document is swapped in each, so its holder alone writes to it. */
import { type ClientSession, type MongoClient, MongoError, MongoServerError, UUID } from 'mongodb';
import type { Commit, Precondition } from '../../core/record.ts';
import { EMPTY_HEAD } from '../audit-chain.ts';
import type { Outcome, Turn } from '../committer.ts';
import type { AuditHead } from '../record-store.ts';
import { chainName } from './audit-log.ts';
import { type ChainParts, fenceChain, type HeldChain, LEASE_MS, releaseChain, renewChain, takeChain } from './chain.ts';
import { createTicks } from './ticks.ts';
import { transact, UnknownCommitError } from './transact.ts';
import { runTurn, type TurnDone } from './turn.ts';

export interface CommittingParts extends ChainParts {
  readonly client: MongoClient;
  readonly holds: (precondition: Precondition, session: ClientSession) => Promise<boolean>;
  readonly publishHead: (chain: number, head: AuditHead) => void;
}

export interface Committing {
  /** Number of the chain that is held now. */
  number(): number;
  head(): AuditHead;
  apply(commits: readonly Commit[]): Promise<Turn>;
  renew(): Promise<void>;
  release(): Promise<void>;
}

/** Another process follows this one under its number. */
class LostChainError extends Error {
  override name = 'LostChainError';
}

const ATTEMPTS = 3;

/** Holds a chain from now on and writes under it. */
export async function createCommitting(parts: CommittingParts): Promise<Committing> {
  let known = await takeChain(parts);
  // Unknown while a transaction runs, and after one whose end was not told: then the chain is read again.
  let held: HeldChain | undefined = known;
  const hold = async (): Promise<HeldChain> => {
    held ??= (await fenceChain(parts, known._id)) ?? (await takeChain(parts));
    known = held;
    return held;
  };
  const once = async (commits: readonly Commit[]): Promise<TurnDone | 'again'> => {
    const from = await hold();
    const turn = new UUID().toHexString();
    held = undefined;
    let last: Attempted | undefined;
    try {
      last = await transact(parts.client, async (session) => {
        last = await attempt(parts, { session, from, turn }, commits);
        return last;
      });
      held = last.after;
      return last.done;
    } catch (cause) {
      if (cause instanceof LostChainError) return 'again';
      if (!(cause instanceof UnknownCommitError)) throw cause;
      held = await fenceChain(parts, from._id);
      if (!held) throw cause;
      return held.turn === turn && last ? last.done : 'again';
    }
  };
  const together = async (commits: readonly Commit[]): Promise<Turn> => {
    for (let attempts = 0; attempts < ATTEMPTS; attempts++) {
      const done = await once(commits);
      if (done === 'again') continue;
      known = held ?? known;
      parts.publishHead(known._id, done.head);
      return done;
    }
    throw new UnknownCommitError('a turn was not written');
  };
  return {
    number: () => known._id,
    head: () => ({ seq: known.seq, link: known.link }),
    apply: async (commits) => {
      try {
        return await together(commits);
      } catch (cause) {
        if (commits.length < 2 || !isOfOne(cause)) throw cause;
        return oneByOne(commits, together);
      }
    },
    renew: () => renewChain(parts, known._id),
    release: () => releaseChain(parts, known._id),
  };
}

// The server refused something that was sent, or it could not be sent: the others of its turn are not to blame.
const isOfOne = (cause: unknown): boolean =>
  !(cause instanceof MongoError || cause instanceof UnknownCommitError) || cause instanceof MongoServerError;

async function oneByOne(
  commits: readonly Commit[],
  together: (commits: readonly Commit[]) => Promise<Turn>,
): Promise<Turn> {
  const outcomes: Outcome[] = [];
  let head: AuditHead = EMPTY_HEAD;
  for (const commit of commits) {
    try {
      const turn = await together([commit]);
      outcomes.push(...turn.outcomes);
      head = turn.head;
    } catch (failed) {
      outcomes.push({ failed });
    }
  }
  return { outcomes, head };
}

interface Attempted {
  readonly done: TurnDone;
  readonly after: HeldChain;
}

interface Attempt {
  readonly session: ClientSession;
  readonly from: HeldChain;
  readonly turn: string;
}

async function attempt(
  parts: CommittingParts,
  { session, from, turn }: Attempt,
  commits: readonly Commit[],
): Promise<Attempted> {
  const { collections, audit, clock, owner, holds } = parts;
  const ticks = createTicks(clock, from._id, from.tick);
  const chain = { number: from._id, name: chainName(from._id) };
  const done = await runTurn({ collections, session, audit, chain, ticks, holds }, commits, from);
  const next = { ...done.head, tick: ticks.last(), turn, until: clock() + LEASE_MS };
  const swapped = await collections.chains.updateOne(
    { _id: from._id, owner, turn: from.turn },
    { $set: next },
    { session },
  );
  if (swapped.matchedCount !== 1) throw new LostChainError('another process follows under this number');
  return { done, after: { ...next, _id: from._id } };
}
