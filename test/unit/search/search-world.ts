/** What the search tests share: real definitions, readable terms, and a plan evaluated over one row in memory. */
import { join } from 'node:path';
import type { ResourceJson } from '../../../src/core/json.ts';
import type { Plan } from '../../../src/core/plan.ts';
import { createFaults } from '../../../src/definitions/faults.ts';
import { loadLabelFiles } from '../../../src/definitions/label-file.ts';
import { createLabeller } from '../../../src/definitions/labeller.ts';
import { loadDefinitions } from '../../../src/definitions/registry.ts';
import { createClassifier } from '../../../src/fhirpath/classify.ts';
import { createIndexer, type IndexedResource } from '../../../src/search/extract.ts';
import { createSearchParameters } from '../../../src/search/parameters.ts';
import { parseQuery } from '../../../src/search/parse-query.ts';
import type { PlanContext } from '../../../src/search/plan.ts';
import type { Criterion, SearchQuery } from '../../../src/search/query.ts';

export const BASE_URL = 'http://veil.example/fhir';
export const NOW = Date.UTC(2024, 5, 1);

export const definitions = loadDefinitions(join(import.meta.dirname, '../../../profiles'));
export const registry = createSearchParameters(definitions);

/** Terms that can be read, so that a failure says what is missing. */
export const planContext: PlanContext = {
  terms: { term: (...parts) => JSON.stringify(parts), uid: (type, id) => `${type}/${id}` },
  uidOf: (type, id) => `${type}/${id}`,
};

export const rowParameters: ReadonlyMap<string, readonly string[]> = new Map([
  ['Patient', ['active', 'identifier', 'general-practitioner']],
  ['Observation', ['category', 'code', 'subject']],
]);

/** The shipped labels. */
const assign = createLabeller(loadLabelFiles(join(import.meta.dirname, '../../../profiles'), createFaults()));

export const index = createIndexer({
  registry,
  definitions,
  terms: planContext.terms,
  classify: createClassifier(definitions),
  baseUrl: BASE_URL,
  assign,
  rowParameters,
});

export function query(type: string, parameters: readonly (readonly [string, string])[], strict = true): SearchQuery {
  return parseQuery(registry, { type, parameters, strict, baseUrl: BASE_URL, now: NOW });
}

/** The one criterion of a query. */
export function criterion(type: string, name: string, value: string): Criterion {
  const [only] = query(type, [[name, value]]).criteria;
  if (!only) throw new Error(`no criterion: ${name}`);
  return only;
}

/** Whether a row with this index is in a plan. */
export function inPlan(plan: Plan, resource: ResourceJson, indexed: IndexedResource): boolean {
  const terms = new Set(indexed.terms);
  const references = new Set(indexed.references.map(({ parameter, uid }) => `${parameter} ${uid}`));
  const visit = (part: Plan): boolean => {
    switch (part.op) {
      case 'every':
        return true;
      case 'none':
        return false;
      case 'term':
        return terms.has(part.term);
      case 'uid':
        return part.uid === `${resource.resourceType}/${resource.id}`;
      case 'reference':
        return references.has(`${part.parameter} ${part.uid}`);
      case 'and':
        return part.of.every(visit);
      case 'or':
        return part.of.some(visit);
      case 'not':
        return !visit(part.of);
      case 'refersTo':
      case 'referredBy':
        throw new Error(`one row alone cannot answer ${part.op}`);
      default:
        return part satisfies never;
    }
  };
  return visit(plan);
}
