/** Starts the command line; the only reader of `process.env` (STYLE.md 12). */
import { existsSync } from 'node:fs';
import { runProgram } from './cli/program.ts';

if (existsSync('.env')) process.loadEnvFile('.env');
process.exitCode = await runProgram(process.argv, process.env);
