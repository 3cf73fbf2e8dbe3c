/** `openapi.yaml` is what the server does: made of its tables, held against its routes both ways, shown by `/docs`. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { ROUTES } from '../../src/http/routes.ts';
import { OPEN_PATHS, pathFor } from '../support/openapi/build.ts';
import { openApiText } from '../support/openapi/text.ts';
import { startVeil, type Veil } from '../support/veil.ts';

const written = readFileSync('openapi.yaml', 'utf8');
/** `METHOD /path`, as the file has them. */
const described = new Set(
  [...written.matchAll(/^ {2}"?(\/[^":]*)"?:\n((?: {4}.*\n)+)/gm)].flatMap(([, path = '', block = '']) =>
    [...block.matchAll(/^ {4}(get|post|put|patch|delete):/gm)].map(([, method]) => `${method?.toUpperCase()} ${path}`),
  ),
);

let veil: Veil;
let origin: string;
before(async () => {
  veil = await startVeil();
  origin = new URL(veil.baseUrl).origin;
});
after(() => veil.stop());

test('openapi: the file is what its maker makes now (node test/support/openapi/write.ts)', async () => {
  assert.equal(written, await openApiText());
});

test('openapi: every route of every type is described', () => {
  for (const type of veil.app.definitions.servedTypes) {
    for (const route of ROUTES.filter(({ path }) => path.startsWith('/:type'))) {
      const name = `${route.method} /fhir${pathFor(route, type)}`;
      const isOpen = type !== 'AuditEvent' || ['read', 'search-type'].includes(route.interaction);
      assert.equal(described.has(name), isOpen, name);
    }
  }
});

test('openapi: everything that is described has a route', async () => {
  assert.ok(described.size > 150, String(described.size));
  for (const one of described) {
    const [method = '', path = ''] = one.split(' ');
    const url = `${origin}${path.replaceAll(/\{[A-Za-z]+\}/g, 'x1')}`;
    const headers = path.startsWith('/fhir') && !OPEN_PATHS.includes(path) ? await authorized() : {};
    const { status } = await fetch(url, { method, headers, redirect: 'manual' });
    assert.notEqual(status, 405, one);
    if (path !== '/demo/token') assert.ok(status < 500, `${one}: ${status}`);
  }
});

async function authorized(): Promise<Record<string, string>> {
  return { Authorization: `Bearer ${await veil.token({ roles: ['system'] })}` };
}

test('docs: the page and its parts come from the package, under a strict policy', async () => {
  const page = await fetch(`${origin}/docs`);
  const html = await page.text();
  assert.equal(page.status, 200);
  assert.match(page.headers.get('content-security-policy') ?? '', /default-src 'none'; script-src 'self';/);
  for (const [, address = ''] of html.matchAll(/(?:src|href)="([^"]+)"/g)) {
    const part = await fetch(new URL(address, origin));
    assert.equal(part.status, 200, address);
    assert.ok((await part.text()).length > 50, address);
  }
  assert.doesNotMatch(html, /https?:\/\//);
  assert.equal(await (await fetch(`${origin}/openapi.yaml`)).text(), written);
  assert.equal((await fetch(`${origin}/docs`, { method: 'POST' })).status, 405);
});
