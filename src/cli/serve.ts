/** `veil serve`: starts the server, in demo mode with seed, tokens and lines to paste. */
import { Command } from 'commander';
import { configure, createApp } from '../app.ts';
import { bindPort, createEdge, endStart } from '../serve.ts';
import type { CliContext } from './context.ts';
import { demoLines } from './demo-lines.ts';
import { loadFiles } from './load-resources.ts';

/** The command. */
export const serveCommand = (context: CliContext): Command =>
  new Command('serve')
    .description('Start the server')
    .option('--demo', 'on loopback, with synthetic data and an issuer of its own', false)
    .action(async ({ demo }: { demo: boolean }) => serve(context, demo));

async function serve(context: CliContext, demo: boolean): Promise<void> {
  const options = { demo, stream: process.stdout };
  const { config: asked, logger } = configure(context.env, options);
  const listener = await bindPort(asked, logger);
  const config = asked.port === 0 ? configure({ ...context.env, PORT: String(listener.port) }, options).config : asked;
  const app = await createApp({ config, logger, clock: Date.now }).catch(async (error: unknown) => {
    await listener.stop(0);
    throw error;
  });
  if (config.mode === 'demo' && (await app.isEmpty())) await loadFiles(app, ['seed'], context);
  const edge = await createEdge({ app, logger, clock: Date.now });
  const stopped = new Promise<void>((resolve) => {
    const stop = (): void => {
      process.off('SIGTERM', stop).off('SIGINT', stop);
      resolve();
    };
    process.on('SIGTERM', stop).on('SIGINT', stop);
  });
  endStart();
  listener.serve(edge.http.app, config.baseUrl);
  if (config.mode === 'demo') for (const line of await demoLines(config)) context.say(line);
  await stopped;
  await listener.stop();
  await edge.http.close();
  await app.close();
  logger.info('stopped');
}
