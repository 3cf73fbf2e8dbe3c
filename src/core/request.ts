/** A request after the edge has read it, and the closed union of answers that the responder takes. */

import type { Masked } from './brands.ts';
import type { FhirError, Issue } from './errors.ts';
import type { Json, JsonObject, ResourceJson } from './json.ts';
import type { Principal } from './principal.ts';
import type { MaskedText } from './record.ts';

/** R4 restful-interaction codes that Veil knows. */
export type Interaction =
  | 'read'
  | 'vread'
  | 'create'
  | 'update'
  | 'patch'
  | 'delete'
  | 'history-instance'
  | 'history-type'
  | 'search-type';

/** Where a request came from, for the audit record and the limits. */
export interface Origin {
  /** Network address, or the operating system's user for the command line. */
  readonly address: string;
  readonly requestId: string;
  /** `http` or `cli`. */
  readonly channel: 'http' | 'cli';
}

/** Header values that FHIR gives a meaning to, as sent. */
export interface Conditions {
  readonly ifMatch?: string;
  readonly ifNoneMatch?: string;
  readonly ifModifiedSince?: string;
}

/** The body of a PATCH; its content type says in which language it is written. */
export type PatchDocument =
  | { readonly kind: 'json-patch'; readonly operations: Json }
  | { readonly kind: 'fhirpath-patch'; readonly parameters: JsonObject };

export interface FhirRequest {
  readonly interaction: Interaction;
  readonly type: string;
  readonly id?: string;
  readonly versionId?: string;
  /** Query parameters in their order, decoded; for POST `_search` those of URL and body together. */
  readonly parameters: readonly (readonly [string, string])[];
  /** Of a conditional create, update, patch or delete: which resource is meant, as a search. */
  readonly criteria?: readonly (readonly [string, string])[];
  /** Whether the parameters came in a body, so that `self` must not repeat their values. */
  readonly parametersInBody: boolean;
  /** Parsed JSON body; undefined without one. */
  readonly body?: ResourceJson | JsonObject;
  /** For `patch` alone. */
  readonly patch?: PatchDocument;
  readonly conditions: Conditions;
  readonly preferReturn: 'representation' | 'minimal' | 'OperationOutcome';
  readonly strictHandling: boolean;
  readonly principal: Principal;
  readonly origin: Origin;
}

/** One entry of a batch or transaction, or why it cannot be read. */
export interface EntryRequest {
  /** Its place in the Bundle. */
  readonly index: number;
  /** What other entries call it by. */
  readonly fullUrl?: string;
  readonly request: FhirRequest | FhirError;
}

/** A Bundle sent to the base (R4 http.html#transaction). */
export interface BundleRequest {
  readonly kind: 'batch' | 'transaction';
  /** As they stand in the Bundle. */
  readonly entries: readonly EntryRequest[];
  readonly principal: Principal;
  readonly origin: Origin;
}

/** Everything that may leave under `/fhir`: an unmasked resource does not fit (DESIGN.md). */
export type AnswerBody =
  | { readonly kind: 'resource'; readonly resource: MaskedText }
  | { readonly kind: 'bundle'; readonly bundle: Masked<{ readonly text: string }> }
  | { readonly kind: 'outcome'; readonly issues: readonly Issue[] }
  | { readonly kind: 'capability'; readonly resource: ResourceJson }
  | { readonly kind: 'empty' };

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: AnswerBody;
}
