/** Writes resources through the pipeline, many at once, so that each is validated, sealed and audited as any write. */
import { statSync } from 'node:fs';
import { userInfo } from 'node:os';
import type { App } from '../app.ts';
import type { JsonObject } from '../core/json.ts';
import type { Answer, FhirRequest } from '../core/request.ts';
import { type CliContext, operator } from './context.ts';
import { createProgress } from './progress.ts';
import { listFiles, type Read, readResources } from './read-resources.ts';

export interface LoadReport {
  readonly loaded: number;
  readonly failed: number;
  /** Place and reason of the first hundred failures. */
  readonly failures: readonly string[];
}

/** Writes under way at once: the committer groups them. */
const AT_ONCE = 64;
const MAX_FAILURES = 100;

/** Loads files and folders; a bad resource is reported and the rest goes on. */
export async function loadFiles(
  app: App,
  paths: readonly string[],
  context: Pick<CliContext, 'say'>,
): Promise<LoadReport> {
  const files = listFiles(paths);
  const progress = createProgress(files.reduce((sum, file) => sum + statSync(file).size, 0));
  const failures: string[] = [];
  let loaded = 0;
  let failed = 0;
  const waiting = new Set<Promise<void>>();
  const one = async (read: Read): Promise<void> => {
    const reason = read.ok ? await write(app, read.resource) : read.reason;
    progress.add(read.bytes);
    if (reason === undefined) loaded++;
    else {
      failed++;
      if (failures.length < MAX_FAILURES) failures.push(`${read.place}: ${reason}`);
    }
  };
  for (const file of files) {
    for await (const read of readResources(file)) {
      const task = one(read).finally(() => waiting.delete(task));
      waiting.add(task);
      if (waiting.size >= AT_ONCE) await Promise.race(waiting);
    }
  }
  await Promise.all(waiting);
  progress.end();
  for (const failure of failures) context.say(failure);
  context.say(`${loaded} resources loaded, ${failed} failed.`);
  return { loaded, failed, failures };
}

async function write(app: App, resource: JsonObject): Promise<string | undefined> {
  const { resourceType: type, id } = resource;
  if (typeof type !== 'string' || !app.definitions.servedTypes.includes(type)) return 'a type that is not served';
  const answer = await app.handle(requestOf(type, typeof id === 'string' ? id : undefined, resource));
  return answer.status < 300 ? undefined : reasonOf(answer);
}

// Expressions and texts of our own name elements, never values: they may be printed.
function reasonOf({ status, body }: Answer): string {
  if (body.kind !== 'outcome') return String(status);
  return `${status} ${body.issues.map((issue) => `${issue.expression ?? ''} ${issue.diagnostics}`.trim()).join(' ')}`;
}

const requestOf = (type: string, id: string | undefined, body: JsonObject): FhirRequest => ({
  interaction: id === undefined ? 'create' : 'update',
  type,
  ...(id === undefined ? {} : { id }),
  parameters: [],
  parametersInBody: false,
  body,
  conditions: {},
  preferReturn: 'minimal',
  strictHandling: false,
  principal: operator(),
  origin: { address: userInfo().username, requestId: crypto.randomUUID(), channel: 'cli' },
});
