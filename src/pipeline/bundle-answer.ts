/** The Bundle that answers a batch or transaction (R4 http.html#transaction-response). */
import { FhirError } from '../core/errors.ts';
import type { JsonObject } from '../core/json.ts';
import { outcomeOf } from '../core/outcome.ts';
import type { Answer, BundleRequest } from '../core/request.ts';
import { type MaskedEntry, maskedBundle } from '../masking/bundle.ts';

/** One response for each request, in the order in which they stand in the Bundle. */
export function bundleAnswer(kind: BundleRequest['kind'], answers: readonly Answer[]): Answer {
  const head = { resourceType: 'Bundle', type: `${kind}-response` };
  return { status: 200, headers: {}, body: { kind: 'bundle', bundle: maskedBundle(head, answers.map(entryOf), []) } };
}

// R4: the status begins with the three digits; RFC 9110 15 has the words.
const REASONS: ReadonlyMap<number, string> = new Map([
  [200, 'OK'],
  [201, 'Created'],
  [204, 'No Content'],
  [304, 'Not Modified'],
  [400, 'Bad Request'],
  [403, 'Forbidden'],
  [404, 'Not Found'],
  [405, 'Method Not Allowed'],
  [409, 'Conflict'],
  [410, 'Gone'],
  [412, 'Precondition Failed'],
  [413, 'Content Too Large'],
  [415, 'Unsupported Media Type'],
  [422, 'Unprocessable Content'],
  [500, 'Internal Server Error'],
  [503, 'Service Unavailable'],
]);

function entryOf({ status, headers, body }: Answer): MaskedEntry {
  const { Location: location, ETag: etag, 'Last-Modified': modified } = headers;
  const response: JsonObject = {
    status: `${status} ${REASONS.get(status) ?? 'Error'}`,
    ...(location === undefined ? {} : { location }),
    ...(etag === undefined ? {} : { etag }),
    ...(modified === undefined ? {} : { lastModified: new Date(modified).toISOString() }),
    ...(body.kind === 'outcome' ? { outcome: outcomeOf(body.issues) } : {}),
  };
  const members = { response };
  if (body.kind === 'resource') return { members, resource: body.resource };
  return body.kind === 'bundle' ? { members, resource: body.bundle } : { members };
}

/** The refusal of an entry as that of the whole, naming the entry. */
export function namingEntry(index: number, error: FhirError): FhirError {
  const place = `Bundle.entry[${index}]`;
  const issues = error.issues.map((issue) => ({
    ...issue,
    diagnostics: `Entry ${index}: ${issue.diagnostics}`,
    expression: issue.expression === undefined ? place : `${place}.resource${issue.expression.replace(/^[^.[]+/, '')}`,
  }));
  return new FhirError(error.status, issues, { cause: error, headers: { ...error.headers } });
}
