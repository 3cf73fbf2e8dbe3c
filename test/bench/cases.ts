/** The benchmarks, one function each: what is compared, and what issue 5 asks of the ratio. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { compare, type Figure, type Side, type Timing } from './compare.ts';
import type { Feature, Job } from './job.ts';
import { get, post, run } from './load.ts';
import { HEART_RATE, observation } from './population.ts';
import { type Served, serve } from './processes.ts';
import { storeSize } from './store-size.ts';

export interface Scale extends Timing {
  /** Patients with 99 Observations each. */
  readonly patients: number;
  readonly largePatients: number;
}

export interface Result {
  readonly name: string;
  /** Of the rates, or of the plain figure. */
  readonly value: number;
  /** The same of processor time, which other work on the machine disturbs less. */
  readonly byCpu?: number;
  readonly bound?: string;
  readonly figures: readonly Figure[];
}

export type Case = (scale: Scale) => Promise<readonly Result[]>;

const OBSERVATIONS = 99;
const CONNECTIONS = 16;
const ALL: readonly Feature[] = ['auth', 'sealing', 'masks', 'audit'];

async function withFolders<T>(
  use: (start: (job: (folder: string) => Job) => Promise<Served>) => Promise<T>,
): Promise<T> {
  const root = mkdtempSync(join(tmpdir(), 'veil-bench-'));
  const running: Served[] = [];
  try {
    return await use(async (job) => {
      const server = await serve(job(mkdtempSync(join(root, 'run-'))));
      running.push(server);
      return server;
    });
  } finally {
    await Promise.all(running.map((server) => server.stop()));
    rmSync(root, { recursive: true, force: true });
  }
}

const veil =
  (patients: number, off: readonly Feature[] = []) =>
  (folder: string): Job => ({
    kind: 'veil',
    folder,
    off,
    population: { patients, observations: OBSERVATIONS },
  });

const gets = (name: string, server: Served, role: string, path: (n: number) => string): Side => {
  const token = server.tokens[role] ?? '';
  return {
    name,
    server,
    work: (ms) => run({ port: server.port, connections: CONNECTIONS, ms, request: (n) => get(path(n), token) }),
  };
};

const readPath =
  (patients: number) =>
  (n: number): string =>
    `/Patient/p${n % patients}`;
const pagePath =
  (patients: number) =>
  (n: number): string =>
    `/Observation?patient=p${n % patients}&code=${HEART_RATE}&_count=50`;

function ratio(name: string, [subject, baseline]: readonly Figure[], bound?: string): Result {
  const figures = [subject, baseline].filter((figure) => figure !== undefined);
  return {
    name,
    value: (subject?.rate ?? 0) / (baseline?.rate ?? 0),
    byCpu: (baseline?.cpu ?? 0) / (subject?.cpu ?? 0),
    ...(bound === undefined ? {} : { bound }),
    figures,
  };
}

/** Masked, sealed, audited read by id, against bare Express that sends the same bytes. */
const read: Case = (scale) =>
  withFolders(async (start) => {
    const server = await start(veil(scale.patients));
    const answer = await fetch(`http://127.0.0.1:${server.port}/fhir/Patient/p1`, {
      headers: { Authorization: `Bearer ${server.tokens['nurse']}` },
    });
    const body = await answer.text();
    const headers = { 'content-type': answer.headers.get('content-type') ?? '' };
    const bare = await start(() => ({ kind: 'express', body, headers }));
    const path = readPath(scale.patients);
    return [
      ratio(
        'read / bare Express',
        await compare([gets('veil', server, 'nurse', path), gets('express', bare, '', path)], scale),
        '>= 0.12',
      ),
    ];
  });

/** A page of 50 Observations, against the server with its safeguards left out. */
const page: Case = (scale) =>
  withFolders(async (start) => {
    const path = pagePath(scale.patients);
    const full = gets('veil', await start(veil(scale.patients)), 'pharmacist', path);
    const off = gets('all off', await start(veil(scale.patients, ALL)), 'system', path);
    return [ratio('page of 50 / all off', await compare([full, off], scale), '>= 0.40')];
  });

/** The whole server, against it with one safeguard left out. */
const features: Case = (scale) =>
  withFolders(async (start) => {
    const results: Result[] = [];
    const full = await start(veil(scale.patients));
    for (const feature of ALL) {
      const without = feature === 'masks' ? full : await start(veil(scale.patients, [feature]));
      // A server that knows no tokens takes every caller for `system`: both sides ask as that.
      const [role, other] =
        feature === 'auth' ? ['system', 'system'] : ['nurse', feature === 'masks' ? 'system' : 'nurse'];
      const path = readPath(scale.patients);
      const sides = [gets('veil', full, role ?? '', path), gets(`no ${feature}`, without, other ?? '', path)];
      const bound = feature === 'audit' ? '>= 0.8' : undefined;
      results.push(ratio(`read with / without ${feature}`, await compare(sides, scale), bound));
    }
    return results;
  });

/** Creates, against raw inserts of rows and index entries of the same number and size, grouped alike. */
const create: Case = (scale) =>
  withFolders(async (start) => {
    let folder = '';
    const server = await start((own) => {
      folder = own;
      return veil(scale.patients)(own);
    });
    const { bytes, terms } = storeSize(folder);
    const raw = await start((own) => ({ kind: 'raw', folder: own }));
    const token = server.tokens['system'] ?? '';
    const request = (n: number): Buffer =>
      post('/Observation', token, JSON.stringify(observation(n % scale.patients, n)));
    const sides: readonly Side[] = [
      { name: 'veil', server, work: (ms) => run({ port: server.port, connections: CONNECTIONS, ms, request }) },
      { name: 'raw insert', server: raw, work: (ms) => raw.raw({ ms, bytes, terms, group: CONNECTIONS }) },
    ];
    const plain = (name: string, value: number): Result => ({ name, value, figures: [] });
    return [
      ratio('create / raw insert', await compare(sides, scale), '>= 0.25'),
      plain('terms a resource', terms),
      plain('sealed bytes a resource', bytes),
    ];
  });

/** A page over ten times the resources; then a start over them. */
const size: Case = (scale) =>
  withFolders(async (start) => {
    const folder = mkdtempSync(join(tmpdir(), 'veil-bench-'));
    const small = await start(veil(scale.patients));
    const large = await serve(veil(scale.largePatients)(folder));
    try {
      const sides = [
        gets('small', small, 'pharmacist', pagePath(scale.patients)),
        gets('large', large, 'pharmacist', pagePath(scale.patients)),
      ];
      const growth = ratio('page, time at 10 times the resources', await compare(sides, scale), '<= 1.5');
      await large.stop();
      const began = performance.now();
      const again = await serve({ kind: 'veil', folder, off: [] });
      const ready = performance.now() - began;
      const { rss } = await again.usage();
      await again.stop();
      return [
        growth,
        { name: 'start to ready, ms', value: ready, bound: '<= 2000', figures: [] },
        { name: 'idle memory, MB', value: rss / 1e6, bound: '<= 150', figures: [] },
      ];
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });

/** All, by the name that `--only` takes. */
export const CASES: Readonly<Record<string, Case>> = { read, page, features, create, size };
