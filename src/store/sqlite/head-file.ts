/** The head of the audit chain beside the keys, so that a cut tail is found: two slots in turn, each with its MAC. */
import { closeSync, fstatSync, fsyncSync, openSync, readSync, writeSync } from 'node:fs';
import { ConfigurationError } from '../../core/errors.ts';
import type { AuditCrypto } from '../../crypto/audit-crypto.ts';
import { EMPTY_HEAD, sameLink } from '../audit-chain.ts';
import type { AuditHead } from '../record-store.ts';

export interface HeadFile {
  /** The newest head that was published; a crash may have lost the last few. */
  read(): AuditHead;
  /** Not flushed to the disk: it may be older than the log after a power failure, never younger. */
  publish(head: AuditHead): void;
  close(): void;
}

const SLOT = 128;
const BODY = 8 + 32;
const MAC = 32;

/** Opens the head file at `path`, which must exist; an empty one starts at the empty head when `fresh`. */
export function openHeadFile(path: string, crypto: AuditCrypto, fresh: boolean): HeadFile {
  const file = openSync(path, 'r+');
  let slot = 0;
  const publish = (head: AuditHead): void => {
    slot = 1 - slot;
    writeSync(file, encodeSlot(crypto, head), 0, SLOT, slot * SLOT);
  };
  if (fresh && fstatSync(file).size === 0) {
    publish(EMPTY_HEAD);
    publish(EMPTY_HEAD);
    fsyncSync(file);
  }
  return {
    read: () => {
      const heads = [0, 1].map((at) => readSlot(file, crypto, at));
      const [first, second] = heads;
      if (!first && !second) {
        throw new ConfigurationError([`${path}: the head of the audit log is missing or damaged`]);
      }
      slot = (first?.seq ?? -1) > (second?.seq ?? -1) ? 0 : 1;
      return heads[slot] ?? EMPTY_HEAD;
    },
    publish,
    close: () => closeSync(file),
  };
}

function encodeSlot(crypto: AuditCrypto, head: AuditHead): Buffer {
  const slot = Buffer.alloc(SLOT);
  slot.writeBigUInt64BE(BigInt(head.seq));
  slot.set(head.link, 8);
  slot.set(crypto.headMac(slot.subarray(0, BODY)), BODY);
  return slot;
}

function readSlot(file: number, crypto: AuditCrypto, at: number): AuditHead | undefined {
  const slot = Buffer.alloc(SLOT);
  if (readSync(file, slot, 0, SLOT, at * SLOT) !== SLOT) return undefined;
  const body = slot.subarray(0, BODY);
  if (!sameLink(slot.subarray(BODY, BODY + MAC), crypto.headMac(body))) return undefined;
  return { seq: Number(body.readBigUInt64BE()), link: Buffer.from(body.subarray(8)) };
}
