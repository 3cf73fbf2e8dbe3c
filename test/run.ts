/** Runs the tests: every `*.test.ts` below test/; with `--long` the same laws with large figures (`*.long.ts`). */
import { spawnSync } from 'node:child_process';
import { globSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const long = process.argv.includes('--long');
const files = globSync(long ? 'test/**/*.long.ts' : 'test/**/*.test.ts').sort();
// Thresholds stand below what is reached, so that a test that is lost shows and a refactoring does not.
const coverage = [
  '--experimental-test-coverage',
  '--test-coverage-include=src/**/*.ts',
  '--test-coverage-exclude=src/definitions/cut/**',
  '--test-coverage-lines=80',
  '--test-coverage-branches=75',
  '--test-coverage-functions=75',
];
const options = ['--test', '--test-concurrency=2', '--test-reporter=spec', ...(long ? [] : coverage)];
// Each file is a process of its own: without a cache, half of a small one's time goes to compiling the same sources.
const env = { NODE_COMPILE_CACHE: join(tmpdir(), 'veil-compile-cache'), ...process.env };
const run = spawnSync(process.execPath, [...options, ...files], { stdio: 'inherit', env });
process.exitCode = run.status ?? 1;
