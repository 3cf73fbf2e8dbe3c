/** What a resource costs in index rows stays within DESIGN.md's limits, by real data. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ResourceJson } from '../../../src/core/json.ts';
import { parseJson } from '../../../src/core/parse-json.ts';
import { createClassifier } from '../../../src/fhirpath/classify.ts';
import { loadRules } from '../../../src/load-rules.ts';
import { rowParametersOf } from '../../../src/policy/where.ts';
import { createIndexer } from '../../../src/search/extract.ts';
import { sharedText, whySkipped } from '../../support/shared-data.ts';
import { BASE_URL, planContext } from './search-world.ts';

const NDJSON = 'synthea/ndjson';
const LIMITS = { Patient: 80, Observation: 40, MedicationRequest: 40 };

test('index: rows a resource at the median', { skip: whySkipped(NDJSON) }, (t) => {
  const { definitions, registry, policy, assign } = loadRules('profiles', { enforceDemands: false });
  const indexOf = createIndexer({
    registry,
    definitions,
    terms: planContext.terms,
    classify: createClassifier(definitions),
    baseUrl: BASE_URL,
    assign,
    rowParameters: rowParametersOf(registry, policy),
  });
  for (const [type, limit] of Object.entries(LIMITS)) {
    const rows = sharedText(`${NDJSON}/${type}.ndjson`)
      .split('\n', 1000)
      .map(parseJson)
      .flatMap((parsed) => (parsed.ok ? [indexOf(parsed.value as ResourceJson)] : []))
      .map(({ terms, references }) => terms.length + references.length)
      .sort((a, b) => a - b);
    const median = rows[Math.floor(rows.length / 2)] ?? Number.POSITIVE_INFINITY;
    t.diagnostic(`${type}: ${median} rows at the median of ${rows.length}`);
    assert.ok(median <= limit, `${type}: ${median} rows, ${limit} at most`);
  }
});
