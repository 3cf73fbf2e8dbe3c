/** VIEWS.md's columns on interactions and writing, copied by hand; what is not listed is denied. */

export const ROLES = [
  ...['patient', 'physician', 'nurse', 'pharmacist', 'scheduler', 'billing', 'researcher', 'compliance', 'admin'],
  'system',
] as const;

export const CLINICAL_TYPES = ['Patient', 'Observation', 'MedicationRequest', 'Appointment'] as const;
const DIRECTORY = ['Practitioner', 'PractitionerRole', 'Organization', 'Location'];
const RECORDS = ['Encounter', 'Condition', 'Medication', 'Coverage', 'Consent', 'Provenance'];
export const TYPES: readonly string[] = [...CLINICAL_TYPES, ...DIRECTORY, ...RECORDS];

/** Types that a role may read, search and (the researcher aside) vread and see the history of. */
export const SEEN: Readonly<Record<string, readonly string[]>> = {
  patient: [...CLINICAL_TYPES, ...DIRECTORY, 'Coverage', 'Medication'],
  physician: TYPES,
  nurse: TYPES,
  pharmacist: ['Patient', 'Observation', 'MedicationRequest', ...DIRECTORY, 'Medication'],
  scheduler: ['Patient', 'Appointment', ...DIRECTORY],
  billing: ['Patient', 'MedicationRequest', 'Appointment', ...DIRECTORY, 'Coverage', 'Medication'],
  researcher: ['Patient', 'Observation', 'MedicationRequest'],
  compliance: ['Patient', ...DIRECTORY],
  admin: [],
  system: TYPES,
};

const CARE: Readonly<Record<string, string>> = {
  Patient: 'create update patch',
  Observation: 'create update patch delete',
  MedicationRequest: 'create update patch delete',
  Appointment: 'create update patch delete',
};

/** "interactions beyond read, vread, history, search". */
export const BEYOND: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  patient: { Patient: 'update patch', Appointment: 'create update patch' },
  physician: CARE,
  nurse: { Observation: 'create update patch', Appointment: 'update patch' },
  pharmacist: { MedicationRequest: 'patch' },
  scheduler: { Patient: 'patch', Appointment: 'create update patch delete' },
  system: Object.fromEntries(TYPES.map((type) => [type, 'create update patch delete'])),
};

/** `all`: every element but these; `only`: these alone. */
export type Writable = { readonly all: true; readonly but: readonly string[] } | { readonly only: readonly string[] };

const all = (...but: string[]): Writable => ({ all: true, but });
const only = (...names: string[]): Writable => ({ only: names });
const whole = all();

/** The columns `+write`; an element that the role does not see counts as not writable. */
export const WRITES: Readonly<Record<string, Readonly<Record<string, Writable>>>> = {
  patient: {
    Patient: only('telecom', 'address', 'contact', 'communication'),
    // `status` has values of its own, participants a part of their own: cases in the test.
    Appointment: only('cancelationReason', 'requestedPeriod'),
  },
  // "SSN hide (so no narrative)"
  physician: { Patient: all('text'), Observation: whole, MedicationRequest: whole, Appointment: whole },
  nurse: { Observation: all('referenceRange'), Appointment: whole },
  pharmacist: { MedicationRequest: only('status', 'statusReason', 'substitution', 'dispenseRequest') },
  scheduler: {
    Patient: only('telecom', 'address', 'communication'),
    Appointment: all('reasonCode', 'reasonReference', 'supportingInformation', 'text'),
  },
  system: Object.fromEntries(['Patient', 'Appointment', 'Practitioner', 'Provenance'].map((type) => [type, whole])),
};

/** Whether the cell of a role and type lets an element be changed. */
export function mayWrite(role: string, type: string, element: string): boolean {
  const cell = WRITES[role]?.[type];
  if (cell === undefined) return false;
  return 'all' in cell ? !cell.but.includes(element) : cell.only.includes(element);
}
