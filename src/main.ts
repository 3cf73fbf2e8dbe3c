/** Starts the command line; the only reader of `process.env` (STYLE.md 12). */
import { existsSync } from 'node:fs';
import { enableCompileCache } from 'node:module';

// Node keeps what it compiled of our TypeScript, so that a second start takes half the time.
enableCompileCache();
if (existsSync('.env')) process.loadEnvFile('.env');
const { runProgram } = await import('./cli/program.ts');
process.exitCode = await runProgram(process.argv, process.env);
