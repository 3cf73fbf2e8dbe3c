/** What a caller may do with one type, as interactions use it: policy and masking stand behind it. */
import type { JsonObject, ResourceJson } from './json.ts';
import type { Plan, Term } from './plan.ts';
import type { MaskedText, OpenRecord } from './record.ts';

/** `hidden-by-label`: it would be in sight but for its labels. */
export type Sight = 'seen' | 'hidden-by-label' | 'outside';

/** As what the caller knows a record. */
export interface Named {
  /** The id under which the caller knows the resource: a pseudonym for some views. */
  readonly id: string;
  /** Whether version and time may stand in headers: not where a view hides `meta`. */
  readonly versioned: boolean;
}

export interface Shown extends Named {
  readonly text: MaskedText;
}

/** The parts of a resource that `_elements` or `_summary` asks for (R4 search.html#elements, #summary). */
export type Subset =
  | { readonly kind: 'elements'; readonly names: ReadonlySet<string> }
  | { readonly kind: 'summary' | 'text' | 'data' };

/** Subject, roles, scopes and policy: a cursor of another one is foreign. */
export interface CursorOwner {
  readonly subject: string;
  readonly roles: readonly string[];
  readonly scopes: readonly string[] | undefined;
  readonly patient?: string;
  readonly policy: string;
}

export interface PutOutcome {
  readonly resource: ResourceJson;
  readonly changed: boolean;
}

export interface Access {
  /** Whether row filter and labels let the caller have a record with these row terms. */
  sight(rowTerms: ReadonlySet<Term>): Sight;
  /** Whether the caller sees every row of the type: it alone may choose ids. */
  readonly unfiltered: boolean;
  /** As what the caller knows a record, a deletion too; undefined as for `show`. */
  name(record: OpenRecord): Named | undefined;
  /** The record as the caller sees it; undefined for one who may write and not read. */
  show(record: OpenRecord): Shown | undefined;
  /** Lays what was sent over what is stored. Throws 403 or 409. */
  put(id: string, edited: JsonObject, stored: OpenRecord | undefined): PutOutcome;
  /** The uid of the id in the path, which is a pseudonym for some views; undefined for what is none. */
  uidOf(id: string): string | undefined;
  /** What a cursor is bound to. */
  readonly holder: CursorOwner;
}

/** The part of a search that policy decides, for each role that may answer it. */
export interface SearchBranch {
  /** Row filter, labels and criteria. */
  readonly where: Plan;
  /** The record as this role sees it, for what terms cannot decide. */
  see(record: OpenRecord): ResourceJson;
  admits(rowTerms: ReadonlySet<Term>): boolean;
}
