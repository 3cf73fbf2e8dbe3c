/** A server under mixed reads and writes that is killed at any moment, and what must hold of its folder afterwards. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type App, createApp } from '../../src/app.ts';
import { openRow } from '../../src/audit/walk-log.ts';
import { parseConfig } from '../../src/config/parse-config.ts';
import type { ResourceJson } from '../../src/core/json.ts';
import { createDataKeys } from '../../src/store/data-keys.ts';
import { openRecord } from '../../src/store/open-record.ts';
import { verifyAudit } from '../../src/store/verify-audit.ts';
import { quietLogger } from '../support/quiet-logger.ts';
import { environmentOf, type ServerProcess, startServer } from '../support/server-process.ts';

/** A write that was answered: this version holds this text; without a text it is a deletion. */
interface Acknowledged {
  readonly id: string;
  readonly version: number;
  readonly text?: string;
}

/** What happened, over all kills. */
interface Story {
  readonly acknowledged: Acknowledged[];
  /** Texts that were sent for an id, whether answered or not. */
  readonly sent: Map<string, Set<string>>;
  /** `X-Request-Id` of every answer that arrived whole. */
  readonly answered: Set<string>;
  requests: number;
}

export interface CrashFigures {
  readonly kills: number;
  readonly requests: number;
  readonly answers: number;
  readonly writes: number;
  readonly records: number;
  readonly auditRecords: number;
}

const LANES = 8;

/** Kills a server so many times, checks its folder after each; `random` decides the moment and the mix. */
export async function crashRuns(kills: number, random: () => number): Promise<CrashFigures> {
  const folder = mkdtempSync(join(tmpdir(), 'veil-crash-'));
  const story: Story = { acknowledged: [], sent: new Map(), answered: new Set(), requests: 0 };
  let checked = { records: 0, auditRecords: 0 };
  try {
    for (let kill = 1; kill <= kills; kill++) {
      const server = await startServer(folder);
      const before = story.answered.size;
      try {
        await killUnderLoad(server, story, { after: 40 + Math.floor(random() * 120), random });
      } finally {
        await server.kill('SIGKILL');
      }
      assert.ok(story.answered.size - before >= 40, 'the load ran before the kill');
      checked = await checkFolder(folder, story);
    }
    await checkTheCheck(folder, story);
    const { requests, answered, acknowledged } = story;
    return { kills, requests, answers: answered.size, writes: acknowledged.length, ...checked };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

interface Load {
  /** Answers before the kill. */
  readonly after: number;
  readonly random: () => number;
}

async function killUnderLoad(server: ServerProcess, story: Story, { after, random }: Load): Promise<void> {
  const end = story.answered.size + after;
  let killed: Promise<unknown> | undefined;
  const lane = async (number: number): Promise<void> => {
    const mine: (Acknowledged & { readonly text: string })[] = [];
    while (killed === undefined) {
      try {
        await step(server, story, mine, { lane: number, random });
      } catch (error) {
        if (killed === undefined) throw error; // The server went away by itself.
      }
      if (story.answered.size >= end) killed ??= server.kill('SIGKILL');
    }
  };
  await Promise.all(Array.from({ length: LANES }, (_, number) => lane(number)));
  await killed;
}

type Step = Pick<Load, 'random'> & { readonly lane: number };

// One request of a lane: create, update, delete, read, search, or something that is refused.
async function step(
  server: ServerProcess,
  story: Story,
  mine: (Acknowledged & { readonly text: string })[],
  { lane, random }: Step,
): Promise<void> {
  const ask = asker(server, story);
  const at = Math.floor(random() * mine.length);
  const target = mine[at];
  const dice = random();
  const text = `text ${lane} ${story.requests}`;
  if (target === undefined || dice < 0.2) {
    const { id, version } = written(await ask('POST', '/Observation', 201, observation(text)));
    noteSent(story, id, text);
    story.acknowledged.push({ id, version, text });
    mine.push({ id, version, text });
  } else if (dice < 0.55) {
    noteSent(story, target.id, text);
    const { id, version } = written(
      await ask('PUT', `/Observation/${target.id}`, 200, { ...observation(text), id: target.id }),
    );
    story.acknowledged.push({ id, version, text });
    mine[at] = { id, version, text };
  } else if (dice < 0.6) {
    mine.splice(at, 1);
    const { headers } = await ask('DELETE', `/Observation/${target.id}`, 204);
    story.acknowledged.push({ id: target.id, version: versionOf(headers) });
  } else if (dice < 0.8) {
    const { json } = await ask('GET', `/Observation/${target.id}`, 200);
    assert.equal(json['valueString'], target.text);
  } else if (dice < 0.9) {
    await ask('GET', '/Observation?subject=Patient/ann-lee&_count=5', 200);
  } else if (dice < 0.95) {
    await ask('GET', '/Observation/nobody', 404);
  } else {
    await ask('POST', '/Observation', 422, { ...observation(text), status: undefined });
  }
}

interface Reply {
  readonly headers: Headers;
  readonly json: Readonly<Record<string, unknown>>;
}

const asker =
  (server: ServerProcess, story: Story) =>
  async (method: string, path: string, status: number, body?: unknown): Promise<Reply> => {
    const requestId = `crash-${++story.requests}`;
    const response = await fetch(`${server.baseUrl}${path}`, {
      method,
      headers: {
        Authorization: `Bearer ${server.token('physician')}`,
        'Content-Type': 'application/fhir+json',
        'X-Request-Id': requestId,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    assert.equal(response.headers.get('x-request-id'), requestId);
    story.answered.add(requestId);
    assert.equal(response.status, status, text);
    return { headers: response.headers, json: text === '' ? {} : JSON.parse(text) };
  };

const observation = (text: string) => ({
  resourceType: 'Observation',
  status: 'final',
  code: { text: 'crash' },
  subject: { reference: 'Patient/ann-lee' },
  valueString: text,
});

function noteSent({ sent }: Story, id: string, text: string): void {
  sent.set(id, (sent.get(id) ?? new Set()).add(text));
}

const versionOf = (headers: Headers): number => Number(/^W\/"(\d+)"$/.exec(headers.get('etag') ?? '')?.[1]);

function written({ headers, json }: Reply): { id: string; version: number } {
  return { id: String(json['id']), version: versionOf(headers) };
}

async function checkFolder(folder: string, story: Story): Promise<{ records: number; auditRecords: number }> {
  const config = parseConfig({ ...environmentOf(folder), PORT: '8080' }, { demo: true });
  const app = await createApp({ config, logger: quietLogger(), clock: Date.now });
  try {
    const records = await openEveryRecord(app);
    for (const { id, version, text } of story.acknowledged) {
      const then = records.get(`${id} ${version}`);
      assert.ok(then, `Observation ${id} lost its version ${version}`);
      assert.equal(then.deleted, text === undefined);
      assert.equal(then.resource?.['valueString'], text);
    }
    await checkCurrent(app, story, records);
    await checkLog(app, story);
    const verified = await verifyAudit(app.store.records, app.secrets.audit);
    assert.equal(verified.ok, true, JSON.stringify(verified));
    return { records: records.size, auditRecords: verified.ok ? verified.records : 0 };
  } finally {
    await app.close();
  }
}

// The positive control: a lost write, a changed one and a missing record would have been found.
async function checkTheCheck(folder: string, story: Story): Promise<void> {
  const [first] = story.acknowledged;
  assert.ok(first);
  const lost = { ...first, version: 1_000_000 };
  const changed = { ...first, text: 'never sent' };
  for (const wrong of [lost, changed]) {
    await assert.rejects(checkFolder(folder, { ...story, acknowledged: [...story.acknowledged, wrong] }));
  }
  await assert.rejects(checkFolder(folder, { ...story, answered: new Set([...story.answered, 'never-logged']) }));
}

interface Opened {
  readonly deleted: boolean;
  readonly resource: ResourceJson | undefined;
}

type Records = ReadonlyMap<string, Opened>;

async function openEveryRecord(app: App): Promise<Records> {
  const { vault } = app.secrets;
  const keys = createDataKeys(app.store.keys, vault);
  const opened = new Map<string, Opened>();
  for await (const stored of app.store.records.everyRecord()) {
    const record = openRecord(vault, await keys.keyOf(stored.keyId), app.definitions.profile(stored.type), stored);
    opened.set(`${record.id} ${record.version}`, { deleted: record.deleted, resource: record.resource() });
  }
  return opened;
}

// What is current is the last that was acknowledged, or one that was sent and whose answer the kill took away.
async function checkCurrent(app: App, { acknowledged, sent }: Story, records: Records): Promise<void> {
  for (const [id, { version }] of new Map(acknowledged.map((one) => [one.id, one]))) {
    const stored = await app.store.records.current(app.secrets.terms.uid('Observation', id));
    assert.ok(stored && stored.version >= version, `Observation ${id} went back from version ${version}`);
    const current = records.get(`${id} ${stored.version}`);
    const text = current?.resource?.['valueString'];
    assert.ok(current?.deleted || sent.get(id)?.has(String(text)), `Observation ${id} holds what nobody sent`);
  }
}

const RANGE = 500;

async function checkLog(app: App, { answered }: Story): Promise<void> {
  const logged = new Set<string | undefined>();
  for (const { head, range } of await app.store.records.audit.chains()) {
    for (let from = 1; from <= head.seq; from += RANGE) {
      for (const row of await range(from, Math.min(from + RANGE - 1, head.seq))) {
        logged.add(openRow({ crypto: app.secrets.audit }, row).requestId);
      }
    }
  }
  assert.deepEqual(
    [...answered].filter((requestId) => !logged.has(requestId)),
    [],
    'answers without an audit record',
  );
}
