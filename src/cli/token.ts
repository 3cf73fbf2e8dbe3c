/** `veil token`: a token that a running demo server takes (demo mode alone). */
import { Command } from 'commander';
import { configure } from '../app.ts';
import { demoIssuerOf } from '../serve.ts';
import type { CliContext } from './context.ts';

interface TokenOptions {
  readonly role: readonly string[];
  readonly patient?: string;
  readonly scope?: string;
  readonly user?: string;
}

/** The command. */
export const tokenCommand = (context: CliContext): Command =>
  new Command('token')
    .description('Print a demo token')
    .requiredOption('--role <role...>', 'roles, such as physician')
    .option('--patient <id>', 'the patient in context')
    .option('--scope <scope>', 'SMART scopes, such as "patient/*.rs"')
    .option('--user <reference>', 'fhirUser, such as Practitioner/7')
    .action(async ({ role, patient, scope, user }: TokenOptions) => {
      const { config } = configure(context.env, { demo: true, stream: process.stderr });
      const issuer = await demoIssuerOf(config, Date.now);
      const fhirUser = user ?? (role.includes('patient') && patient ? `Patient/${patient}` : undefined);
      const token = await issuer.sign({
        sub: `demo-${role.join('-')}`,
        roles: role,
        ...(patient === undefined ? {} : { patient }),
        ...(scope === undefined ? {} : { scope }),
        ...(fhirUser === undefined ? {} : { fhirUser }),
      });
      context.out(token);
    });
