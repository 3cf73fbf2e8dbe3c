/** Runs the tests: every `*.test.ts` below test/; with `--long` the same laws with large figures (`*.long.ts`). */
import { spawnSync } from 'node:child_process';
import { globSync } from 'node:fs';

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
const run = spawnSync(process.execPath, [...options, ...files], { stdio: 'inherit' });
process.exitCode = run.status ?? 1;
