/** The operator's command line: one file a command; exit codes 0 done, 1 the answer is no, 2 bad usage or configuration. */
import { Command, CommanderError } from 'commander';
import { VERSION } from '../app.ts';
import { ConfigurationError, StoreHeldError } from '../core/errors.ts';
import { auditCommand } from './audit.ts';
import type { CliContext } from './context.ts';
import { keysCommand } from './keys.ts';
import { loadCommand } from './load.ts';
import { policyCommand } from './policy.ts';
import { serveCommand } from './serve.ts';
import { tokenCommand } from './token.ts';

/** Runs one command and gives its exit code. */
export async function runProgram(argv: readonly string[], env: CliContext['env']): Promise<number> {
  let code = 0;
  const context: CliContext = {
    env,
    out: (text) => process.stdout.write(`${text}\n`),
    say: (text) => process.stderr.write(`${text}\n`),
    fail: () => {
      code = 1;
    },
  };
  const program = new Command('veil')
    .description('A secure FHIR R4 server with field-level access control')
    .version(VERSION);
  for (const command of [serveCommand, tokenCommand, loadCommand, policyCommand, keysCommand, auditCommand]) {
    program.addCommand(command(context));
  }
  settle(program);
  try {
    await program.parseAsync(argv);
    return code;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    if (error instanceof StoreHeldError) {
      context.say(error.message);
      return 1;
    }
    if (!(error instanceof ConfigurationError)) throw error;
    for (const fault of error.faults) context.say(fault);
    return 2;
  }
}

function settle(command: Command): void {
  command.exitOverride().showHelpAfterError();
  for (const child of command.commands) settle(child);
}
