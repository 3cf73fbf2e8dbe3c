/** What every searchset says beside its entries: its `self` link and what was left out (R4 search.html#conformance). */
import type { Issue } from '../core/errors.ts';
import type { FhirRequest } from '../core/request.ts';

/** The caller's parameters as understood; the values of a POST stay out of URLs (CONTRACT.md "links"). */
export function selfUrl(base: string, self: readonly (readonly [string, string])[], request: FhirRequest): string {
  const pairs = self.map(
    ([name, value]) => `${encodeURIComponent(name)}=${request.parametersInBody ? '' : encodeURIComponent(value)}`,
  );
  return pairs.length > 0 ? `${base}?${pairs.join('&')}` : base;
}

/** A warning for a parameter that was left out. */
export const ignoredIssue = (name: string): Issue => ({
  severity: 'warning',
  code: 'not-supported',
  diagnostics: `The parameter ${name.slice(0, 64)} is not supported and was ignored.`,
});
