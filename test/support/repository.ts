/** A repository over a store in memory, with real definitions and a naive index. */
import { isObject, member, type ResourceJson } from '../../src/core/json.ts';
import { parseJson } from '../../src/core/parse-json.ts';
import type { Secrets } from '../../src/crypto/secrets.ts';
import { loadDefinitions } from '../../src/definitions/registry.ts';
import type { Definitions } from '../../src/definitions/types.ts';
import { createClassifier } from '../../src/fhirpath/classify.ts';
import { createRepository } from '../../src/store/create-repository.ts';
import { openStore } from '../../src/store/open-store.ts';
import type { OpenedStore } from '../../src/store/record-store.ts';
import type { Repository } from '../../src/store/repository.ts';
import { testSecrets } from './store-data.ts';

export const BASE_URL = 'http://127.0.0.1:8080/fhir';
export const NOW = Date.UTC(2024, 5, 1);

export interface TestRepository {
  readonly repository: Repository;
  readonly opened: OpenedStore;
  readonly secrets: Secrets;
  readonly definitions: Definitions;
  /** Moves the clock to this time. */
  setTime(milliseconds: number): void;
}

/** Opens one; its index is one term of the type and one for the gender or status, which is a row term too. */
export async function openTestRepository(databaseUrl = 'sqlite::memory:'): Promise<TestRepository> {
  const secrets = testSecrets();
  const definitions = loadDefinitions('profiles');
  const opened = await openStore({ databaseUrl, mode: 'demo', secrets, access: 'write' });
  let now = NOW;
  const repository = createRepository({
    store: opened.records,
    keys: opened.keys,
    secrets,
    definitions,
    classify: createClassifier(definitions),
    clock: () => now,
    baseUrl: BASE_URL,
    indexOf: (resource) => {
      const rowTerms = [statusTerm(secrets, resource)];
      return {
        terms: [secrets.terms.term(resource.resourceType, 'any', '', ''), ...rowTerms],
        rowTerms,
        references: [],
      };
    },
  });
  const setTime = (milliseconds: number): void => {
    now = milliseconds;
  };
  return { repository, opened, secrets, definitions, setTime };
}

/** The row term of a resource. */
export const statusTerm = (secrets: Secrets, resource: ResourceJson): string =>
  secrets.terms.term(resource.resourceType, 'status', '', String(resource['status'] ?? resource['gender'] ?? ''));

/** Parses a resource as the edge does, decimals kept. */
export function resourceOf(text: string): ResourceJson {
  const parsed = parseJson(text);
  const type = parsed.ok && isObject(parsed.value) ? member(parsed.value, 'resourceType') : undefined;
  if (!parsed.ok || !isObject(parsed.value) || typeof type !== 'string') throw new Error('not a resource');
  return { ...parsed.value, resourceType: type };
}
