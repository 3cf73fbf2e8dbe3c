/** What an interaction proposes: an answer, and what must be committed with its audit record before it leaves. */
import type { Access } from '../core/access.ts';
import type { AuditOutcome } from '../core/audit.ts';
import type { Issue } from '../core/errors.ts';
import type { Json, ResourceJson } from '../core/json.ts';
import type { Clock, NewId } from '../core/ports.ts';
import type { MaskedText, OpenRecord, Precondition } from '../core/record.ts';
import type { FhirRequest, PatchDocument } from '../core/request.ts';
import type { PreparedWrite, Repository } from '../store/repository.ts';

export interface BundleEntry {
  readonly fullUrl: string;
  readonly resource: MaskedText;
}

/** One version in a history (R4 bundle.html#history); a deletion has no resource. */
export interface HistoryEntry {
  readonly fullUrl: string;
  readonly request: { readonly method: 'POST' | 'PUT' | 'DELETE'; readonly url: string };
  readonly response: { readonly status: string; readonly etag?: string; readonly lastModified?: string };
  readonly resource?: MaskedText;
}

export type ProposedBody =
  | { readonly kind: 'resource'; readonly resource: MaskedText }
  | {
      readonly kind: 'searchset';
      readonly total?: number;
      readonly links: readonly (readonly [relation: string, url: string])[];
      readonly entries: readonly BundleEntry[];
      readonly issues: readonly Issue[];
    }
  | {
      readonly kind: 'history';
      readonly total?: number;
      readonly links: readonly (readonly [relation: string, url: string])[];
      readonly entries: readonly HistoryEntry[];
    }
  | { readonly kind: 'outcome'; readonly issues: readonly Issue[] }
  | { readonly kind: 'empty' };

export interface Proposal {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: ProposedBody;
  readonly writes: readonly PreparedWrite[];
  /** What must still hold when they are committed; nothing unless it says so. */
  readonly preconditions?: readonly Precondition[];
  /** The resource that the audit record names; a search names its type alone. */
  readonly resource: { readonly type: string; readonly id?: string; readonly version?: number };
  /** Ids of the patients concerned. */
  readonly patients: readonly string[];
  /** Success unless it says otherwise. */
  readonly outcome?: AuditOutcome;
}

/** What every interaction works with. */
export interface InteractionContext {
  readonly repository: Repository;
  readonly access: Access;
  readonly baseUrl: string;
  readonly clock: Clock;
  readonly newId: NewId;
  validate(resource: Json, type: string): readonly Issue[];
  /** Applies a patch to a resource as the caller sees it; throws 422 naming the operation. */
  applyPatch(seen: ResourceJson, patch: PatchDocument): Json;
  /** Ids of the patients that a resource belongs to. */
  patientsOf(resource: ResourceJson): readonly string[];
  /** The same of a stored version, without opening what does not name them. */
  patientsOfRecord(record: OpenRecord): readonly string[];
}

export type InteractionRun = (context: InteractionContext, request: FhirRequest) => Promise<Proposal>;

/** Ids of the patients of several records; a patient's key is opened once (its records share it). */
export function patientsOfRecords(context: InteractionContext, records: readonly OpenRecord[]): readonly string[] {
  const keys = new Set<string>();
  const patients = new Set<string>();
  for (const record of records) {
    if (keys.has(record.keyId)) continue;
    keys.add(record.keyId);
    for (const id of context.patientsOfRecord(record)) patients.add(id);
  }
  return [...patients];
}
