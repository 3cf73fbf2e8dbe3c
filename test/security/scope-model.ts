/** Roles × scopes as plain sets over the seed, written from VIEWS.md and CONTRACT.md by hand: what a caller may find. */

export interface Case {
  readonly roles: readonly string[];
  /** Undefined: no `scope` claim. */
  readonly scope: string | undefined;
  readonly patient: string | undefined;
  readonly type: string;
}

/** Ids that a search finds and a read gives; `refused` is 403. */
export type Expected = 'refused' | ReadonlySet<string>;

type Resource = fhir4.FhirResource;
type Rule = (resource: Resource, patient: string | undefined) => boolean;

const all: Rule = () => true;
const own: Rule = (resource, patient) => patient !== undefined && ownersOf(resource).has(patient);

const STAFF_VIEWS: Readonly<Record<string, Rule>> = { Practitioner: all, Organization: all, Location: all };
const CLINICAL: Readonly<Record<string, Rule>> = { Encounter: all, Condition: all, Medication: all, Coverage: all };

const SENSITIVE = ['PSY', 'PSYTHPN', 'ETH', 'HIV', 'SEX', 'GDIS', 'R', 'V'];

/** Types without a row here are 403 for the role. */
const OPEN: Readonly<Record<string, Readonly<Record<string, Rule>>>> = {
  patient: {
    ...STAFF_VIEWS,
    Patient: own,
    Observation: without(own, ['PSYTHPN']),
    MedicationRequest: without(own, ['PSYTHPN']),
    Appointment: own,
    Coverage: own,
    Medication: all,
  },
  physician: {
    ...STAFF_VIEWS,
    ...every(CLINICAL, (rule) => without(rule, ['PSY', 'PSYTHPN'])),
    Patient: all,
    Observation: without(all, ['PSY', 'PSYTHPN']),
    MedicationRequest: without(all, ['PSYTHPN']),
    Appointment: all,
  },
  nurse: {
    ...STAFF_VIEWS,
    ...every(CLINICAL, (rule) => without(rule, SENSITIVE)),
    Patient: all,
    Observation: without(all, SENSITIVE),
    MedicationRequest: without(all, SENSITIVE),
    Appointment: without(all, SENSITIVE),
  },
  pharmacist: {
    ...STAFF_VIEWS,
    Patient: all,
    Observation: without(isLaboratoryOrVital, SENSITIVE),
    MedicationRequest: without(all, ['PSYTHPN']),
    Medication: all,
  },
  scheduler: { ...STAFF_VIEWS, Patient: all, Appointment: all },
  billing: {
    ...STAFF_VIEWS,
    Patient: all,
    MedicationRequest: without(all, SENSITIVE),
    Appointment: without(all, SENSITIVE),
    Coverage: all,
    Medication: all,
  },
  compliance: { ...STAFF_VIEWS, Patient: all },
  admin: {},
  system: { ...STAFF_VIEWS, ...CLINICAL, Patient: all, Observation: all, MedicationRequest: all, Appointment: all },
};

export const ROLES: readonly string[] = Object.keys(OPEN);

function every(rules: Readonly<Record<string, Rule>>, change: (rule: Rule) => Rule): Readonly<Record<string, Rule>> {
  return Object.fromEntries(Object.entries(rules).map(([type, rule]) => [type, change(rule)]));
}

function without(rule: Rule, labels: readonly string[]): Rule {
  return (resource, patient) =>
    rule(resource, patient) && !(resource.meta?.security ?? []).some(({ code }) => labels.includes(code ?? ''));
}

function isLaboratoryOrVital(resource: Resource): boolean {
  if (resource.resourceType !== 'Observation') return false;
  const codes = (resource.category ?? []).flatMap(({ coding }) => coding ?? []).map(({ code }) => code);
  return codes.includes('laboratory') || codes.includes('vital-signs');
}

/** CONTRACT.md "patient compartment": as the right of a patient's own token. */
function ownersOf(resource: Resource): ReadonlySet<string> {
  switch (resource.resourceType) {
    case 'Patient':
      return new Set([resource.id ?? '']);
    case 'Observation':
    case 'MedicationRequest':
    case 'Condition':
    case 'Encounter':
      return patientsIn([resource.subject]);
    case 'Appointment':
      return patientsIn(resource.participant.map(({ actor }) => actor));
    case 'Coverage':
      return patientsIn([resource.beneficiary]);
    default:
      return new Set();
  }
}

const patientsIn = (references: readonly (fhir4.Reference | undefined)[]): ReadonlySet<string> =>
  new Set(references.flatMap((one) => /^Patient\/(.+)$/.exec(one?.reference ?? '')?.[1] ?? []));

/** What a letter needs: `everything`, `compartment` or `nothing`. */
function reachOf(scope: string | undefined, type: string, letter: 'r' | 's'): 'everything' | 'compartment' | 'nothing' {
  if (scope === undefined) return 'everything';
  const granting = scope.split(' ').filter((text) => grants(text, type, letter));
  if (granting.length === 0) return 'nothing';
  return granting.every((text) => text.startsWith('patient/')) ? 'compartment' : 'everything';
}

const V1: Readonly<Record<string, string>> = { read: 'rs', write: 'cud', '*': 'cruds' };

function grants(text: string, type: string, letter: string): boolean {
  const [, of = '', permissions = ''] = /^(?:patient|user|system)\/(\*|[A-Z][A-Za-z]*)\.([a-z*]+)$/.exec(text) ?? [];
  const letters = V1[permissions] ?? permissions;
  const inOrder =
    letters !== '' &&
    'cruds'
      .split('')
      .filter((one) => letters.includes(one))
      .join('') === letters;
  return inOrder && letters.includes(letter) && (of === '*' || of === type);
}

/** The model's answer for one letter of one case. */
export function expected(
  seed: readonly Resource[],
  { roles, scope, patient, type }: Case,
  letter: 'r' | 's',
): Expected {
  const rules = roles.flatMap((role) => OPEN[role]?.[type] ?? []);
  const reach = reachOf(scope, type, letter);
  if (rules.length === 0 || reach === 'nothing') return 'refused';
  const seen = seed.filter(
    (resource) =>
      resource.resourceType === type &&
      rules.some((rule) => rule(resource, patient)) &&
      (reach === 'everything' || own(resource, patient)),
  );
  return new Set(seen.map(({ id }) => id ?? ''));
}
