/** The law: for every parameter of R4, `matches` is the oracle, and plans lie around it. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { matches } from '../../../src/search/matches.ts';
import { decidedByTerms, planCertain, planCriterion } from '../../../src/search/plan.ts';
import { type Case, casesOf } from './definition-cases.ts';
import { oracleMatches } from './oracle.ts';
import { BASE_URL, criterion, definitions, index, inPlan, NOW, planContext } from './search-world.ts';

/** How often a case matched and did not, by parameter type, modifier and prefix. */
export type Seen = Map<string, { yes: number; no: number }>;

/** Checks so many cases of each served type; throws with the smallest case that fails. */
export function checkDefinitions(numRuns: number, seed?: number): Seen {
  const seen: Seen = new Map();
  for (const type of definitions.servedTypes) {
    if (type === 'AuditEvent') continue;
    fc.assert(
      fc.property(casesOf(type), (one) => checkCase(one, seen)),
      { numRuns, ...(seed === undefined ? {} : { seed }) },
    );
  }
  return seen;
}

function checkCase({ resource, param, modifier, values }: Case, seen: Seen): void {
  const name = modifier === '' ? param.code : `${param.code}:${modifier}`;
  const text = values.join(',');
  const asked = criterion(param.type, name, text);
  const byUrl = new Map([...definitions.searchParams(param.type).values()].map((each) => [each.url, each]));
  const expected = oracleMatches({ param: param.definition, modifier, values }, resource, { now: NOW, params: byUrl });
  const what = `${param.type}?${name}=${text}`;
  assert.equal(matches(asked, resource, { baseUrl: BASE_URL }), expected, `${what}: matches`);
  const indexed = index(resource);
  const possible = inPlan(planCriterion(planContext, asked, 'whole'), resource, indexed);
  const certain = inPlan(planCertain(planContext, asked, 'whole'), resource, indexed);
  assert.ok(possible || !expected, `${what}: the plan loses a match`);
  assert.ok(!certain || expected, `${what}: certain of what does not match`);
  if (decidedByTerms(asked)) assert.equal(possible, expected, `${what}: not decided by terms`);
  for (const key of keysOf(param.kind, modifier, values, param.targets)) {
    const counts = seen.get(key) ?? { yes: 0, no: 0 };
    counts[expected ? 'yes' : 'no']++;
    seen.set(key, counts);
  }
}

const PREFIXED: ReadonlySet<string> = new Set(['date', 'number', 'quantity']);

function keysOf(
  kind: string,
  modifier: string,
  values: readonly string[],
  targets: readonly string[],
): readonly string[] {
  if (modifier !== '')
    return [`${kind}:${targets.includes(modifier) || /^[A-Z]/.test(modifier) ? '[type]' : modifier}`];
  if (!PREFIXED.has(kind)) return [kind];
  return values.map((value) => `${kind} ${/^[a-z]{2}/.exec(value)?.[0] ?? 'eq'}`);
}
