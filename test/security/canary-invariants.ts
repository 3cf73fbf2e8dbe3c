/** What R4's invariants ask of resources in which every element is there: which of two must go, which must be added. */
import type { Built } from './canary-resource.ts';

interface Needed {
  readonly name: string;
  as(text: string): unknown;
}

/** Elements of which one must be there, and how to make it where the depth left them all out. */
export const NEEDED: Readonly<Record<string, Needed>> = {
  'Patient.contact': { name: 'name', as: (text) => ({ text }) },
  'Appointment.participant': { name: 'type', as: (text) => [{ text }] },
  'Condition.stage': { name: 'summary', as: (text) => ({ text }) },
  'Condition.evidence': { name: 'code', as: (text) => [{ text }] },
};

const CLINICAL = 'http://terminology.hl7.org/CodeSystem/condition-clinical';
const UCUM = 'http://unitsofmeasure.org';
/** As many as `Observation.value[x]` has types. */
const VALUES = 11;

const REPAIRS: Readonly<Record<string, (out: Built, variant: number) => void>> = {
  // obs-6: with a value, or with a reason why there is none.
  Observation: (out, variant) => {
    const gone = variant % (VALUES + 1) === VALUES ? /^_?value/ : /^dataAbsentReason$/;
    for (const name of Object.keys(out)) if (gone.test(name)) delete out[name];
  },
  // con-4
  Condition: (out) => {
    out.clinicalStatus = { ...out.clinicalStatus, coding: [{ system: CLINICAL, code: 'resolved' }] };
  },
  // app-4
  Appointment: (out) => {
    out.status = 'cancelled';
  },
  // org-2, org-3
  Organization: (out) => {
    for (const item of [...(out.telecom ?? []), ...(out.address ?? [])]) item.use = 'work';
  },
  // drt-1, age-1
  Duration: (out) => {
    out.system = UCUM;
  },
  Age: (out) => {
    out.system = UCUM;
  },
  // tim-9, tim-10
  'Timing.repeat': (out, variant) => {
    for (const gone of variant % 2 === 0 ? ['timeOfDay'] : ['when', 'offset']) {
      delete out[gone];
      delete out[`_${gone}`];
    }
  },
};

/** Changes what was built so that R4's invariants hold. */
export function keepInvariants(out: Built, type: string, variant: number): void {
  REPAIRS[type]?.(out, variant);
}
