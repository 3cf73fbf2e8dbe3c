/** `veil load`: resources from NDJSON, Bundles or folders; goes on after a bad one and ends with a report. */
import { Command } from 'commander';
import { type CliContext, openOffline } from './context.ts';
import { loadFiles } from './load-resources.ts';

/** The command. */
export const loadCommand = (context: CliContext): Command =>
  new Command('load')
    .description('Load resources')
    .argument('<file...>', 'NDJSON, JSON (a resource or a Bundle), or folders of these')
    .option('--json', 'the report as JSON', false)
    .action(async (files: readonly string[], { json }: { json: boolean }) => {
      const app = await openOffline(context);
      try {
        const report = await loadFiles(app, files, context);
        context.out(json ? JSON.stringify(report) : `loaded ${report.loaded}, failed ${report.failed}`);
        if (report.failed > 0) context.fail();
      } finally {
        await app.close();
      }
    });
