/** Synthetic resources of a usual size, the same at every run. */

import type { App } from '../../src/app.ts';
import { operator } from '../../src/cli/context.ts';
import type { JsonObject } from '../../src/core/json.ts';
import type { Population } from './job.ts';

const LOINC = 'http://loinc.org';
export const HEART_RATE = '8867-4';
const BODY_TEMPERATURE = '8310-5';
const AT_ONCE = 128;

/** A patient with names, identifiers, address and telecom. */
export const patient = (n: number): JsonObject => ({
  resourceType: 'Patient',
  id: `p${n}`,
  active: true,
  identifier: [
    { system: 'http://hl7.org/fhir/sid/us-ssn', value: `999-${10 + (n % 80)}-${1000 + (n % 9000)}` },
    {
      type: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/v2-0203', code: 'MR' }] },
      system: 'urn:oid:2.16.840.1.113883.19.5',
      value: `MR${n}`,
    },
  ],
  name: [{ use: 'official', family: `Family${n % 700}`, given: [`Given${n % 300}`, `Middle${n % 90}`] }],
  telecom: [{ system: 'phone', value: `555-${1000 + (n % 9000)}`, use: 'home' }],
  gender: n % 2 === 0 ? 'female' : 'male',
  birthDate: `${1930 + (n % 80)}-0${1 + (n % 9)}-1${n % 9}`,
  address: [{ line: [`${n} Main St`], city: 'Boston', state: 'MA', postalCode: '02118', country: 'US' }],
  maritalStatus: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/v3-MaritalStatus', code: 'M' }] },
});

/** A vital sign; three of five are heart rates. */
export function observation(of: number, n: number): JsonObject {
  const rate = n % 5 < 3;
  const text = rate ? 'Heart rate' : 'Body temperature';
  const day = new Date(Date.UTC(2020, 0, 1 + n)).toISOString().replace('.000Z', '+00:00');
  return {
    resourceType: 'Observation',
    status: 'final',
    category: [
      { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/observation-category', code: 'vital-signs' }] },
    ],
    code: { coding: [{ system: LOINC, code: rate ? HEART_RATE : BODY_TEMPERATURE, display: text }], text },
    subject: { reference: `Patient/p${of}`, display: `Given${of % 300} Family${of % 700}` },
    effectiveDateTime: day,
    issued: day,
    valueQuantity: {
      value: rate ? 60 + (n % 40) : 36,
      unit: rate ? '/min' : 'Cel',
      system: 'http://unitsofmeasure.org',
      code: rate ? '/min' : 'Cel',
    },
    note: [{ text: 'Measured at rest by the nurse on duty, patient seated, left arm.' }],
  };
}

/** Writes a population through the way of a request, many at once. */
export async function populate(app: App, { patients, observations }: Population): Promise<void> {
  const waiting = new Set<Promise<void>>();
  const add = async (resource: JsonObject): Promise<void> => {
    const task = write(app, resource).finally(() => waiting.delete(task));
    waiting.add(task);
    if (waiting.size >= AT_ONCE) await Promise.race(waiting);
  };
  for (let p = 0; p < patients; p++) {
    await add(patient(p));
    for (let n = 0; n < observations; n++) await add(observation(p, n));
  }
  await Promise.all(waiting);
}

async function write(app: App, body: JsonObject): Promise<void> {
  const { id, resourceType } = body;
  const { status } = await app.handle({
    interaction: id === undefined ? 'create' : 'update',
    type: String(resourceType),
    ...(typeof id === 'string' ? { id } : {}),
    parameters: [],
    parametersInBody: false,
    body,
    conditions: {},
    preferReturn: 'minimal',
    strictHandling: false,
    principal: operator(),
    origin: { address: 'bench', requestId: 'bench', channel: 'cli' },
  });
  if (status >= 300) throw new Error(`a resource of the benchmark was refused: ${status}`);
}
