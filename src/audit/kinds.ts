/** What each kind of interaction is called in an AuditEvent, as data. */
import type { AuditFacts, AuditOutcome } from '../core/audit.ts';

export type AuditedInteraction = AuditFacts['interaction'];
export type AuditAction = 'C' | 'R' | 'U' | 'D' | 'E';

export interface Coding {
  readonly system: string;
  readonly code: string;
  readonly display: string;
}

export interface EventKind {
  readonly action: AuditAction;
  readonly type: Coding;
  readonly subtype?: Coding;
  /** Last part of the IHE BALP profile of a success; with a patient it reads `Patient…`. */
  readonly profile?: 'Read' | 'Create' | 'Update' | 'Delete' | 'Query';
}

export const DCM = 'http://dicom.nema.org/resources/ontology/DCM';
export const OUTCOME_SYSTEM = 'http://terminology.hl7.org/CodeSystem/audit-event-outcome';
export const ACTION_SYSTEM = 'http://hl7.org/fhir/audit-event-action';

const REST: Coding = {
  system: 'http://terminology.hl7.org/CodeSystem/audit-event-type',
  code: 'rest',
  display: 'RESTful Operation',
};
const dicom = (code: string, display: string): Coding => ({ system: DCM, code, display });
const rest = (action: AuditAction, code: string, profile?: EventKind['profile']): EventKind => ({
  action,
  type: REST,
  subtype: { system: 'http://hl7.org/fhir/restful-interaction', code, display: code },
  ...(profile ? { profile } : {}),
});

/** The table of kinds; an interaction without a row does not compile. Rendering 1 reads it: a row that shipped stays. */
export const EVENT_KINDS: Readonly<Record<AuditedInteraction, EventKind>> = {
  read: rest('R', 'read', 'Read'),
  vread: rest('R', 'vread', 'Read'),
  create: rest('C', 'create', 'Create'),
  update: rest('U', 'update', 'Update'),
  patch: rest('U', 'patch', 'Update'),
  delete: rest('D', 'delete', 'Delete'),
  'history-instance': rest('R', 'history-instance'),
  'history-type': rest('R', 'history-type'),
  'search-type': rest('E', 'search-type', 'Query'),
  metadata: rest('R', 'capabilities'),
  authentication: {
    action: 'E',
    type: dicom('110114', 'User Authentication'),
    subtype: dicom('110122', 'Login'),
  },
  'rate-limit': { action: 'E', type: dicom('110113', 'Security Alert') },
  batch: rest('E', 'batch'),
  transaction: rest('E', 'transaction'),
  unrouted: { action: 'E', type: REST },
  command: { action: 'E', type: dicom('110100', 'Application Activity') },
};

/** Every outcome of R4's audit-event-outcome. */
export const OUTCOMES: readonly AuditOutcome[] = ['0', '4', '8', '12'];

/** Every interaction that has a row above. */
export const INTERACTIONS: readonly AuditedInteraction[] = Object.keys(EVENT_KINDS).filter(isInteraction);

/** Whether a text names a kind of event. */
export function isInteraction(text: string): text is AuditedInteraction {
  return Object.hasOwn(EVENT_KINDS, text);
}

/** Whether a text is an outcome code. */
export function isOutcome(text: string): text is AuditOutcome {
  return OUTCOMES.some((outcome) => outcome === text);
}
