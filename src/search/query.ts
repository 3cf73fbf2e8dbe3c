/** What a search asks, after parsing: the AST that guard, planner and matcher share. */
import type { Subset } from '../core/access.ts';
import type { Uid } from '../core/plan.ts';
import type { SearchParam } from '../definitions/types.ts';
import type { SearchExpression } from '../fhirpath/search-expression.ts';
import type { Decimal } from './decimals.ts';

/** R4's parameter types; `id` is `_id`, which no index needs, `text` is `_text` and `_content`. */
export type ParameterKind = SearchParam['type'] | 'id' | 'text';

/** `type` is R4's `:[type]`, `subject:Patient=1`: the type itself stands in the values. */
export type Modifier =
  | 'exact'
  | 'contains'
  | 'missing'
  | 'not'
  | 'text'
  | 'identifier'
  | 'of-type'
  | 'above'
  | 'below'
  | 'type';

/** A search parameter of one served type, with everything that is worked out once. */
export interface SearchParameter {
  readonly type: string;
  readonly code: string;
  readonly kind: ParameterKind;
  readonly definition: SearchParam;
  readonly expression: SearchExpression;
  /** Types that a reference may name; empty means any. */
  readonly targets: readonly string[];
  /** Codes of the parameters (mostly itself) whose terms answer it: `combo-code` is answered by two others. */
  readonly indexes: readonly string[];
  /** Parts of its elements, `family`, that are indexed under another of `indexes` alone. */
  readonly delegated: readonly string[];
  /** Whether a resource has one value at most under it, so that terms of two values are never mixed up. */
  readonly single: boolean;
  /** Classes of its items (`MRN`, …, `other`); `['']` where items have none. */
  readonly itemClasses: readonly string[];
  /** The element whose items fall into classes, such as `identifier`. */
  readonly itemElement?: string;
  /** How an order by it gets its values: from the sort box, or from the resource; absent where it has no order. */
  readonly sorting?: 'box' | 'resource';
  /** For tokens on `code` and other plain elements: the code systems that the binding implies. */
  readonly implied?: { readonly systems: ReadonlySet<string>; has(system: string, code: string): boolean };
  /**
   * Whether its terms say less than it asks: `phone` is found among those of `telecom`. What they find must be looked
   * at; that they find nothing is certain.
   */
  readonly narrows: boolean;
  /** Of a composite: its parts in their order; `[]` for all others. */
  readonly components: readonly CompositePart[];
}

/** A part of a composite: another parameter, read below each place that the composite names. */
export interface CompositePart {
  readonly param: SearchParameter;
  /** Type of such a place, `Observation.component`, to what is read of it. */
  readonly expressions: ReadonlyMap<string, SearchExpression>;
}

/** R4 search.html#prefix. */
export type Prefix = 'eq' | 'ne' | 'gt' | 'lt' | 'ge' | 'le' | 'sa' | 'eb' | 'ap';

/** Any of these resources; or, with a `text`, what is no resource of this server: `urn:uuid:…`, another server's URL. */
export interface ReferenceValue {
  readonly kind: 'reference';
  readonly targets: readonly { readonly type: string; readonly id: string }[];
  readonly text?: string;
}

interface NumberValue {
  readonly prefix: Prefix;
  readonly at: Decimal;
  readonly from: Decimal;
  readonly to: Decimal;
}

/** One of the values that a comma separates. */
export type ParamValue =
  | { readonly kind: 'missing'; readonly missing: boolean }
  /** No `system`: any; '' : none at all. No `code`: any. */
  | { readonly kind: 'token'; readonly system?: string; readonly code?: string }
  | { readonly kind: 'of-type'; readonly system: string; readonly code: string; readonly value: string }
  | { readonly kind: 'string'; readonly text: string; readonly normal: string }
  /** Nanoseconds since 1970, `from` included, `to` not. */
  | { readonly kind: 'date'; readonly prefix: Prefix; readonly from: bigint; readonly to: bigint }
  /** The very number, and what its precision means: `from` included, `to` not. */
  | ({ readonly kind: 'number' } & NumberValue)
  /** No `unit`: any; a `system` of '': the code, or the unit that people read. */
  | ({ readonly kind: 'quantity'; readonly unit?: { readonly system: string; readonly code: string } } & NumberValue)
  /** All of them, normalised. */
  | { readonly kind: 'words'; readonly words: readonly string[] }
  /** One value for each part of the composite. */
  | { readonly kind: 'composite'; readonly parts: readonly ParamValue[] }
  | ReferenceValue
  | { readonly kind: 'uri'; readonly uri: string }
  | { readonly kind: 'id'; readonly id: string };

/** One parameter of a query: any of its values. */
export interface Criterion {
  readonly param: SearchParameter;
  /** As sent, with its modifier. */
  readonly name: string;
  readonly modifier?: Modifier;
  readonly values: readonly ParamValue[];
}

/** What the rows at one end of a link must meet. */
export interface Conditions {
  readonly criteria: readonly Criterion[];
  readonly links: readonly Link[];
}

/**
 * A condition on other resources. `chain`: one that `param` of the searched type names, of any of the types. `has`: one
 * whose `param` names what is searched for.
 */
export interface Link {
  readonly kind: 'chain' | 'has';
  /** As sent. */
  readonly name: string;
  readonly param: SearchParameter;
  /** One for `has`. */
  readonly ends: readonly { readonly type: string; readonly conditions: Conditions }[];
}

export interface SortKey {
  readonly param: SearchParameter;
  readonly direction: 'ascending' | 'descending';
}

/** All of its criteria, one page. */
export interface SearchQuery {
  readonly type: string;
  readonly criteria: readonly Criterion[];
  readonly links: readonly Link[];
  /** 1 to 500; 20 when not given. */
  readonly count: number;
  readonly total: 'none' | 'accurate' | 'estimate';
  /** `_summary=count` or `_count=0`: the total and nothing else. */
  readonly summaryCount: boolean;
  /** Names of unknown parameters, each once; they were left out. */
  readonly ignored: readonly string[];
  /** The caller's parameters as understood, for `self` and cursors. */
  readonly self: readonly (readonly [string, string])[];
  /** Empty: by creation, newest first. */
  readonly sort: readonly SortKey[];
  /** Which parts of a resource to answer with, each of them laid over what the caller sees. */
  readonly subsets: readonly Subset[];
  /** The last row of the page before, in the version by which it had its place. */
  readonly after?: { readonly uid: Uid; readonly version: number };
}
