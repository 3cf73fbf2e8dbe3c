/** The errors that a client may see; `outcome.ts` turns them into OperationOutcomes, in one place. */

/** Codes of http://hl7.org/fhir/issue-type that Veil gives. */
export type IssueCode =
  | 'structure'
  | 'required'
  | 'value'
  | 'invariant'
  | 'code-invalid'
  | 'business-rule'
  | 'not-found'
  | 'deleted'
  | 'conflict'
  | 'duplicate'
  | 'forbidden'
  | 'login'
  | 'expired'
  | 'not-supported'
  | 'too-costly'
  | 'too-long'
  | 'throttled'
  | 'transient'
  | 'exception'
  | 'invalid'
  | 'informational';

/** One thing that is wrong; `diagnostics` tells a person what to do and never holds a stored value. */
export interface Issue {
  readonly severity: 'error' | 'warning' | 'information';
  readonly code: IssueCode;
  readonly diagnostics: string;
  /** FHIRPath of the element, such as `Patient.birthDate` or `Observation.component[0].code`. */
  readonly expression?: string;
}

/** A refusal with its HTTP status. Only this class reaches a client as anything but a bare 500. */
export class FhirError extends Error {
  override name = 'FhirError';
  readonly status: number;
  readonly issues: readonly Issue[];
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    status: number,
    issues: readonly Issue[],
    options?: { cause?: unknown; headers?: Record<string, string> },
  ) {
    super(issues.map((issue) => issue.code).join(','), options);
    this.status = status;
    this.issues = issues;
    this.headers = options?.headers ?? {};
  }
}

const refusal =
  (status: number, code: IssueCode) =>
  (diagnostics: string, expression?: string): FhirError =>
    new FhirError(status, [{ severity: 'error', code, diagnostics, ...(expression ? { expression } : {}) }]);

/** 400: the request cannot be understood. */
export const badRequest = refusal(400, 'invalid');
/** 400: JSON that does not parse, or lies too deep. */
export const malformed = refusal(400, 'structure');
/** 400: a feature or parameter that this server does not offer. */
export const notSupported = refusal(400, 'not-supported');
/** 403: role, scope or view does not allow it; decided from definitions, never from data. */
export const forbidden = refusal(403, 'forbidden');
/** 403: a query that would need more work than its bound. */
export const tooCostly = refusal(403, 'too-costly');
/** 404: unknown and unseen alike. */
export const notFound = (): FhirError => refusal(404, 'not-found')('No such resource. Check the type and the id.');
/** 410: deleted, and its last version was in the caller's sight. */
export const gone = (): FhirError => refusal(410, 'deleted')('This resource was deleted.');
/** 412: `If-Match` is out of date, or a conditional URL finds several. */
export const preconditionFailed = refusal(412, 'conflict');
/** 409: others wrote meanwhile, or the edit would have to guess. */
export const conflict = refusal(409, 'conflict');
/** 422: the JSON was understood and is no valid resource. */
export const unprocessable = (issues: readonly Issue[]): FhirError => new FhirError(422, issues);
/** 503: the audit event cannot be made durable, so nothing is given. */
export const unavailable = (cause?: unknown): FhirError =>
  new FhirError(
    503,
    [
      {
        severity: 'error',
        code: 'transient',
        diagnostics: 'The server cannot record this access now. Try again later.',
      },
    ],
    { cause, headers: { 'Retry-After': '5' } },
  );

/** What is stored does not open: damaged, moved or sealed under another key. All such failures look alike. */
export class DamagedRecordError extends Error {
  override name = 'DamagedRecordError';
}

/** Another process holds the store: it is not a fault of configuration, and the answer of a command is no (exit 1). */
export class StoreHeldError extends Error {
  override name = 'StoreHeldError';
}

/** Faults in configuration or profiles: the start stops with exit code 2 and prints every line. */
export class ConfigurationError extends Error {
  override name = 'ConfigurationError';
  readonly faults: readonly string[];

  constructor(faults: readonly string[]) {
    super(faults.join('\n'));
    this.faults = faults;
  }
}
