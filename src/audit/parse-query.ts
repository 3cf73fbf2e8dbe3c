/** Reads the parameters of a search on AuditEvent; every refusal is decided here, before a record is opened. */
import { badRequest, forbidden, notSupported } from '../core/errors.ts';
import { and, type Plan, term } from '../core/plan.ts';
import type { Clock } from '../core/ports.ts';
import {
  agentCriterion,
  type Criterion,
  type CriterionParts,
  entityCriterion,
  type KindTest,
  kindCriterion,
  kindTest,
  patientCriterion,
  type RawCriterion,
} from './criteria.ts';
import { ALL_TIME, hull, type Span, shared, spansOf, within } from './search-dates.ts';
import { alternatives, unescapeValue } from './search-values.ts';

/** What the search of AuditEvents understands, for the CapabilityStatement and the guard. */
export const AUDIT_PARAMETERS = [
  { code: '_id', type: 'token' },
  { code: '_lastUpdated', type: 'date' },
  { code: 'action', type: 'token' },
  { code: 'agent', type: 'reference' },
  { code: 'date', type: 'date' },
  { code: 'entity', type: 'reference' },
  { code: 'outcome', type: 'token' },
  { code: 'patient', type: 'reference' },
  { code: 'subtype', type: 'token' },
  { code: 'type', type: 'token' },
] as const;

export type AuditParameter = (typeof AUDIT_PARAMETERS)[number]['code'];

export interface QueryParts extends CriterionParts {
  readonly clock: Clock;
}

export interface RawQuery {
  readonly parameters: readonly (readonly [string, string])[];
  /** `Prefer: handling=strict`. */
  readonly strict: boolean;
  /** A reader who may see the events of this patient alone. */
  readonly onlyPatient?: string;
}

export interface ParsedQuery {
  /** Finds all records that can pass, and perhaps more. */
  readonly plan: Plan;
  readonly criteria: readonly Criterion[];
  /** All events that pass were recorded in it. */
  readonly span: Span;
  /** Event ids, when `_id` was asked for. */
  readonly ids?: readonly string[];
  readonly count: number;
  readonly total: 'none' | 'accurate' | 'estimate';
  /** `_summary=count` or `_count=0`. */
  readonly countOnly: boolean;
  /** Unknown parameters, left out. */
  readonly ignored: readonly string[];
  /** The parameters as understood. */
  readonly self: readonly (readonly [string, string])[];
}

interface Draft {
  readonly criteria: Criterion[];
  readonly kinds: KindTest[];
  readonly ignored: string[];
  readonly self: (readonly [string, string])[];
  span: Span;
  ids: readonly string[] | undefined;
  count: number;
  total: ParsedQuery['total'];
  countOnly: boolean;
}

const DEFAULT_COUNT = 20;
const MAX_COUNT = 500;
const MAX_PARAMETERS = 50;
/** CONTRACT.md: a clear 400 under either handling. */
const REFUSED = /^(?:_filter|_list|_containedType|_has|_include|_revinclude|near)$/;

/** Reads a query; throws `FhirError` 400, or 403 for a parameter that tells what the reader does not see. */
export function parseAuditQuery(parts: QueryParts, raw: RawQuery): ParsedQuery {
  if (raw.parameters.length > MAX_PARAMETERS) throw badRequest('The search has too many parameters.');
  const draft: Draft = {
    criteria: [],
    kinds: [],
    ignored: [],
    self: [],
    span: ALL_TIME,
    ids: undefined,
    count: DEFAULT_COUNT,
    total: 'none',
    countOnly: false,
  };
  for (const [name, value] of raw.parameters) readParameter(parts, raw, draft, name, value);
  if (draft.kinds.length > 0) draft.criteria.push(kindCriterion(parts.terms, draft.kinds));
  if (raw.onlyPatient !== undefined) draft.criteria.push(ownEvents(parts, raw.onlyPatient));
  const { criteria, span, ids, count, total, countOnly, ignored, self } = draft;
  const plan = and(criteria.map((one) => one.plan));
  return { plan, criteria, span, count, total, countOnly, ignored, self, ...(ids ? { ids } : {}) };
}

// The row filter of the patient's view: events in which this very patient is concerned.
function ownEvents(parts: QueryParts, id: string): Criterion {
  return { plan: term(parts.terms.patient(id)), admits: ({ patient }) => patient === id };
}

function readParameter(parts: QueryParts, raw: RawQuery, draft: Draft, name: string, value: string): void {
  const colon = name.indexOf(':');
  const parameter = colon < 0 ? name : name.slice(0, colon);
  const modifier = colon < 0 ? undefined : name.slice(colon + 1);
  if (REFUSED.test(parameter) || parameter.includes('.')) {
    throw notSupported(`The parameter "${plainName(parameter)}" is not supported on AuditEvent.`);
  }
  if (!readCriterion(parts, raw, draft, { parameter, modifier, value }) && !readControl(draft, name, value)) {
    if (raw.strict) throw notSupported(`The parameter "${plainName(name)}" is not known on AuditEvent.`);
    draft.ignored.push(plainName(name));
    return;
  }
  draft.self.push([name, value]);
}

function readCriterion(parts: QueryParts, raw: RawQuery, draft: Draft, criterion: RawCriterion): boolean {
  const { parameter } = criterion;
  if (!isAuditParameter(parameter)) return false;
  if (criterion.value === '') throw badRequest(`The parameter "${parameter}" has an empty value.`);
  switch (parameter) {
    case 'action':
    case 'outcome':
    case 'type':
    case 'subtype':
      draft.kinds.push(kindTest(parameter, criterion));
      break;
    case 'date':
    case '_lastUpdated':
      addDates(parts, draft, criterion);
      break;
    case '_id':
      addIds(draft, criterion);
      break;
    case 'patient':
      draft.criteria.push(patientCriterion(parts, criterion));
      break;
    case 'agent':
      draft.criteria.push(agentCriterion(parts, criterion));
      break;
    case 'entity':
      // Which resource it was is hidden from the patient (VIEWS.md), so it cannot be asked for either.
      if (raw.onlyPatient !== undefined) throw forbidden('The parameter "entity" is not open to this role.');
      draft.criteria.push(entityCriterion(parts, criterion));
      break;
    default:
      parameter satisfies never;
  }
  return true;
}

function addDates(parts: QueryParts, draft: Draft, { parameter, modifier, value }: RawCriterion): void {
  if (modifier !== undefined) throw notSupported(`The parameter "${parameter}" takes no modifier here.`);
  const spans = alternatives(parameter, value).flatMap((part) => spansOf(parameter, part, parts.clock));
  draft.span = shared(draft.span, hull(spans));
  draft.criteria.push({ plan: { op: 'every' }, admits: ({ record }) => within(spans, record.recorded) });
}

function addIds(draft: Draft, { modifier, value }: RawCriterion): void {
  if (modifier !== undefined) throw notSupported('The parameter "_id" takes no modifier here.');
  const ids = alternatives('_id', value).map(unescapeValue);
  draft.ids = draft.ids ? draft.ids.filter((id) => ids.includes(id)) : ids;
}

function readControl(draft: Draft, name: string, value: string): boolean {
  switch (name) {
    case '_count':
      if (!/^\d{1,9}$/.test(value)) throw badRequest('The value of "_count" must be a whole number.');
      draft.count = Math.min(Number(value), MAX_COUNT);
      if (Number(value) === 0) draft.countOnly = true;
      return true;
    case '_summary':
      if (!/^(?:true|text|data|count|false)$/.test(value)) throw badRequest('The value of "_summary" is not known.');
      if (value === 'count') draft.countOnly = true;
      return value === 'count' || value === 'false';
    case '_total':
      if (value !== 'none' && value !== 'accurate' && value !== 'estimate') {
        throw badRequest('The value of "_total" must be none, estimate or accurate.');
      }
      draft.total = value;
      return true;
    case '_sort':
      // The order of the log, newest first, is the only one.
      if (value !== '-date' && value !== '-_lastUpdated') throw notSupported('AuditEvents sort by -date alone.');
      return true;
    case '_format':
    case '_pretty':
      return true;
    default:
      return false;
  }
}

const isAuditParameter = (name: string): name is AuditParameter => AUDIT_PARAMETERS.some(({ code }) => code === name);

/** A name that is no plain one may be a value that slipped; it is not repeated. */
const plainName = (name: string): string => (/^[A-Za-z_][A-Za-z0-9_:.-]{0,63}$/.test(name) ? name : '?');
