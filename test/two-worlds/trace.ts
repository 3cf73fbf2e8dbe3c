/** Random requests of one role, among them guesses of what it does not see. */
import type { Definitions } from '../../src/definitions/types.ts';
import type { Built } from '../security/canary-resource.ts';
import { TYPES } from '../security/canary-views.ts';
import type { CallOptions, Reply } from '../support/veil.ts';
import { bundleAsked } from './bundle-asked.ts';
import { patchAsked } from './patch-asked.ts';
import type { Population, Stored } from './population.ts';
import type { Random } from './random.ts';

export interface Asked {
  readonly method: string;
  readonly path: string;
  readonly options: CallOptions;
}

export interface Trace {
  next(): Asked;
  /** Tells what came of a request, so that later ones can build on it. */
  answered(asked: Asked, reply: Reply): void;
}

const MODIFIERS = [
  '',
  '',
  '',
  '',
  ':not',
  ':missing',
  ':exact',
  ':contains',
  ':text',
  ':identifier',
  ':of-type',
  ':in',
  ':above',
  ':below',
];
const PREFIXES = ['', 'ge', 'lt', 'ne', 'eb', 'ap'];
const UNITS = ['', '||mg', '|http://unitsofmeasure.org|mg', '|http://unitsofmeasure.org|kg'];
const FORM = { 'Content-Type': 'application/x-www-form-urlencoded' };

/** A trace over a population; equal seeds and equal answers give equal traces. */
export function createTrace(definitions: Definitions, population: Population, random: Random): Trace {
  const bodies = new Map<string, Built>();
  const refs = [...population.seen, ...population.unseen, 'Patient/nobody', 'Observation/nobody'];
  const parts: Parts = { definitions, population, random, bodies, made: [], pages: [], refs };
  const kinds: readonly (readonly [number, (parts: Parts) => Asked])[] = [
    [20, readAsked],
    [35, searchAsked],
    [8, pageAsked],
    [25, updateAsked],
    [10, (each) => patchAsked(each, anyRef(each))],
    [6, createAsked],
    [10, conditionAsked],
    [4, deleteAsked],
    [14, pastAsked],
    [1, otherAsked],
  ];
  const all = kinds.flatMap(([weight, kind]) => Array.from({ length: weight }, () => kind));
  const one = (): Asked => (random.pick(all) ?? readAsked)(parts);
  return {
    next: () => (random.chance(0.08) ? bundleAsked(random, one) : one()),
    answered: (asked, reply) => {
      const { json } = reply;
      for (const link of json?.link ?? []) {
        if (link.relation === 'next') parts.pages.push(link.url.slice(link.url.indexOf('/fhir/') + '/fhir'.length));
      }
      for (const resource of [json, ...(json?.entry ?? []).map((entry: Built) => entry.resource)]) {
        if (resource?.id !== undefined && TYPES.includes(resource.resourceType))
          bodies.set(`${resource.resourceType}/${resource.id}`, resource);
      }
      if (asked.method === 'POST' && reply.status === 201 && json?.id)
        parts.made.push(`${json.resourceType}/${json.id}`);
    },
  };
}

export interface Parts {
  readonly definitions: Definitions;
  readonly population: Population;
  readonly random: Random;
  /** What the role was shown last, by `Type/id`. */
  readonly bodies: Map<string, Built>;
  readonly made: string[];
  readonly pages: string[];
  readonly refs: readonly string[];
}

const anyRef = ({ random, refs, made, population }: Parts): string =>
  (random.chance(0.1) ? random.pick(made) : undefined) ??
  random.pick(random.chance(0.7) ? population.seen : refs) ??
  'Patient/nobody';

/** An ETag that may be the current one. */
export const tagOf = (random: Random): string => `W/"${1 + random.below(3)}"`;

function readAsked(parts: Parts): Asked {
  const { random } = parts;
  const headers: Record<string, string> = {};
  if (random.chance(0.3)) headers['If-None-Match'] = tagOf(random);
  if (random.chance(0.1)) headers['If-Modified-Since'] = 'Wed, 25 Nov 2026 12:00:00 GMT';
  const ref = anyRef(parts);
  const query = random.chance(0.2) ? `?${subsetFor(parts, ref.split('/')[0] ?? '')}` : '';
  return { method: random.chance(0.1) ? 'HEAD' : 'GET', path: `/${ref}${query}`, options: { headers } };
}

function searchAsked(parts: Parts): Asked {
  const { random, definitions } = parts;
  const type = random.chance(0.9) ? (random.pick(parts.population.seen) ?? '').split('/')[0] : random.pick(TYPES);
  const codes = [...definitions.searchParams(type ?? '').keys()];
  const pairs: string[] = [];
  for (let i = random.below(3); i >= 0 && codes.length > 0; i--) {
    const code = random.pick(codes) ?? '_id';
    const modifier = random.pick(MODIFIERS) ?? '';
    const value = modifier === ':missing' ? String(random.chance(0.5)) : valueFor(parts, definitions, type ?? '', code);
    pairs.push(`${code}${modifier}=${encodeURIComponent(value)}`);
  }
  if (random.chance(0.3)) pairs.splice(0);
  if (random.chance(0.25)) pairs.push(linkAsked(parts, type ?? ''));
  for (const control of [
    '_count=1',
    '_count=2',
    '_total=accurate',
    '_summary=count',
    '_total=estimate',
    '_count=0',
    sortFor(random, codes),
    subsetFor(parts, type ?? ''),
  ]) {
    if (random.chance(0.15)) pairs.push(control);
  }
  const headers = random.chance(0.1) ? { Prefer: 'handling=strict' } : {};
  if (random.chance(0.25)) {
    return {
      method: 'POST',
      path: `/${type}/_search`,
      options: { body: pairs.join('&'), headers: { ...FORM, ...headers } },
    };
  }
  return { method: 'GET', path: `/${type}?${pairs.join('&')}`, options: { headers } };
}

// A chain or `_has`, at its end a guess of anything, seen or hidden.
export function linkAsked(parts: Parts, type: string): string {
  const { random, definitions } = parts;
  const referencesOf = (of: string): readonly string[] =>
    [...definitions.searchParams(of).values()].filter((one) => one.type === 'reference').map(({ code }) => code);
  const endOf = (of: string): string => {
    const code = random.pick([...definitions.searchParams(of).keys()]) ?? '_id';
    const modifier = random.chance(0.8) ? '' : (random.pick(MODIFIERS) ?? '');
    return `${code}${modifier}=${encodeURIComponent(valueFor(parts, definitions, of, code))}`;
  };
  const other = random.pick(TYPES) ?? 'Patient';
  const rest = random.chance(0.2) ? linkAsked(parts, other) : endOf(other);
  if (random.chance(0.5)) return `_has:${other}:${random.pick(referencesOf(other)) ?? 'subject'}:${rest}`;
  return `${random.pick(referencesOf(type)) ?? 'subject'}${random.chance(0.6) ? `:${other}` : ''}.${rest}`;
}

function sortFor(random: Random, codes: readonly string[]): string {
  const keys = Array.from({ length: 1 + random.below(3) }, () => {
    const code = random.chance(0.3) ? '_lastUpdated' : (random.pick(codes) ?? '_id');
    return random.chance(0.5) ? `-${code}` : code;
  });
  return `_sort=${keys.join(',')}`;
}

// Elements by the definitions: hidden ones are named as often as others.
function subsetFor({ random, definitions }: Parts, type: string): string {
  if (random.chance(0.5)) return `_summary=${random.pick(['true', 'text', 'data', 'false', 'count'])}`;
  const names = [...(definitions.type(type)?.elements.keys() ?? ['id'])];
  return `_elements=${random.pick(names)},${random.pick(names)}`;
}

function valueFor(parts: Parts, definitions: Definitions, type: string, code: string): string {
  const { random, population } = parts;
  const value = random.pick(random.chance(0.7) ? population.hidden : population.visible) ?? 'x';
  const values = random.chance(0.1) ? [value, random.pick(population.visible) ?? 'y'] : [value];
  switch (definitions.searchParams(type).get(code)?.type) {
    case 'quantity':
      return `${random.pick(PREFIXES)}${numbersIn(population, random)}${random.pick(UNITS)}`;
    case 'composite':
      return compositeFor(parts, definitions, type, code);
    case 'date':
      return `${random.pick(PREFIXES)}${datesIn(population, random)}`;
    case 'reference':
      return random.pick([anyRef(parts), anyRef(parts).split('/')[1] ?? '', `Practitioner/${value}`]) ?? '';
    case 'token':
      return (
        random.pick([
          values.join(','),
          `urn:canary:${value}|`,
          `|${value}`,
          `http://hl7.org/fhir/sid/us-ssn|${value}`,
        ]) ?? ''
      );
    case 'uri':
      return random.pick([`urn:canary:${value}`, `https://example.org/${value}`]) ?? '';
    default:
      return random.chance(0.3) ? value.slice(0, -1) : values.join(',');
  }
}

// Each part a guess of its own kind, by the parameter that it stands for.
function compositeFor(parts: Parts, definitions: Definitions, type: string, code: string): string {
  const params = definitions.searchParams(type);
  const components = params.get(code)?.components ?? [];
  const codes = components.map(({ definition }) => [...params.values()].find((one) => one.url === definition)?.code);
  return codes.map((part) => valueFor(parts, definitions, type, part ?? '')).join('$');
}

function numbersIn({ hidden, visible }: Population, random: Random): string {
  const numbers = (random.chance(0.6) ? hidden : visible).filter((value) => /^\d{9}$/.test(value));
  const number = random.pick(numbers) ?? '5';
  return random.chance(0.5) ? number : `${number}.5`;
}

function datesIn({ hidden, visible }: Population, random: Random): string {
  const dates = (random.chance(0.6) ? hidden : visible).filter((value) => /^\d{4}-\d\d-\d\d$/.test(value));
  const date = random.pick(dates) ?? '1999-01-01';
  return random.chance(0.3) ? date.slice(0, random.chance(0.5) ? 4 : 7) : date;
}

function pageAsked(parts: Parts): Asked {
  const path = parts.random.pick(parts.pages);
  return path === undefined ? searchAsked(parts) : { method: 'GET', path, options: {} };
}

function updateAsked(parts: Parts): Asked {
  const { random, bodies } = parts;
  const ref = random.chance(0.85) ? (random.pick([...bodies.keys()]) ?? anyRef(parts)) : anyRef(parts);
  const [type = '', id = ''] = ref.split('/');
  const body = edited(parts, ref, bodies.get(ref) ?? { resourceType: type, id });
  const headers: Record<string, string> = {};
  if (random.chance(0.25)) headers['If-Match'] = random.chance(0.2) ? '*' : tagOf(random);
  if (random.chance(0.1)) headers['Prefer'] = 'return=minimal';
  return { method: 'PUT', path: `/${type}/${id}`, options: { body, headers } };
}

// A change of what is shown, or a guess of what is hidden: one world's very own content among them.
function edited(parts: Parts, ref: string, shown: Built): Built {
  const { random } = parts;
  const body = structuredClone(shown);
  const names = Object.keys(body).filter((name) => name !== 'resourceType' && name !== 'id');
  const name = random.pick(names);
  const stored = random.pick(storedAs(parts.population, ref));
  const guess = random.pick(
    Object.keys(stored?.resource ?? {}).filter((key) => key !== 'id' && key !== 'resourceType'),
  );
  const kind = random.below(10);
  if (kind < 3 && stored && guess !== undefined) body[guess] = stored.resource[guess];
  else if (kind === 3 && stored) return structuredClone(stored.resource);
  else if (name !== undefined && kind < 9) body[name] = changed(body[name], kind);
  return body;
}

function changed(value: Built, kind: number): Built {
  if (kind === 4) return undefined;
  if (kind === 5 && Array.isArray(value)) return value.toReversed();
  if (kind === 6 && Array.isArray(value)) return value.slice(1);
  return JSON.parse(JSON.stringify(value).replace(/(?:Canary|Edited)\d{6}/, (text) => `Edited${text.slice(-6)}`));
}

/** What lies under a reference in either world. */
export const storedAs = ({ left, right }: Population, ref: string): readonly Stored[] =>
  [...left, ...right].filter(({ type, id }) => `${type}/${id}` === ref);

function createAsked(parts: Parts): Asked {
  const { random, bodies } = parts;
  const ref = random.pick([...bodies.keys()]) ?? 'Observation/nobody';
  const type = ref.split('/')[0] ?? '';
  const { id: _, ...body } = edited(parts, ref, bodies.get(ref) ?? { resourceType: type });
  return { method: 'POST', path: `/${type}`, options: { body } };
}

// A create, update, patch or delete by what is guessed, of a type that the role may see.
function conditionAsked(parts: Parts): Asked {
  const { random, definitions, population } = parts;
  const type = (random.pick(population.seen) ?? 'Patient/x').split('/')[0] ?? '';
  const codes = [...definitions.searchParams(type).keys()];
  const code = random.chance(0.4) ? 'identifier' : (random.pick(codes) ?? '_id');
  const modifier = random.chance(0.85) ? '' : (random.pick(MODIFIERS) ?? '');
  const query = `${code}${modifier}=${encodeURIComponent(valueFor(parts, definitions, type, code))}`;
  const body: Built = Object.assign({}, createAsked(parts).options.body, { resourceType: type });
  const headers = random.chance(0.1) ? { 'If-Match': tagOf(random) } : {};
  switch (random.below(4)) {
    case 0:
      return { method: 'POST', path: `/${type}`, options: { body, headers: { 'If-None-Exist': query } } };
    case 1:
      return { method: 'PUT', path: `/${type}?${query}`, options: { body, headers } };
    case 2:
      return { ...patchAsked(parts, `${type}/x`), path: `/${type}?${query}` };
    default:
      return { method: 'DELETE', path: `/${type}?${query}`, options: { headers } };
  }
}

function deleteAsked(parts: Parts): Asked {
  const { random, population } = parts;
  const ref = random.chance(0.85) ? (random.pick(population.unseen) ?? 'Patient/nobody') : anyRef(parts);
  return {
    method: 'DELETE',
    path: `/${ref}`,
    options: random.chance(0.4) ? { headers: { 'If-Match': tagOf(random) } } : {},
  };
}

const TIMES = ['2026-11-25T12:00:00Z', '2026-11-25T12:00:00.001Z', '2026-11-25T12:01:30%2B00:00', '2026-11', '2027'];

// Versions and histories, of what is seen and of what is not, through every parameter that they take.
function pastAsked(parts: Parts): Asked {
  const { random } = parts;
  const ref = anyRef(parts);
  const method = random.chance(0.1) ? 'HEAD' : 'GET';
  if (random.chance(0.35)) {
    const headers: Record<string, string> = random.chance(0.3) ? { 'If-None-Match': tagOf(random) } : {};
    return { method, path: `/${ref}/_history/${random.below(5)}`, options: { headers } };
  }
  const pairs = [
    '_count=1',
    '_count=2',
    '_count=0',
    '_total=accurate',
    `_since=${random.pick(TIMES)}`,
    `_at=${random.pick(TIMES)}`,
  ].filter(() => random.chance(0.2));
  const path = `/${random.chance(0.5) ? ref : ref.split('/')[0]}/_history?${pairs.join('&')}`;
  return { method, path, options: {} };
}

function otherAsked(parts: Parts): Asked {
  return { method: 'GET', path: `/${anyRef(parts)}/$x`, options: {} };
}
