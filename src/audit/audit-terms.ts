/** The few terms under which an audit record is found: kind, agent, patients, resource. No dates: order is time. */
import type { AuditFacts, AuditOutcome } from '../core/audit.ts';
import { BoundedMap } from '../core/bounded-map.ts';
import type { Term } from '../core/plan.ts';
import type { TermMaker } from '../core/secrets.ts';
import type { AuditedInteraction } from './kinds.ts';

export interface AuditTerms {
  kind(interaction: AuditedInteraction, outcome: AuditOutcome): Term;
  /** `system` is the issuer, or empty where none is known. */
  subject(system: string, value: string): Term;
  /** A reference such as `Practitioner/7`. */
  fhirUser(reference: string): Term;
  patient(id: string): Term;
  resource(type: string, id: string): Term;
  /** All terms of a record, each once. */
  of(facts: AuditFacts): readonly Term[];
}

/** How many terms of kinds and agents are remembered; those of patients and resources never are. */
const REMEMBERED = 2000;

/** Makes the terms of audit records. */
export function createAuditTerms(terms: TermMaker): AuditTerms {
  const known = new BoundedMap<string, Term>(REMEMBERED);
  const remembered = (parameter: string, value: string): Term => {
    const key = `${parameter} ${value}`;
    const found = known.get(key);
    if (found) return found;
    const made = terms.term('AuditEvent', parameter, '', value);
    known.set(key, made);
    return made;
  };
  const made: Omit<AuditTerms, 'of'> = {
    kind: (interaction, outcome) => remembered('kind', `${interaction} ${outcome}`),
    subject: (system, value) => remembered('agent-subject', JSON.stringify([system, value])),
    fhirUser: (reference) => remembered('agent-user', reference),
    patient: (id) => terms.term('AuditEvent', 'entity-patient', '', id),
    resource: (type, id) => terms.term('AuditEvent', 'entity-resource', '', `${type}/${id}`),
  };
  return { ...made, of: (facts) => termsOf(made, facts) };
}

function termsOf(terms: Omit<AuditTerms, 'of'>, facts: AuditFacts): readonly Term[] {
  const { agent, resource } = facts;
  const list = [terms.kind(facts.interaction, facts.outcome)];
  if (agent.sub !== undefined) list.push(terms.subject(agent.issuer ?? '', agent.sub));
  if (agent.fhirUser !== undefined) list.push(terms.fhirUser(agent.fhirUser));
  if (resource?.id !== undefined) list.push(terms.resource(resource.type, resource.id));
  for (const patient of facts.patients) list.push(terms.patient(patient));
  return [...new Set(list)];
}
