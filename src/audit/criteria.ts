/** Search criteria over audit records: each has the plan that finds candidates and the check that decides. */
import type { AuditOutcome } from '../core/audit.ts';
import { badRequest, notSupported } from '../core/errors.ts';
import { EVERY, NONE, or, type Plan, term } from '../core/plan.ts';
import { ID, parseReference } from '../core/reference.ts';
import type { AuditTerms } from './audit-terms.ts';
import {
  ACTION_SYSTEM,
  type AuditedInteraction,
  EVENT_KINDS,
  INTERACTIONS,
  OUTCOME_SYSTEM,
  OUTCOMES,
} from './kinds.ts';
import type { AuditRecord } from './record-format.ts';
import { alternatives, readToken, split, type TokenValue, tokenFits, unescapeValue } from './search-values.ts';

/** The event of one patient, or of none, before it is rendered. */
export interface AuditEventView {
  readonly record: AuditRecord;
  readonly patient: string | undefined;
}

export interface Criterion {
  /** Holds for the records of all events that pass, and perhaps for more. */
  readonly plan: Plan;
  readonly admits: (event: AuditEventView) => boolean;
}

/** One criterion as it was sent; `value` still escaped. */
export interface RawCriterion {
  readonly parameter: string;
  readonly modifier: string | undefined;
  readonly value: string;
}

export interface CriterionParts {
  readonly terms: AuditTerms;
  readonly baseUrl: string;
}

/** Whether events of this interaction and outcome pass. */
export type KindTest = (interaction: AuditedInteraction, outcome: AuditOutcome) => boolean;

const KIND_TESTS = {
  action: (token: TokenValue): KindTest => {
    return (interaction) => tokenFits(token, ACTION_SYSTEM, EVENT_KINDS[interaction].action);
  },
  outcome: (token: TokenValue): KindTest => {
    return (_interaction, outcome) => tokenFits(token, OUTCOME_SYSTEM, outcome);
  },
  type: (token: TokenValue): KindTest => {
    return (interaction) => {
      const { type } = EVENT_KINDS[interaction];
      return tokenFits(token, type.system, type.code);
    };
  },
  subtype: (token: TokenValue): KindTest => {
    return (interaction) => {
      const { subtype } = EVENT_KINDS[interaction];
      return subtype !== undefined && tokenFits(token, subtype.system, subtype.code);
    };
  },
} as const;

export type KindParameter = keyof typeof KIND_TESTS;

/** Reads a criterion on action, outcome, type or subtype; `:not` is the one modifier. */
export function kindTest(parameter: KindParameter, { modifier, value }: Omit<RawCriterion, 'parameter'>): KindTest {
  if (modifier !== undefined && modifier !== 'not') throw unknownModifier(parameter, modifier);
  const tests = alternatives(parameter, value).map((part) => KIND_TESTS[parameter](readToken(parameter, part)));
  const any: KindTest = (interaction, outcome) => tests.some((test) => test(interaction, outcome));
  return modifier === 'not' ? (interaction, outcome) => !any(interaction, outcome) : any;
}

/** All criteria on the kind together: the kinds that pass every one of them, as terms. */
export function kindCriterion(terms: AuditTerms, tests: readonly KindTest[]): Criterion {
  const passes: KindTest = (interaction, outcome) => tests.every((test) => test(interaction, outcome));
  const kinds = INTERACTIONS.flatMap((i) => OUTCOMES.filter((o) => passes(i, o)).map((o) => term(terms.kind(i, o))));
  const all = kinds.length === INTERACTIONS.length * OUTCOMES.length;
  return { plan: all ? EVERY : or(kinds), admits: ({ record }) => passes(record.interaction, record.outcome) };
}

/** Reads `patient`: the patient concerned or asked for, or a patient who was the user (R4's expression names all). */
export function patientCriterion(parts: CriterionParts, raw: RawCriterion): Criterion {
  return anyOf(raw, (value) => {
    const { type, id } = readReference(parts, raw, value, ['Patient']);
    if (type !== 'Patient') return NOTHING;
    const reference = `Patient/${id}`;
    return {
      plan: or([
        term(parts.terms.patient(id)),
        term(parts.terms.resource('Patient', id)),
        term(parts.terms.fhirUser(reference)),
      ]),
      admits: ({ record, patient }) =>
        patient === id || asksFor(record, 'Patient', id) || record.agent.fhirUser === reference,
    };
  });
}

const AGENT_TYPES = ['Practitioner', 'PractitionerRole', 'Organization', 'Device', 'Patient', 'RelatedPerson'];

/** Reads `agent`: a reference to the user, or with `:identifier` issuer and `sub` as `issuer|sub`. */
export function agentCriterion(parts: CriterionParts, raw: RawCriterion): Criterion {
  if (raw.modifier === 'identifier') return anyOf(raw, (value) => subjectCriterion(parts, raw, value));
  return anyOf(raw, (value) => {
    const { type, id } = readReference(parts, raw, value, AGENT_TYPES);
    const references = (type === undefined ? AGENT_TYPES : [type]).map((name) => `${name}/${id}`);
    return {
      plan: or(references.map((reference) => term(parts.terms.fhirUser(reference)))),
      admits: ({ record }) => references.some((reference) => reference === record.agent.fhirUser),
    };
  });
}

function subjectCriterion(parts: CriterionParts, raw: RawCriterion, value: string): Criterion {
  const [system = '', sub] = split(value, '|').map(unescapeValue);
  if (sub === undefined || sub === '') {
    throw badRequest(`The value of "${raw.parameter}:identifier" must be the issuer and the subject: issuer|sub.`);
  }
  return {
    plan: term(parts.terms.subject(system, sub)),
    admits: ({ record }) => record.agent.sub === sub && (record.agent.issuer ?? '') === system,
  };
}

/** Reads `entity`: the resource that was asked for or written, or the patient concerned; versions do not count. */
export function entityCriterion(parts: CriterionParts, raw: RawCriterion): Criterion {
  return anyOf(raw, (value) => {
    const { type, id } = readReference(parts, raw, value, undefined);
    if (type === undefined) throw badRequest('The value of "entity" must name the type: Type/id.');
    const plans = [term(parts.terms.resource(type, id))];
    if (type === 'Patient') plans.push(term(parts.terms.patient(id)));
    return {
      plan: or(plans),
      admits: ({ record, patient }) => asksFor(record, type, id) || (type === 'Patient' && patient === id),
    };
  });
}

const asksFor = ({ resource }: AuditRecord, type: string, id: string): boolean =>
  resource?.type === type && resource.id === id;

const NOTHING: Criterion = { plan: NONE, admits: () => false };

function anyOf(raw: RawCriterion, read: (value: string) => Criterion): Criterion {
  const list = alternatives(raw.parameter, raw.value).map(read);
  return { plan: or(list.map((one) => one.plan)), admits: (event) => list.some((one) => one.admits(event)) };
}

interface Target {
  /** Undefined: the value names the id alone. */
  readonly type: string | undefined;
  readonly id: string;
}

// `Type/id`, a bare id, `:Type` with a bare id, or a URL; a URL of another server is nobody's here.
function readReference(
  parts: CriterionParts,
  raw: RawCriterion,
  value: string,
  types: readonly string[] | undefined,
): Target {
  const text = unescapeValue(value);
  const { modifier } = raw;
  const typed = modifier !== undefined && /^[A-Z][A-Za-z]{1,40}$/.test(modifier);
  if (modifier !== undefined && (!typed || (types && !types.includes(modifier)))) {
    throw unknownModifier(raw.parameter, modifier);
  }
  if (ID.test(text)) return { type: modifier ?? (types?.length === 1 ? types[0] : undefined), id: text };
  const reference = parseReference(text, parts.baseUrl);
  if (reference && modifier !== undefined && reference.type !== modifier) return FOREIGN;
  if (reference) return { type: reference.type, id: reference.id };
  if (/^[a-z][a-z0-9+.-]{1,20}:/i.test(text)) return FOREIGN;
  throw badRequest(`The value of "${raw.parameter}" is no reference. Write it as Type/id.`);
}

/** No record has an empty id. */
const FOREIGN: Target = { type: 'Resource', id: '' };

const unknownModifier = (parameter: string, modifier: string): Error =>
  notSupported(`The parameter "${parameter}" has no modifier ":${modifier}" here.`);
