/** A role's `where`: a FHIR search query that row terms alone must decide (DESIGN.md "Views as data"). */
import { FhirError } from '../core/errors.ts';
import type { Faults } from '../definitions/faults.ts';
import type { ViewSpec } from '../definitions/role-file.ts';
import type { SearchRegistry } from '../search/parameters.ts';
import { parseQuery } from '../search/parse-query.ts';
import type { Criterion } from '../search/query.ts';
import type { Policy } from './policy.ts';

const DECIDABLE: ReadonlySet<string> = new Set(['token', 'reference', 'uri']);

// What the variables stand for is not known yet; which parameters are read does not depend on it.
const withSamples = (where: string): string =>
  where.replaceAll('%patient', 'Patient/0').replaceAll('%fhirUser', 'Practitioner/0');

/** The criteria of a `where`; with `faults` what is wrong is collected, else it throws. */
export function whereCriteria(registry: SearchRegistry, spec: ViewSpec, faults?: Faults): readonly Criterion[] {
  const pointer = `${spec.pointer}/where`;
  try {
    const where = spec.where ?? '';
    const text = faults ? withSamples(where) : where;
    const { criteria, links } = parseQuery(registry, {
      type: spec.type,
      parameters: [...new URLSearchParams(text)],
      strict: true,
      baseUrl: 'http://localhost/fhir',
      now: 0,
    });
    for (const { param, name, modifier } of criteria) {
      if (DECIDABLE.has(param.kind) && modifier !== 'identifier') continue;
      faults?.add(spec.file, pointer, `${name} is no token or reference, so it cannot filter rows`);
    }
    for (const { name } of links) {
      if (!faults) throw new Error('a row filter cannot look at other resources');
      faults.add(spec.file, pointer, `${name} looks at other resources, so it cannot filter rows`);
    }
    return criteria;
  } catch (error) {
    if (!(error instanceof FhirError) || !faults) throw error;
    faults.add(spec.file, pointer, error.issues.map((issue) => issue.diagnostics).join(' '));
    return [];
  }
}

/** The parameters that row filters read, by type: the indexer gives each version their terms. */
export function rowParametersOf(registry: SearchRegistry, policy: Policy): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, Set<string>>();
  for (const { views } of policy.roles.values()) {
    for (const { spec } of views.values()) {
      if (spec.where === undefined) continue;
      const codes = whereCriteria(registry, { ...spec, where: withSamples(spec.where) }).map(
        (criterion) => criterion.param.code,
      );
      found.set(spec.type, new Set([...(found.get(spec.type) ?? []), ...codes]));
    }
  }
  return new Map([...found].map(([type, codes]) => [type, [...codes].sort()]));
}
