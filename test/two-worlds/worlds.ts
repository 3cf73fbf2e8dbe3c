/** Two servers with one keyring, one base URL and one clock, and the comparison of all that they answer. */
import assert from 'node:assert/strict';
import { copyFileSync, cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Built, OWNER } from '../security/canary-resource.ts';
import { refFor } from '../security/canary-world.ts';
import { type Caller, type Reply, startVeil, type Veil } from '../support/veil.ts';
import { type Population, populate, type Stored } from './population.ts';
import { seeded } from './random.ts';
import { type Asked, createTrace } from './trace.ts';

/** Roles from which something is hidden, and which see something. */
export const ROLES = [
  'patient',
  'physician',
  'nurse',
  'pharmacist',
  'scheduler',
  'billing',
  'researcher',
  'compliance',
];

export interface Run {
  readonly role: string;
  readonly seed: number;
  readonly requests: number;
  /** Types that have resources; all unless given. */
  readonly types?: readonly string[];
  /** Changes the role's file in both worlds: a planted defect. */
  readonly weaken?: (file: Built) => void;
}

export interface Outcome {
  /** What the worlds answered differently; undefined when nothing. */
  readonly difference: string | undefined;
  /** Requests by method and status, such as `GET 200`. */
  readonly answers: ReadonlyMap<string, number>;
}

const BASE_URL = 'http://127.0.0.1:1/fhir';
const START = Date.UTC(2026, 10, 25, 12);
const SYSTEM: Caller = { roles: ['system'] };
// A date of its own and an id of its own: all else must be equal.
const OWN_HEADERS: ReadonlySet<string> = new Set(['date', 'x-request-id']);

/** Asks both worlds the same until they differ or all requests are done. */
export async function runTwoWorlds({ role, seed, requests, weaken, types }: Run): Promise<Outcome> {
  const folders = [mkdtempSync(join(tmpdir(), 'veil-left-')), mkdtempSync(join(tmpdir(), 'veil-right-'))] as const;
  const clock = { now: START };
  const worlds: Veil[] = [];
  try {
    const profiles = weaken ? weakened(folders[0], role, weaken) : 'profiles';
    const left = await openWorld(folders[0], profiles, clock);
    worlds.push(left);
    for (const file of ['keyring.json', 'demo-key.json']) copyFileSync(join(folders[0], file), join(folders[1], file));
    const right = await openWorld(folders[1], profiles, clock);
    worlds.push(right);
    const random = seeded(seed);
    const made = populate({ definitions: left.app.definitions, role, random }, types);
    // When and in which order things were written is hidden from who sees no `meta`.
    const loadRight = role === 'researcher' ? loadOtherwise : load;
    await Promise.all([load(left, made.left), loadRight(right, made.right)]);
    const population = role === 'researcher' ? byPseudonym(left, made) : made;
    clock.now += 60_000;
    const caller = role === 'patient' ? { roles: [role], patient: OWNER } : { roles: [role] };
    return await compare({
      left,
      right,
      caller,
      clock,
      requests,
      trace: createTrace(left.app.definitions, population, random),
    });
  } finally {
    for (const world of worlds) await world.stop();
    for (const folder of folders) rmSync(folder, { recursive: true });
  }
}

function openWorld(folder: string, profiles: string, clock: { now: number }): Promise<Veil> {
  let ids = 0;
  return startVeil({
    folder,
    env: { BASE_URL, PROFILES_DIR: profiles },
    clock: () => clock.now,
    newId: () => `made-${++ids}`,
  });
}

function weakened(folder: string, role: string, weaken: (file: Built) => void): string {
  const profiles = join(folder, 'profiles');
  cpSync('profiles', profiles, { recursive: true });
  const path = join(profiles, 'roles', `${role}.json`);
  const file = JSON.parse(readFileSync(path, 'utf8'));
  weaken(file);
  writeFileSync(path, JSON.stringify(file));
  return profiles;
}

async function load(veil: Veil, population: Population['left']): Promise<void> {
  for (const stored of population) await put(veil, stored);
}

async function loadOtherwise(veil: Veil, population: Population['right']): Promise<void> {
  for (const { type, id, resource } of population.toReversed()) {
    const body = { ...resource, meta: { tag: [{ code: 'earlier' }] } };
    const reply = await veil.call(SYSTEM, 'PUT', `/${type}/${id}`, { body });
    assert.equal(reply.status, 201, reply.text.slice(0, 1000));
    assert.equal((await veil.call(SYSTEM, 'DELETE', `/${type}/${id}`)).status, 204);
  }
  await load(veil, population);
}

// As the role knows them; real ids are guesses that find nothing.
function byPseudonym(veil: Veil, population: Population): Population {
  const named = (refs: readonly string[]): readonly string[] => refs.map((ref) => refFor(veil, 'researcher', ref));
  return {
    ...population,
    seen: named(population.seen),
    unseen: [...named(population.unseen), ...population.seen, ...population.unseen],
  };
}

async function put(veil: Veil, { type, id, resource, earlier = [], deleted }: Stored): Promise<void> {
  for (const [i, body] of [...earlier, resource].entries()) {
    const reply = await veil.call(SYSTEM, 'PUT', `/${type}/${id}`, { body });
    assert.equal(reply.status, i === 0 ? 201 : 200, `${type}/${id} ${reply.text.slice(0, 1000)}`);
  }
  if (deleted) assert.equal((await veil.call(SYSTEM, 'DELETE', `/${type}/${id}`)).status, 204);
}

interface Comparing {
  readonly left: Veil;
  readonly right: Veil;
  readonly caller: Caller;
  readonly clock: { now: number };
  readonly requests: number;
  readonly trace: ReturnType<typeof createTrace>;
}

async function compare({ left, right, caller, clock, requests, trace }: Comparing): Promise<Outcome> {
  const answers = new Map<string, number>();
  // One token for both: it tells the worlds nothing of each other.
  const headers = { Authorization: `Bearer ${await left.token(caller)}` };
  for (let i = 0; i < requests; i++) {
    const asked = trace.next();
    const options = { ...asked.options, headers: { ...asked.options.headers, ...headers } };
    const [a, b] = [
      await left.call(caller, asked.method, asked.path, options),
      await right.call(caller, asked.method, asked.path, options),
    ];
    const difference = differenceOf(a, b);
    if (difference !== undefined) return { difference: `request ${i}: ${describe(asked)}\n${difference}`, answers };
    const kind = `${asked.method} ${a.status}`;
    answers.set(kind, (answers.get(kind) ?? 0) + 1);
    trace.answered(asked, a);
    clock.now += 1000;
  }
  return { difference: undefined, answers };
}

function differenceOf(a: Reply, b: Reply): string | undefined {
  const one = textOf(a);
  const other = textOf(b);
  if (one === other) return undefined;
  let at = 0;
  while (one[at] === other[at]) at++;
  const around = (text: string): string => text.slice(Math.max(0, at - 200), at + 120);
  // A differing length stands before the body that explains it.
  return `left:  …${around(one)}\nright: …${around(other)}\nleft body:  ${a.text.slice(0, 2000)}\nright body: ${b.text.slice(0, 2000)}`;
}

const textOf = ({ status, headers, text }: Reply): string =>
  [status, ...[...headers].filter(([name]) => !OWN_HEADERS.has(name)).map((pair) => pair.join(': ')), text].join('\n');

const describe = ({ method, path, options }: Asked): string =>
  `${method} ${path} ${JSON.stringify(options.headers ?? {})} ${typeof options.body === 'string' ? options.body : JSON.stringify(options.body ?? '').slice(0, 4000)}`;

/** Answers of status 500 and up: equal in both worlds, and wrong all the same. */
export const failuresOf = (answers: Outcome['answers']): readonly string[] =>
  [...answers.keys()].filter((kind) => kind.includes(' 5'));
