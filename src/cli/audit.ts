/** `veil audit verify`: walks the whole chain and says where it breaks. */
import { Command } from 'commander';
import { type CliContext, openOffline } from './context.ts';

/** The command. */
export const auditCommand = (context: CliContext): Command =>
  new Command('audit').description('The audit log').addCommand(
    new Command('verify')
      .description('Verify every record of the chain')
      .option('--json', 'as JSON', false)
      .action(async ({ json }: { json: boolean }) => {
        const app = await openOffline(context);
        try {
          const report = await app.verifyAudit();
          context.out(json ? report.json : report.text);
          if (!report.ok) context.fail();
        } finally {
          await app.close();
        }
      }),
  );
