/** `veil policy`: what the role files say, and what comes of it. */
import { Command } from 'commander';
import type { CliContext } from './context.ts';
import { policyCheckCommand } from './policy-check.ts';
import { policyExplainCommand } from './policy-explain.ts';
import { policyMatrixCommand } from './policy-matrix.ts';

/** The command with its three subcommands. */
export const policyCommand = (context: CliContext): Command =>
  new Command('policy')
    .description('Role views')
    .addCommand(policyCheckCommand(context))
    .addCommand(policyMatrixCommand(context))
    .addCommand(policyExplainCommand(context));
