/** A server killed in the middle of transactions: each is there whole, or not at all; one that was answered is there. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { type ServerProcess, startServer } from '../support/server-process.ts';

const SIZE = 500;
const KILLS = 3;

const ask = (server: ServerProcess, method: string, path: string, body?: unknown): Promise<Response> =>
  fetch(`${server.baseUrl}${path}`, {
    method,
    headers: { Authorization: `Bearer ${server.token('system')}`, 'Content-Type': 'application/fhir+json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });

const bundle = (name: string) => ({
  resourceType: 'Bundle',
  type: 'transaction',
  entry: Array.from({ length: SIZE }, (_, i) => ({
    resource: {
      resourceType: 'Observation',
      status: 'final',
      code: { coding: [{ system: 'urn:crash', code: name }] },
      valueInteger: i,
    },
    request: { method: 'POST', url: 'Observation' },
  })),
});

const countOf = async (server: ServerProcess, name: string): Promise<number> => {
  const reply = await ask(server, 'GET', `/Observation?code=urn:crash|${name}&_summary=count`);
  return Number(/"total":(\d+)/.exec(await reply.text())?.[1]);
};

test('transaction: killed in the middle, it is there whole or not at all, and what was answered is there', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'veil-crash-tx-'));
  const names: string[] = [];
  const answered = new Set<string>();
  let server = await startServer(folder);
  try {
    const first = performance.now();
    assert.equal((await ask(server, 'POST', '/', bundle('whole'))).status, 200);
    const length = performance.now() - first;
    names.push('whole');
    answered.add('whole');
    for (let kill = 0; kill < KILLS; kill++) {
      const name = `kill-${kill}`;
      names.push(name);
      const sent = ask(server, 'POST', '/', bundle(name)).then(
        ({ status }) => status === 200 && answered.add(name),
        () => undefined,
      );
      // Early, in the middle, and about when it commits.
      await new Promise((resolve) => setTimeout(resolve, (length * (kill + 1)) / KILLS));
      await server.kill('SIGKILL');
      await sent;
      server = await startServer(folder);
    }
    const counts = await Promise.all(names.map((name) => countOf(server, name)));
    t.diagnostic(names.map((name, i) => `${name}: ${counts[i]}`).join(', '));
    for (const [i, name] of names.entries()) {
      assert.ok(counts[i] === SIZE || (counts[i] === 0 && !answered.has(name)), `${name} left ${counts[i]}`);
    }
  } finally {
    await server.kill('SIGKILL');
    rmSync(folder, { recursive: true });
  }
});
