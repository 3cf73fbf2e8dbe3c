/** The one place where issues become an OperationOutcome (R4 operationoutcome.html). */
import type { Issue } from './errors.ts';
import type { JsonObject, ResourceJson } from './json.ts';

/** An OperationOutcome that says these things. */
export const outcomeOf = (issues: readonly Issue[]): ResourceJson => ({
  resourceType: 'OperationOutcome',
  issue: issues.map(issueJson),
});

const issueJson = ({ severity, code, diagnostics, expression }: Issue): JsonObject => ({
  severity,
  code,
  diagnostics,
  ...(expression === undefined ? {} : { expression: [expression] }),
});
