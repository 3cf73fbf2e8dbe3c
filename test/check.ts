/** `npm run check`: types, lint and formatting, unused code, import boundaries; all are run, any fault fails. */
import { spawnSync } from 'node:child_process';
import { globSync } from 'node:fs';

const steps: readonly (readonly string[])[] = [
  ['node_modules/.bin/tsc', '-p', '.'],
  ['node_modules/.bin/biome', 'check', '--config-path=.biome.json', '--error-on-warnings', '.'],
  ['node_modules/.bin/knip', '--config', '.knip.json'],
  [process.execPath, '--test', '--test-reporter=dot', ...globSync('test/architecture/*.test.ts')],
];

for (const [command = '', ...args] of steps) {
  const { status } = spawnSync(command, args, { stdio: 'inherit' });
  if (status !== 0) {
    console.error(`check: ${command} ${args[0] ?? ''} failed`);
    process.exitCode = 1;
  }
}
