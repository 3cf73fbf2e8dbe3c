/** What the researcher tests store, and how they ask. */
import assert from 'node:assert/strict';
import type { CallOptions, Reply, Veil } from '../support/veil.ts';

export const RESEARCHER = { roles: ['researcher'] };
export const SYSTEM = { roles: ['system'] };

// biome-ignore lint/suspicious/noExplicitAny: resources and answers of any shape
export type Any = any;

const concept = (system: string, code: string) => ({
  coding: [{ system, code, display: `display of ${code}` }],
  text: `text of ${code}`,
});
export const LAB = concept('http://terminology.hl7.org/CodeSystem/observation-category', 'laboratory');
export const A1C = concept('http://loinc.org', '4548-4');

/** A Patient with something in every place that the researcher must not see. */
export const patient = (id: string, more: object = {}): Any => ({
  resourceType: 'Patient',
  id,
  meta: { source: 'urn:hospital:7', tag: [{ system: 'urn:t', code: 'hidden-tag' }] },
  identifier: [{ system: 'http://hl7.org/fhir/sid/us-ssn', value: '999-11-2222' }],
  active: true,
  name: [{ family: 'Hidden', given: [id] }],
  gender: 'female',
  birthDate: '1980-05-06',
  address: [{ line: ['1 Hidden Street'], city: 'Hidden', state: 'MA', postalCode: '02139-4307', country: 'US' }],
  maritalStatus: concept('http://terminology.hl7.org/CodeSystem/v3-MaritalStatus', 'M'),
  ...more,
});

/** A laboratory Observation of a patient. */
export const observation = (id: string, subject: string, more: object = {}): Any => ({
  resourceType: 'Observation',
  id,
  status: 'final',
  category: [LAB],
  code: A1C,
  subject: { reference: subject, display: 'Hidden Name', identifier: { value: 'hidden-mrn' } },
  effectiveDateTime: '2024-03-02T10:11:12Z',
  note: [{ text: 'hidden note' }],
  ...more,
});

export const request = (id: string, subject: string, more: object = {}): Any => ({
  resourceType: 'MedicationRequest',
  id,
  status: 'active',
  intent: 'order',
  medicationCodeableConcept: concept('http://www.nlm.nih.gov/research/umls/rxnorm', '860975'),
  subject: { reference: subject },
  authoredOn: '2023-07-08',
  note: [{ text: 'hidden note' }],
  ...more,
});

/** Stores resources as `system`, in the order given. */
export async function store(veil: Veil, resources: readonly Any[]): Promise<void> {
  for (const body of resources) {
    const { status, text } = await veil.call(SYSTEM, 'PUT', `/${body.resourceType}/${body.id}`, { body });
    assert.ok(status === 200 || status === 201, text);
  }
}

/** Asks as the researcher. */
export const ask = (veil: Veil, path: string, options?: CallOptions): Promise<Reply> =>
  veil.call(RESEARCHER, 'GET', path, options);

/** The resources of a searchset. */
export const found = (reply: Reply): Any[] => {
  assert.equal(reply.status, 200, reply.text);
  return (reply.json.entry ?? []).flatMap(({ resource }: Any) =>
    resource.resourceType === 'OperationOutcome' ? [] : [resource],
  );
};

/** The pseudonym under which the researcher knows a resource. */
export const pseudonymOf = ({ app: { secrets } }: Veil, type: string, id: string): string =>
  secrets.pseudonyms.pseudonym('researcher', type, secrets.terms.uid(type, id));
