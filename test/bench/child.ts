/** A process of the benchmark: serves what its job says and answers the runner's questions. */
import { insertRaw, serveExpress } from './baselines.ts';
import type { Ask, Job } from './job.ts';
import { serveVeil } from './veil-server.ts';

const job = JSON.parse(process.argv[2] ?? '') as Job;
const tell = (message: object): void => void process.send?.(message);

async function start(): Promise<() => Promise<void>> {
  switch (job.kind) {
    case 'veil': {
      const { stop, ...ready } = await serveVeil(job);
      tell(ready);
      return stop;
    }
    case 'express':
      tell({ port: await serveExpress(job), tokens: {} });
      return async () => undefined;
    case 'raw':
      tell({ port: 0, tokens: {} });
      return async () => undefined;
    default:
      return job satisfies never;
  }
}

const stop = await start();
process.on('message', async (message: Ask) => {
  if (message.ask === 'raw' && job.kind === 'raw') tell({ rows: insertRaw(job.folder, message.rows) });
  if (message.ask === 'usage') {
    const { user, system } = process.cpuUsage();
    tell({ cpu: user + system, rss: process.memoryUsage.rss() });
  }
  if (message.ask === 'stop') {
    await stop();
    process.exit(0);
  }
});
