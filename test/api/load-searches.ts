/** Random searches whose answers are known: values come from the resources, the oracle is `naive-search.ts`. */
import { isArray, isObject, type Json, type ResourceJson } from '../../src/core/json.ts';
import type { Choices } from '../masking/lens-resources.ts';
import { naivelyMatches } from '../unit/search/naive-search.ts';

export interface Search {
  readonly type: string;
  readonly criteria: readonly (readonly [name: string, value: string])[];
}

/** How a parameter is written for a resource, and what the oracle calls it. */
interface Parameter {
  /** Type and name in the oracle, where they are not the resource's own. */
  readonly oracle?: readonly [type: string, name: string];
  values(resource: ResourceJson, choices: Choices): readonly string[];
}

const PREFIXES = ['', 'eq', 'ne', 'gt', 'lt', 'ge', 'le', 'sa', 'eb'];
const list = (value: Json | undefined): readonly Json[] =>
  isArray(value) ? value : value === undefined ? [] : [value];
const at = (value: Json | undefined, ...path: readonly string[]): readonly string[] => {
  const [name, ...rest] = path;
  if (name === undefined) return list(value).flatMap((each) => (typeof each === 'string' ? [each] : []));
  return list(value).flatMap((each) => (isObject(each) ? at(each[name], ...rest) : []));
};
/** `system|code`, the code alone, the system alone, in turn. */
const tokens =
  (holders: readonly Json[], code: string) =>
  (choices: Choices): readonly string[] =>
    holders.flatMap((holder) => {
      const [system] = at(holder, 'system');
      const [value] = at(holder, code);
      if (value === undefined || /[,|$\\]/.test(`${value}${system}`)) return [];
      if (system === undefined) return [value];
      return [[`${system}|${value}`, value, `${system}|`][choices.below(3)] ?? value];
    });
const objects = (value: Json | undefined, ...path: readonly string[]): readonly Json[] => {
  const [name, ...rest] = path;
  if (name === undefined) return list(value);
  return list(value).flatMap((each) => (isObject(each) ? objects(each[name], ...rest) : []));
};
/** A date or a part of it, with a prefix. */
const dates = (texts: readonly string[], choices: Choices): readonly string[] =>
  texts.map((text) => {
    const cut = [text, text.slice(0, 4), text.slice(0, 7), text.slice(0, 10)][choices.below(4)] ?? text;
    return `${choices.of(PREFIXES) ?? ''}${cut}`;
  });
const words = (texts: readonly string[], choices: Choices): readonly string[] =>
  texts.filter((text) => !/[,|$\\]/.test(text)).map((text) => text.slice(0, 2 + choices.below(text.length)));

const COMMON: Readonly<Record<string, Parameter>> = {
  _id: { oracle: ['Patient', '_id'], values: (r) => (r.id === undefined ? [] : [r.id]) },
  _lastUpdated: { oracle: ['Patient', '_lastUpdated'], values: (r, c) => dates(at(r['meta'], 'lastUpdated'), c) },
};

const PARAMETERS: Readonly<Record<string, Readonly<Record<string, Parameter>>>> = {
  Patient: {
    ...COMMON,
    gender: { values: (r) => at(r['gender']) },
    family: { values: (r, c) => words(at(r['name'], 'family'), c) },
    'family:exact': { values: (r) => at(r['name'], 'family') },
    given: { values: (r, c) => words(at(r['name'], 'given'), c) },
    name: { values: (r, c) => words([...at(r['name'], 'family'), ...at(r['name'], 'given')], c) },
    birthdate: { values: (r, c) => dates(at(r['birthDate']), c) },
    identifier: { values: (r, c) => tokens(objects(r['identifier']), 'value')(c) },
    deceased: { values: (_r, c) => [c.below(2) === 0 ? 'true' : 'false'] },
  },
  Observation: {
    ...COMMON,
    status: { values: (r) => at(r['status']) },
    code: { values: (r, c) => tokens(objects(r['code'], 'coding'), 'code')(c) },
    'code:not': { values: (r, c) => tokens(objects(r['code'], 'coding'), 'code')(c) },
    category: { values: (r, c) => tokens(objects(r['category'], 'coding'), 'code')(c) },
    'combo-code': { values: (r, c) => tokens(objects(r['component'], 'code', 'coding'), 'code')(c) },
    date: { values: (r, c) => dates(at(r['effectiveDateTime']), c) },
    subject: { values: (r) => at(r['subject'], 'reference') },
    patient: { values: (r) => at(r['subject'], 'reference').map((text) => text.slice(text.indexOf('/') + 1)) },
  },
  // The oracle knows it as an Observation with other names.
  MedicationRequest: {
    ...COMMON,
    status: { oracle: ['Observation', 'status'], values: (r) => at(r['status']) },
    code: {
      oracle: ['Observation', 'code'],
      values: (r, c) => tokens(objects(r['medicationCodeableConcept'], 'coding'), 'code')(c),
    },
    authoredon: { oracle: ['Observation', 'date'], values: (r, c) => dates(at(r['authoredOn']), c) },
    patient: { oracle: ['Observation', 'patient'], values: (r) => at(r['subject'], 'reference') },
  },
};

export const SEARCHED = Object.keys(PARAMETERS);

/** One to three criteria, each with one or two values of resources that are there, now and then of none. */
export function randomSearch(resources: readonly ResourceJson[], choices: Choices): Search {
  const type = choices.of(SEARCHED) ?? 'Patient';
  const own = resources.filter((each) => each.resourceType === type);
  const named = PARAMETERS[type] ?? {};
  const one = choices.of(own);
  const criteria = Array.from({ length: 1 + choices.below(3) }, (): readonly [string, string] => {
    const name = choices.of(Object.keys(named)) ?? '_id';
    const from = choices.below(3) === 0 ? choices.of(own) : one;
    const values = from ? (named[name]?.values(from, choices) ?? []) : [];
    const first = choices.of(values) ?? FALLBACK[name] ?? 'none-such';
    const second = choices.below(4) === 0 ? choices.of(values) : undefined;
    return [name, second === undefined ? first : `${first},${second}`];
  });
  return { type, criteria };
}

const FALLBACK: Readonly<Record<string, string>> = {
  birthdate: '1980',
  date: '2015',
  authoredon: '2015',
  _lastUpdated: 'ge2000',
};

/** Ids that the oracle finds, sorted. */
export function naiveAnswer({ type, criteria }: Search, resources: readonly ResourceJson[]): readonly string[] {
  return resources
    .filter((each) => each.resourceType === type)
    .filter((each) => criteria.every(([name, value]) => holds(type, name, value, each)))
    .map(({ id }) => id ?? '')
    .sort();
}

function holds(type: string, name: string, value: string, resource: ResourceJson): boolean {
  const [oracleType, oracleName] = PARAMETERS[type]?.[name]?.oracle ?? [type, name];
  return naivelyMatches(
    oracleType,
    oracleName,
    value,
    type === 'MedicationRequest' ? asObservation(resource) : resource,
  );
}

function asObservation(resource: ResourceJson): object {
  const { medicationCodeableConcept: code, authoredOn: effectiveDateTime } = resource;
  return { ...resource, code, effectiveDateTime };
}
