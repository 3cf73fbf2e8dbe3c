/** What was loaded reads back as it was sent, and searches agree with a naive oracle. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import fc from 'fast-check';
import { loadFiles } from '../../src/cli/load-resources.ts';
import { equalJson, isArray, isObject, type Json, type ResourceJson } from '../../src/core/json.ts';
import { choicesFrom } from '../masking/lens-resources.ts';
import { type Caller, startVeil, type Veil } from '../support/veil.ts';
import { exactJson, linesToLoad, parseLines, writeLines } from './load-data.ts';
import { naiveAnswer, randomSearch, type Search } from './load-searches.ts';

const SYSTEM: Caller = { roles: ['system'] };
const MOST = 200;
const SEARCHES = 200;
const AT_ONCE = 16;

let veil: Veil;
const lines = linesToLoad(MOST);
const sent = parseLines(lines);
/** As they read back, by `Type/id`. */
const back = new Map<string, ResourceJson>();

before(async () => {
  veil = await startVeil({ env: { LOG_LEVEL: 'error' } });
  const file = writeLines(join(veil.folder, 'load'), [...lines.slice(0, 3), '{"resourceType":', ...lines.slice(3)]);
  const said: string[] = [];
  const report = await loadFiles(veil.app, [file], { say: (text) => said.push(text) });
  assert.equal(report.loaded, lines.length, said.slice(0, 3).join('\n'));
  assert.equal(report.failed, 1);
  assert.match(report.failures[0] ?? '', /sample\.ndjson:4: /);
});
after(() => veil.stop());

const GIVEN: ReadonlySet<unknown> = new Set(['PSY', 'PSYTHPN', 'ETH', 'HIV', 'SEX', 'GDIS']);

function withoutServerMeta(resource: Json): Json {
  if (!isObject(resource)) return resource;
  const { meta, ...rest } = resource;
  const { versionId: _v, lastUpdated: _l, security, ...others } = isObject(meta) ? meta : {};
  // Labels that the server gives by code: none of these resources was sent with one.
  const sentLabels = (isArray(security) ? security : []).filter(
    (label) => !(isObject(label) && GIVEN.has(label['code'])),
  );
  const own = sentLabels.length > 0 ? { ...others, security: sentLabels } : others;
  return Object.keys(own).length > 0 ? { ...rest, meta: own } : rest;
}

test('load: every resource reads back as it was sent, decimals as text', async () => {
  for (let at = 0; at < sent.length; at += AT_ONCE) {
    await Promise.all(sent.slice(at, at + AT_ONCE).map(readBack));
  }
  assert.equal(back.size, sent.length);
});

async function readBack(resource: ResourceJson): Promise<void> {
  const path = `/${resource.resourceType}/${resource.id}`;
  const reply = await veil.call(SYSTEM, 'GET', path);
  assert.equal(reply.status, 200, path);
  assert.ok(equalJson(withoutServerMeta(exactJson(reply.text)), withoutServerMeta(resource)), path);
  assert.equal(reply.json.meta.versionId, '1');
  back.set(path, { ...reply.json });
}

test('load: the text of decimals is in the answer itself', async () => {
  const { text } = await veil.call(SYSTEM, 'GET', '/Observation/hard-decimal');
  for (const decimal of ['1.50', '0.00', '100.000', '-1.0E-3', '12345678901234567890.12345']) {
    assert.ok(text.includes(`"value":${decimal}`), decimal);
  }
});

test('load: random searches agree with a naive oracle on every page', async () => {
  const resources = [...back.values()];
  const draws = fc.sample(fc.array(fc.nat(5039), { minLength: 30, maxLength: 30 }), { numRuns: SEARCHES, seed: 99 });
  let found = 0;
  for (const numbers of draws) {
    const search = randomSearch(resources, choicesFrom(numbers));
    const answer = await answerOf(search);
    assert.deepEqual(answer, naiveAnswer(search, resources), JSON.stringify(search));
    if (answer.length > 0) found++;
  }
  assert.ok(found > SEARCHES / 3, `${found} of ${SEARCHES} found something`);
});

/** Ids of all pages, sorted; each page holds at most what was asked for. */
async function answerOf({ type, criteria }: Search): Promise<readonly string[]> {
  const query = new URLSearchParams([...criteria.map(([n, v]): [string, string] => [n, v]), ['_count', '100']]);
  const ids: string[] = [];
  for (let path: string | undefined = `/${type}?${query}`; path !== undefined; ) {
    const reply = await veil.call(SYSTEM, 'GET', path, { headers: { Prefer: 'handling=strict' } });
    assert.equal(reply.status, 200, `${path}: ${reply.text.slice(0, 300)}`);
    const entries: readonly { resource: ResourceJson }[] = reply.json.entry ?? [];
    assert.ok(entries.length <= 100);
    ids.push(...entries.map(({ resource }) => resource.id ?? ''));
    path = nextOf(reply.json.link ?? []);
  }
  return ids.sort();
}

function nextOf(links: readonly { relation: string; url: string }[]): string | undefined {
  const url = links.find(({ relation }) => relation === 'next')?.url;
  assert.ok(url === undefined || url.startsWith(veil.baseUrl));
  return url?.slice(veil.baseUrl.length);
}
