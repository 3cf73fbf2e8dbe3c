/** The server as it is, or composed without some of its safeguards, in one process of the benchmark. */
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { type App, composeApp, openParts } from '../../src/app.ts';
import { parseConfig } from '../../src/config/parse-config.ts';
import type { HttpParts } from '../../src/http/http-parts.ts';
import { createHttpApp } from '../../src/http/server.ts';
import { OFFERED } from '../../src/interactions/registry.ts';
import { createLogger } from '../../src/logging/create-logger.ts';
import { bindPort, createEdge, demoIssuerOf, endStart } from '../../src/serve.ts';
import { type Job, type Ready, ROLES } from './job.ts';
import { fixedVerifier, withoutAudit, withoutSealing } from './plain-parts.ts';
import { populate } from './population.ts';

type VeilJob = Extract<Job, { kind: 'veil' }>;

/** Opens, fills and serves; resolves when it answers. */
export async function serveVeil({ folder, off, population }: VeilJob): Promise<Ready & { stop(): Promise<void> }> {
  const env = {
    RATE_LIMIT: '0',
    DATABASE_URL: `sqlite:${join(folder, 'veil.db')}`,
    KEYRING_FILE: join(folder, 'keyring.json'),
  };
  const logger = createLogger({ level: 'info', stream: new Writable({ write: (_chunk, _encoding, done) => done() }) });
  const listener = await bindPort(parseConfig({ ...env, PORT: '0' }, { demo: true }), logger);
  const config = parseConfig({ ...env, PORT: String(listener.port) }, { demo: true });
  let opened = await openParts({ config, clock: Date.now });
  if (off.includes('sealing')) opened = withoutSealing(opened);
  if (off.includes('audit')) opened = withoutAudit(opened);
  const app = await composeApp({ config, logger, clock: Date.now }, opened);
  if (population) await populate(app, population);
  const edge = off.includes('auth')
    ? createHttpApp(openEdge(app, logger))
    : (await createEdge({ app, logger, clock: Date.now })).http;
  endStart();
  listener.serve(edge.app, config.baseUrl);
  const issuer = await demoIssuerOf(config, Date.now);
  const sign = async (role: string) => [role, await issuer.sign({ sub: `bench-${role}`, roles: [role] })] as const;
  return {
    port: listener.port,
    tokens: Object.fromEntries(await Promise.all(ROLES.map(sign))),
    stop: async () => {
      await listener.stop(0);
      await edge.close();
      await app.close();
    },
  };
}

const openEdge = (app: App, logger: HttpParts['logger']): HttpParts => ({
  config: app.config,
  verifier: fixedVerifier('system'),
  baseUrl: app.config.baseUrl,
  types: new Set(app.definitions.servedTypes),
  interactions: OFFERED,
  handle: app.handle,
  handleBundle: app.handleBundle,
  metadata: async () => app.metadata(),
  smartConfiguration: async () => ({}),
  ready: async () => true,
  roleLimit: app.roleLimit,
  audit: {
    onUnauthenticated: async () => undefined,
    onThrottled: async () => undefined,
    onRefused: async () => undefined,
  },
  logger,
  clock: Date.now,
  newRequestId: () => 'bench',
});
