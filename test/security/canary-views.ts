/** VIEWS.md by hand: what each role sees of each type, worked out without the compiled views. */
import type { Canary } from './canary-resource.ts';

/** `all`: `*` but `hidden`; `list`: the named places alone. Null: 403 whatever one asks. */
export type Cell =
  | { readonly all: true; readonly hidden: readonly string[] }
  | { readonly list: readonly string[] }
  | null;

const all = (...hidden: string[]): Cell => ({ all: true, hidden });
const list = (...names: string[]): Cell => ({ list: names });

const NPI = 'identifier:NPI';
const CLINICAL = { physician: all(), nurse: all(), system: all() };
const DIRECTORY_ROLES = ['patient', 'physician', 'nurse', 'pharmacist', 'scheduler', 'billing', 'compliance'];
const directory = (cell: Cell): Readonly<Record<string, Cell>> => ({
  ...Object.fromEntries(DIRECTORY_ROLES.map((role) => [role, cell])),
  system: all(),
});
const MEDICATION = list('code', 'status', 'form', 'ingredient');

const codes = (...places: readonly string[]): readonly string[] =>
  places.flatMap((place) => [`${place}.coding.system`, `${place}.coding.code`]);
const quantity = (place: string): readonly string[] =>
  ['value', 'comparator', 'system', 'code'].map((part) => `${place}.${part}`);

/** Type, then role. A role that is not named has nothing. */
const CELLS: Readonly<Record<string, Readonly<Record<string, Cell>>>> = {
  Patient: {
    patient: all(),
    physician: all('identifier:SSN', 'text'),
    nurse: list(
      ...['name', 'gender', 'birthDate', 'identifier:MRN', 'telecom', 'address', 'contact', 'communication'],
      ...['active', 'deceased', 'generalPractitioner', 'managingOrganization'],
    ),
    pharmacist: list(
      ...['name', 'gender', 'birthDate', 'identifier:MRN', 'telecom', 'address', 'communication', 'active', 'deceased'],
    ),
    scheduler: list(
      ...['name', 'gender', 'birthDate', 'identifier:MRN', 'telecom', 'address', 'communication', 'active'],
      ...['deceased', 'contact'],
    ),
    billing: list(
      ...['name', 'gender', 'birthDate', 'identifier:MRN', 'identifier:SSN', 'telecom', 'address'],
      ...['managingOrganization', 'active', 'deceased'],
    ),
    researcher: list(
      ...['gender', 'address.state', 'address.country', 'active', 'maritalStatus.coding.system'],
      'maritalStatus.coding.code',
    ),
    compliance: list('name', 'identifier:MRN', 'active', 'deceased'),
    system: all(),
  },
  Observation: {
    patient: all(),
    ...CLINICAL,
    pharmacist: list(
      ...['status', 'category', 'code', 'subject', 'effective', 'issued', 'value', 'interpretation', 'referenceRange'],
      ...['component', 'dataAbsentReason'],
    ),
    // Coded parts of what may be coded, and numbers: no words, no dates, no name but a pseudonym.
    researcher: list(
      ...['status', ...codes('category', 'code', 'dataAbsentReason', 'component.code')],
      ...['value', 'component.value'].flatMap((value) => [
        ...[...codes(value), ...quantity(value)],
        ...['low', 'high', 'numerator', 'denominator'].flatMap((part) => quantity(`${value}.${part}`)),
      ]),
    ),
  },
  MedicationRequest: {
    patient: all(),
    ...CLINICAL,
    pharmacist: all('note', 'reasonCode', 'reasonReference', 'supportingInformation', 'text'),
    billing: list(
      ...['identifier', 'status', 'intent', 'doNotPerform', 'medication', 'subject', 'authoredOn', 'requester'],
      ...['dispenseRequest', 'insurance'],
    ),
    researcher: list('status', 'intent', 'doNotPerform', ...codes('medication')),
  },
  Appointment: {
    patient: all('participant:other', 'text'),
    ...CLINICAL,
    scheduler: all('reasonCode', 'reasonReference', 'supportingInformation', 'text'),
    billing: list(
      ...['status', 'serviceCategory', 'serviceType', 'start', 'end'],
      ...['participant.type', 'participant.actor', 'participant.status'],
    ),
  },
  Practitioner: directory(list('name', 'active', NPI)),
  PractitionerRole: directory(list('active', 'specialty', 'code', NPI)),
  Organization: directory(list('name', 'active', 'type', NPI)),
  // `mode` is an isModifier element: every view shows those.
  Location: directory(list('name', 'status', 'type', 'mode')),
  Encounter: CLINICAL,
  Condition: CLINICAL,
  Consent: CLINICAL,
  Provenance: CLINICAL,
  Coverage: { ...CLINICAL, billing: all(), patient: all() },
  Medication: { ...CLINICAL, pharmacist: MEDICATION, billing: MEDICATION, patient: MEDICATION },
};

export const TYPES: readonly string[] = Object.keys(CELLS);
export const ROLES: readonly string[] = [
  ...['patient', 'physician', 'nurse', 'pharmacist', 'scheduler', 'billing', 'researcher', 'compliance', 'admin'],
  'system',
];

export const cellOf = (role: string, type: string): Cell => CELLS[type]?.[role] ?? null;

export type Expectation = 'shown' | 'absent' | 'either';

/** Whether VIEWS.md lets a role see a planted value. */
export function expectationOf(role: string, type: string, canary: Canary): Expectation {
  const cell = cellOf(role, type);
  if (cell === null) return 'absent';
  if (canary.contained !== undefined) return containedExpectation(role, cell, canary);
  return inCell(role, type, cell, canary);
}

// Contained resources are pointed to by an extension, which lists do not show; each goes by the view of its own type.
function containedExpectation(role: string, cell: Cell, canary: Canary): Expectation {
  if (cell === null || !('all' in cell)) return 'absent';
  const type = canary.contained ?? '';
  if (!TYPES.includes(type)) return role === 'system' ? 'shown' : 'absent';
  const own = cellOf(role, type);
  return own === null ? 'absent' : inCell(role, type, own, canary);
}

function inCell(role: string, type: string, cell: Exclude<Cell, null>, canary: Canary): Expectation {
  if ('all' in cell) return cell.hidden.some((place) => lies(canary.path, place)) ? 'absent' : 'shown';
  const { path } = canary;
  // billing: SSN `.value` `last4`; what its extensions and id say goes with it.
  if (role === 'billing' && type === 'Patient' && lies(path, 'identifier:SSN.value')) return 'absent';
  // An element's id is its writer's word. A value that is a number stands in no part of its element.
  if (role === 'researcher' && canary.elementId) return 'absent';
  if (role === 'researcher' && path.at(-1) === 'value' && canary.types.at(-1) === 'integer' && !canary.inExtension)
    return 'shown';
  const listed = path[0] === 'implicitRules' || cell.list.some((place) => lies(path, place));
  if (!listed || canary.inExtension) return 'absent';
  for (const [i, name] of path.entries()) {
    const parent = i === 0 ? type : canary.types[i - 1];
    if (parent === 'Reference' && (name === 'display' || name === 'identifier')) return 'absent';
  }
  return canary.elementId && cell.list.some((place) => place.split('.').length > path.length) ? 'either' : 'shown';
}

function lies(path: readonly string[], place: string): boolean {
  const steps = place.split('.');
  return steps.every((step, i) => path[i] === step || (!step.includes(':') && path[i]?.split(':')[0] === step));
}

const CLEARANCE_TYPES = ['Observation', 'Condition', 'Encounter', 'Consent', 'Provenance', 'Coverage', 'Patient'];
const DIRECTORY_TYPES = ['Practitioner', 'PractitionerRole', 'Organization', 'Location'];
const SENSITIVE = ['PSY', 'PSYTHPN', 'ETH', 'HIV', 'SEX', 'GDIS', 'R', 'V', 'SDV', 'SOC-NEW'];

/** Whether labels withhold a resource from a role that sees its type (VIEWS.md, the columns on clearance). */
export function withheld(role: string, type: string, label: string): boolean {
  if (!SENSITIVE.includes(label) || role === 'system') return false;
  if (type === 'Appointment') return role === 'nurse' || role === 'billing';
  // ADR 0014: where VIEWS.md is silent, clearance none; the compliance officer finds every patient.
  if (DIRECTORY_TYPES.includes(type)) return true;
  if (role === 'compliance' && type === 'Patient') return false;
  const except: Readonly<Record<string, readonly string[]>> = CLEARANCE_TYPES.includes(type)
    ? { patient: ['PSYTHPN'], physician: ['PSY', 'PSYTHPN'] }
    : { patient: ['PSYTHPN'], physician: ['PSYTHPN'], pharmacist: ['PSYTHPN'] };
  const kept = except[role];
  return kept === undefined ? true : kept.includes(label);
}
