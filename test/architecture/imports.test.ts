/** The import rule of DESIGN.md "Layout" holds for every file of src; and the check itself finds what it must. */
import assert from 'node:assert/strict';
import { globSync, readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { IMPORT_RULE, importCycle, importFaults, importsOf } from './import-rule.ts';

const SRC = new URL('../../src/', import.meta.url);
const sources = new Map(
  globSync('**/*.ts', { cwd: SRC }).map((file) => [file, readFileSync(new URL(file, SRC), 'utf8')]),
);
const faultsIn = (files: Readonly<Record<string, string>>) => importFaults(new Map(Object.entries(files)));
const cycleIn = (files: Readonly<Record<string, string>>) => importCycle(new Map(Object.entries(files)));

test('imports: every file of src keeps the rule', () => {
  assert.ok(sources.size > 50);
  assert.deepEqual(importFaults(sources), []);
});

test('imports: no cycle among folders', () => {
  assert.equal(importCycle(sources), undefined);
});

test('imports: every folder of src has a row', () => {
  const folders = readdirSync(SRC, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  assert.deepEqual(
    folders.map(({ name }) => name).filter((name) => !Object.hasOwn(IMPORT_RULE, name)),
    [],
  );
});

test('imports: the rule itself names no unknown folder and allows no cycle', () => {
  const rows = Object.entries(IMPORT_RULE).map(([name, { may, types = [] }]) => {
    for (const other of [...may, ...types]) assert.ok(other === 'app' || Object.hasOwn(IMPORT_RULE, other), other);
    return [
      `${name}/x.ts`,
      [...may, ...types].map((other) => `import { y } from '../${other}/x.ts';`).join('\n'),
    ] as const;
  });
  assert.equal(importCycle(new Map(rows)), undefined);
});

test('check: finds a forbidden folder, package, Node module, adapter and missing row', () => {
  const forbidden: Readonly<Record<string, string>> = {
    'core/a.ts': "import { x } from '../audit/x.ts';",
    'audit/a.ts': "import { x } from 'jose';",
    'search/a.ts': "import { readFileSync } from 'node:fs';",
    'store/a.ts': "import { DatabaseSync } from 'node:sqlite';",
    'policy/a.ts': "import { see } from '../masking/see.ts';",
    'shiny/a.ts': '',
    'stray.ts': '',
    'http/a.ts': "const x = await import('../masking/see.ts');",
    'auth/a.ts': "export { x } from '../http/x.ts';",
    'core/b.ts': "import '../http/x.ts';",
    'config/a.ts': "import {\n  type A,\n  b,\n} from '../auth/x.ts';",
  };
  for (const [file, text] of Object.entries(forbidden)) assert.equal(faultsIn({ [file]: text }).length, 1, file);
});

test('check: lets pass what the rule allows', () => {
  const allowed: Readonly<Record<string, string>> = {
    'audit/a.ts': "import { x } from '../core/x.ts';\nimport { y } from './y.ts';",
    'store/sqlite/a.ts': "import { DatabaseSync } from 'node:sqlite';\nimport { x } from '../../core/x.ts';",
    'policy/a.ts':
      "import type { Seen } from '../masking/see.ts';\nimport { type A, type B } from '../masking/see.ts';",
    'app.ts': "import { x } from './http/x.ts';",
    'cli/a.ts': "import { x } from '../app.ts';",
  };
  assert.deepEqual(faultsIn(allowed), []);
});

test('check: tells type imports from values, over several lines', () => {
  const text =
    "import type { A } from './a.ts';\nimport { type B } from './b.ts';\nimport {\n  type C,\n  d,\n} from './c.ts';";
  assert.deepEqual(
    importsOf(text).map(({ typeOnly }) => typeOnly),
    [true, true, false],
  );
});

test('check: finds a cycle of folders, also one of types; files of one folder may refer to each other', () => {
  assert.ok(cycleIn({ 'a/x.ts': "import type { Y } from '../b/y.ts';", 'b/y.ts': "import { z } from '../a/z.ts';" }));
  assert.equal(
    cycleIn({ 'a/x.ts': "import { y } from './y.ts';", 'a/y.ts': "import { x } from './x.ts';" }),
    undefined,
  );
});
