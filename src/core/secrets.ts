/** What the rest of the server asks of `crypto/` without ever holding a key. */
import type { Term, Uid } from './plan.ts';

/** Turns values into opaque terms and names; deterministic under one keyring. */
export interface TermMaker {
  /** `HMAC-SHA-256(index key of type and parameter, type | parameter | class | value)`, 128 bits. */
  term(type: string, parameter: string, itemClass: string, value: string): Term;
  /** The resource's name on disk, the same under every parameter. */
  uid(type: string, id: string): Uid;
}

/** Reversible pseudonyms: 26 characters of base32 (RFC 4648, lower case) over a resource's uid. */
export interface Pseudonyms {
  /** The pseudonym that `role` sees for a resource of `type`. */
  pseudonym(role: string, type: string, uid: Uid): string;
  /** The same for many, each at its place: a fraction of the cost. */
  pseudonyms(role: string, type: string, uids: readonly Uid[]): readonly string[];
  /** The uid that a pseudonym stands for; undefined for what is none. */
  uidOf(role: string, type: string, pseudonym: string): Uid | undefined;
}

/** Deterministic authenticated encryption of page cursors: equal input gives equal text. */
export interface CursorSealer {
  /** `binding` (subject, roles, scopes, policy, hour) must be given again to open it. */
  seal(plain: string, binding: string): string;
  open(cursor: string, binding: string): string | undefined;
}
