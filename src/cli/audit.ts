/** `veil audit verify`: walks the whole chain and says where it breaks. */
import { Command } from 'commander';
import { verificationJson, verificationText } from '../audit/verify-report.ts';
import { verifyAudit } from '../store/verify-audit.ts';
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
          const result = await verifyAudit(app.store.records, app.secrets.audit);
          context.out(json ? JSON.stringify(verificationJson(result)) : verificationText(result));
          if (!result.ok) context.fail();
        } finally {
          await app.close();
        }
      }),
  );
