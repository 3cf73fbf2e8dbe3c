/** Group commit (DESIGN.md idea 5): each turn takes all that waits into one transaction, then releases all of it. */
import { unavailable } from '../core/errors.ts';
import type { Commit, CommitResult } from '../core/record.ts';
import type { AuditHead } from './record-store.ts';

/** What became of one commit of a turn; `failed` when it alone could not be written. */
export type Outcome = CommitResult | { readonly failed: unknown };

export interface Turn {
  /** One for each commit, in their order. */
  readonly outcomes: readonly Outcome[];
  /** The head after COMMIT. */
  readonly head: AuditHead;
}

export interface CommitterPorts {
  /** One transaction around all commits, a savepoint each; resolves after COMMIT, throws when nothing was written. */
  readonly apply: (commits: readonly Commit[], head: AuditHead) => Turn | Promise<Turn>;
  /** Called after each COMMIT with the new head, before anybody is released. */
  readonly publishHead: (head: AuditHead) => void;
  /** The head as it was found at start. */
  readonly head: AuditHead;
}

export interface Committer {
  commit(commit: Commit): Promise<CommitResult>;
  head(): AuditHead;
  /** Resolves when everything that waits is done; later commits are refused with 503. */
  close(): Promise<void>;
}

interface Waiting {
  readonly commit: Commit;
  resolve(result: CommitResult): void;
  reject(cause: unknown): void;
}

const MAX_TURN = 500;

/** The one committer of a process and its head of the audit chain. */
export function createCommitter({ apply, publishHead, head: start }: CommitterPorts): Committer {
  let head = start;
  let waiting: Waiting[] = [];
  let running: Promise<void> | undefined;
  let closed = false;

  const turn = async (): Promise<void> => {
    const taken = waiting.slice(0, MAX_TURN);
    waiting = waiting.slice(MAX_TURN);
    try {
      const done = await apply(
        taken.map((one) => one.commit),
        head,
      );
      head = done.head;
      publishHead(head);
      taken.forEach((one, i) => {
        settle(one, done.outcomes[i]);
      });
    } catch (cause) {
      for (const one of taken) one.reject(unavailable(cause));
    }
  };
  const drain = async (): Promise<void> => {
    while (waiting.length > 0) {
      await nextTurn();
      await turn();
    }
    running = undefined;
  };

  return {
    commit: (commit) => {
      if (closed) return Promise.reject(unavailable(new Error('the store is closed')));
      return new Promise((resolve, reject) => {
        waiting.push({ commit, resolve, reject });
        running ??= drain();
      });
    },
    head: () => head,
    close: async () => {
      closed = true;
      await running;
    },
  };
}

const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

function settle(one: Waiting, outcome: Outcome | undefined): void {
  if (outcome && 'done' in outcome) one.resolve(outcome);
  else one.reject(unavailable(outcome?.failed));
}
