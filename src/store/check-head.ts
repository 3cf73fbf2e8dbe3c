/** Holds the audit log against the head that was kept beside the keys, when a store is opened. */
import { ConfigurationError } from '../core/errors.ts';
import type { AuditCrypto } from '../crypto/audit-crypto.ts';
import { follows, sameLink } from './audit-chain.ts';
import type { AuditHead, AuditRow } from './record-store.ts';

/** The two reads that the check needs; synchronous, for it runs before a store is open. */
export interface LogReader {
  get(seq: number): AuditRow | undefined;
  head(): AuditHead;
  /** Name of the chain; the only one unless given. */
  readonly name?: string;
}

/** The head of the log; throws `ConfigurationError` naming the place when the log does not contain `known`. */
export function checkHead(log: LogReader, known: AuditHead, crypto: AuditCrypto): AuditHead {
  const stored = log.head();
  if (stored.seq < known.seq) {
    throw fault(`records ${stored.seq + 1} to ${known.seq} were cut off its end`);
  }
  if (known.seq > 0) {
    const row = log.get(known.seq);
    if (!row || !sameLink(row.link, known.link)) throw fault(`record ${known.seq} is missing or was changed`);
  }
  // What a crash kept from the head file is checked link by link.
  let head = known;
  while (head.seq < stored.seq) {
    const row = log.get(head.seq + 1);
    if (!row || !follows(crypto, head, row, log.name)) throw fault(`record ${head.seq + 1} is missing or was changed`);
    head = row;
  }
  return head;
}

const fault = (what: string): ConfigurationError =>
  new ConfigurationError([
    `the audit log is not whole: ${what}. Restore the database together with its .keys and .head files.`,
  ]);
