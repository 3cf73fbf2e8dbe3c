/** Reads chains, `subject:Patient.name`, and `_has:Observation:subject:code` (R4 search.html#chaining, #has). */
import { badRequest, type FhirError } from '../core/errors.ts';
import type { SearchRegistry } from './parameters.ts';
import type { Conditions, Criterion, Link, SearchParameter } from './query.ts';

export interface LinkContext {
  readonly registry: SearchRegistry;
  /** Reads a parameter without a link; undefined for one that the type does not have. */
  plain(type: string, name: string, value: string): Criterion | undefined;
}

const MAX_HOPS = 4;
// A chain that names no types branches at each hop.
const MAX_ENDS = 100;
/** AuditEvents lie in a store of their own. */
const APART = 'AuditEvent';

/** Whether a parameter's name, as sent, leads to other resources. */
export const isLink = (name: string): boolean => name.includes('.') || name === '_has' || name.startsWith('_has:');

/** Reads a link; throws 400 that names the parameter, also for one that is unknown: to leave it out would find more. */
export function parseLink(context: LinkContext, type: string, name: string, value: string): Link {
  const walk: Walk = { ...context, name, value, ends: { left: MAX_ENDS } };
  const link = linkAt(walk, type, name, MAX_HOPS);
  if (!link) throw badRequest(`'${name.slice(0, 64)}' names a link, a type or a parameter that is unknown here.`);
  return link;
}

interface Walk extends LinkContext {
  readonly name: string;
  readonly value: string;
  readonly ends: { left: number };
}

const refuse = ({ name }: Walk, why: string): FhirError => badRequest(`'${name.slice(0, 64)}' ${why}`);

function linkAt(walk: Walk, type: string, rest: string, hops: number): Link | undefined {
  if (hops === 0) throw refuse(walk, `leads over more than ${MAX_HOPS} hops.`);
  return rest.startsWith('_has') ? hasAt(walk, type, rest, hops - 1) : chainAt(walk, type, rest, hops - 1);
}

const HAS = /^_has:([A-Za-z]{1,64}):([\w-]{1,64}):(.+)$/s;

function hasAt(walk: Walk, type: string, rest: string, hops: number): Link | undefined {
  const [, from = '', code = '', end = ''] = HAS.exec(rest) ?? [];
  if (from === '') throw refuse(walk, 'must be _has:Type:reference:parameter.');
  const param = referenceOf(walk, from, code);
  if (from === APART || !param || !mayName(param, type)) return undefined;
  const conditions = conditionsAt(walk, from, end, hops);
  return conditions && { kind: 'has', name: walk.name, param, ends: [{ type: from, conditions }] };
}

function chainAt(walk: Walk, type: string, rest: string, hops: number): Link | undefined {
  const dot = rest.indexOf('.');
  const [code = '', target, ...more] = rest.slice(0, dot).split(':');
  const param = referenceOf(walk, type, code);
  if (!param || more.length > 0) return undefined;
  if (target !== undefined && (!walk.registry.resourceTypes.has(target) || !mayName(param, target))) return undefined;
  const ends = (target === undefined ? targetsOf(walk, param) : [target]).flatMap((one) => {
    const conditions = one === APART ? undefined : conditionsAt(walk, one, rest.slice(dot + 1), hops);
    return conditions ? [{ type: one, conditions }] : [];
  });
  return ends.length === 0 ? undefined : { kind: 'chain', name: walk.name, param, ends };
}

// Of several types those are meant whose resources have the parameter at all.
function conditionsAt(walk: Walk, type: string, rest: string, hops: number): Conditions | undefined {
  if (isLink(rest)) {
    const link = linkAt(walk, type, rest, hops);
    return link && { criteria: [], links: [link] };
  }
  const criterion = walk.plain(type, rest, walk.value);
  if (!criterion) return undefined;
  if (walk.ends.left-- === 0)
    throw refuse(walk, 'may lead over too many types: name them, as in subject:Patient.name.');
  return { criteria: [{ ...criterion, name: walk.name }], links: [] };
}

function referenceOf({ registry }: Walk, type: string, code: string): SearchParameter | undefined {
  const param = registry.parameter(type, code);
  return param?.kind === 'reference' ? param : undefined;
}

const mayName = ({ targets }: SearchParameter, type: string): boolean => targets.length === 0 || targets.includes(type);

const targetsOf = ({ registry }: Walk, { targets }: SearchParameter): readonly string[] =>
  targets.length > 0 ? targets : [...registry.resourceTypes];
