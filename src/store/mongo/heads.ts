/** The heads of the audit chains in the database of keys, so that a cut tail is found: one document a chain, with its MAC. */
import type { Collection, Db } from 'mongodb';
import { ConfigurationError } from '../../core/errors.ts';
import type { AuditCrypto } from '../../crypto/audit-crypto.ts';
import { sameLink } from '../audit-chain.ts';
import type { AuditHead } from '../record-store.ts';

interface HeadDoc {
  readonly _id: number;
  readonly seq: number;
  readonly link: Uint8Array;
  readonly mac: Uint8Array;
}

export interface Heads {
  /** Every head that was published; a crash may have lost the last few. Throws `ConfigurationError` for a changed one. */
  all(): Promise<ReadonlyMap<number, AuditHead>>;
  /** Durable when it resolves. */
  keep(chain: number, head: AuditHead): Promise<void>;
}

/** The heads of a database of keys. */
export function createHeads(keys: Db, crypto: Pick<AuditCrypto, 'headMac'>): Heads {
  const heads: Collection<HeadDoc> = keys.collection('head');
  return {
    all: async () => {
      const docs = await heads.find({}).toArray();
      for (const { _id, mac, ...head } of docs) {
        if (sameLink(mac, crypto.headMac(macBytes(_id, head)))) continue;
        throw new ConfigurationError([`DATABASE_URL: the head of audit chain ${_id} was changed`]);
      }
      return new Map(docs.map(({ _id, seq, link }) => [_id, { seq, link }]));
    },
    keep: async (chain, head) => {
      const mac = crypto.headMac(macBytes(chain, head));
      await heads.replaceOne({ _id: chain }, { seq: head.seq, link: head.link, mac }, { upsert: true });
    },
  };
}

// Longer than what a head file seals, so that neither can stand for the other.
function macBytes(chain: number, { seq, link }: AuditHead): Buffer {
  const bytes = Buffer.alloc(12 + link.length);
  bytes.writeUInt32BE(chain);
  bytes.writeBigUInt64BE(BigInt(seq), 4);
  bytes.set(link, 12);
  return bytes;
}

/** Keeps the newest head of a chain and passes over those that a newer one overtook; a failure is made good by the next. */
export function createPublisher(heads: Heads): {
  publish(chain: number, head: AuditHead): void;
  /** Resolves when the newest is kept, or could not be. */
  settled(): Promise<void>;
} {
  let newest: { readonly chain: number; readonly head: AuditHead } | undefined;
  let running: Promise<void> | undefined;
  const run = async (): Promise<void> => {
    while (newest) {
      const { chain, head } = newest;
      newest = undefined;
      await heads.keep(chain, head).catch(() => undefined);
    }
    running = undefined;
  };
  return {
    publish: (chain, head) => {
      newest = { chain, head };
      running ??= run();
    },
    settled: async () => running,
  };
}
