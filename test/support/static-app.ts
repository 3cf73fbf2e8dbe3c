/** Serves the SMART app page of `test/fixtures/smart-app` on a loopback port of its own. */
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

const FOLDER = join(import.meta.dirname, '../fixtures/smart-app');
const BUNDLE = join(
  dirname(createRequire(import.meta.url).resolve('fhirclient/package.json')),
  'build/fhir-client.min.js',
);

const FILES: Readonly<Record<string, readonly [path: string, type: string]>> = {
  '/index.html': [join(FOLDER, 'index.html'), 'text/html'],
  '/app.js': [join(FOLDER, 'app.js'), 'text/javascript'],
  '/fhir-client.js': [BUNDLE, 'text/javascript'],
};

export interface StaticApp {
  readonly origin: string;
  close(): void;
}

/** Starts it. */
export async function startStaticApp(): Promise<StaticApp> {
  const server = createServer((request, response) => {
    const [path, type] = FILES[new URL(request.url ?? '', 'http://x').pathname] ?? [];
    if (path === undefined || type === undefined) response.writeHead(404).end();
    else response.writeHead(200, { 'content-type': type }).end(readFileSync(path));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  return {
    origin: `http://127.0.0.1:${port}`,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}
