/** What the audit log asks of `crypto/` and of a store, so that it needs to know neither. */
import type { Sealed } from '../core/brands.ts';
import type { Plan } from '../core/plan.ts';

/** Sealing of records and the ids of rendered events. */
export interface AuditCrypto {
  seal(json: string): Sealed;
  /** Throws `DamagedRecordError`. */
  open(sealed: Sealed): string;
  /** Opaque and stable: the id of the event `index` of the record `seq`. */
  eventId(seq: number, index: number): string;
  /** Undefined for an id that `eventId` never gave. */
  parseEventId(id: string): EventPosition | undefined;
}

/** One rendered event: its record's place in the log, and which of the record's events it is. */
export interface EventPosition {
  readonly seq: number;
  readonly index: number;
}

/** A record in its place in the log. */
export interface AuditRow {
  readonly seq: number;
  readonly sealed: Sealed;
}

/** The part of a store that the search reads. */
export interface AuditStorePort {
  get(seq: number): Promise<AuditRow | undefined>;
  /** Newest first; `before` is left out, `from` is included. */
  query(query: {
    readonly where: Plan;
    readonly before?: number;
    readonly from?: number;
    readonly limit: number;
  }): Promise<readonly AuditRow[]>;
  /** Place of the newest record; 0 when there is none. */
  newest(): Promise<number>;
}
