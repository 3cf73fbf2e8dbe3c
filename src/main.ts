/** Starts the command line; the only reader of `process.env` (STYLE.md 12). */
import { existsSync } from 'node:fs';
import { enableCompileCache } from 'node:module';
import { setFlagsFromString } from 'node:v8';

// Node keeps what it compiled of our TypeScript, so that a second start takes half the time.
enableCompileCache();
// A start makes much garbage at once, and room made for it would never be given back; `serve` lifts this when ready.
setFlagsFromString('--semi-space-growth-factor=1');
if (existsSync('.env')) process.loadEnvFile('.env');
const { runProgram } = await import('./cli/program.ts');
process.exitCode = await runProgram(process.argv, process.env);
