/** Seals audit records, links them into a chain, and names their events (DESIGN.md idea 5). */
import { createHmac, type KeyObject, randomBytes } from 'node:crypto';
import type { Sealed } from '../core/brands.ts';
import { decryptBlock, encryptBlocks } from './aes-block.ts';
import { decodeBase32, encodeBase32 } from './base32.ts';
import { deriveKey, keyFamily, unambiguous } from './derive.ts';
import { damaged, gcmOpen, gcmSeal } from './gcm.ts';
import { createNonces } from './nonces.ts';
import { sealedBytes } from './sealed.ts';

/** Where a rendered AuditEvent comes from: the record's place in the log, and which of its events it is. */
export interface EventPlace {
  readonly seq: number;
  readonly index: number;
}

export interface AuditCrypto {
  seal(json: string): Sealed;
  /** Throws `DamagedRecordError`. */
  open(sealed: Sealed): string;
  /** `HMAC(prev, chain, seq, sealed)`, 32 bytes. */
  link(prev: Uint8Array, seq: number, chain: string, sealed: Sealed): Buffer;
  /** Opaque stable id of an AuditEvent, 26 characters of base32. */
  eventId(seq: number, index: number): string;
  /** Undefined for an id that `eventId` never gave. */
  parseEventId(id: string): EventPlace | undefined;
  /** MAC of the head that is kept beside the keys, 32 bytes. */
  headMac(head: Uint8Array): Buffer;
}

const FORMAT = 1;
const SALT_BYTES = 16;
// A random nonce may be drawn 2^32 times under one key (SP 800-38D, 8.3); far below that a new salt makes a new key.
const RECORDS_PER_SALT = 2 ** 28;
const REDUNDANCY_BYTES = 4;
const LOW = 2 ** 48;

/** The audit log's own keys, all under the index root, which is never rotated away. */
export function createAuditCrypto(indexRoot: KeyObject): AuditCrypto {
  const chainKey = deriveKey(indexRoot, 'audit-chain');
  const headKey = deriveKey(indexRoot, 'audit-head');
  return {
    ...createRecordSealer(keyFamily(deriveKey(indexRoot, 'audit-records'), 256)),
    ...createEventIds(deriveKey(indexRoot, 'audit-event-ids')),
    link: (prev, seq, chain, sealed) =>
      createHmac('sha256', chainKey)
        .update(unambiguous([Buffer.from(prev).toString('base64url'), chain, String(seq)]))
        .update(sealed)
        .digest(),
    headMac: (head) => createHmac('sha256', headKey).update(head).digest(),
  };
}

function createRecordSealer(keyOfSalt: (salt: string) => KeyObject): Pick<AuditCrypto, 'seal' | 'open'> {
  const nonce = createNonces();
  let salt = randomBytes(SALT_BYTES);
  let drawn = 0;
  return {
    seal: (json) => {
      if (drawn++ === RECORDS_PER_SALT) {
        salt = randomBytes(SALT_BYTES);
        drawn = 1;
      }
      const body = gcmSeal(keyOfSalt(salt.toString('base64url')), nonce(), 'audit', json);
      return sealedBytes(Buffer.concat([Buffer.of(FORMAT), salt, body]));
    },
    open: (sealed) => {
      if (sealed[0] !== FORMAT) throw damaged();
      const itsSalt = Buffer.from(sealed.subarray(1, 1 + SALT_BYTES)).toString('base64url');
      return gcmOpen(keyOfSalt(itsSalt), 'audit', sealed.subarray(1 + SALT_BYTES)).toString('utf8');
    },
  };
}

// One block: four zero bytes that a forged id will not have, the high bits of the place (2), index (4), its low bits (6).
function createEventIds(key: KeyObject): Pick<AuditCrypto, 'eventId' | 'parseEventId'> {
  return {
    eventId: (seq, index) => {
      const block = Buffer.alloc(16);
      block.writeUInt16BE(Math.floor(seq / LOW), REDUNDANCY_BYTES);
      block.writeUInt32BE(index, 6);
      block.writeUIntBE(seq % LOW, 10, 6);
      return encodeBase32(encryptBlocks(key, block));
    },
    parseEventId: (id) => {
      const image = decodeBase32(id);
      const block = image && decryptBlock(key, image);
      if (block?.readUInt32BE(0) !== 0) return undefined;
      const seq = block.readUInt16BE(REDUNDANCY_BYTES) * LOW + block.readUIntBE(10, 6);
      return Number.isSafeInteger(seq) ? { index: block.readUInt32BE(6), seq } : undefined;
    },
  };
}
