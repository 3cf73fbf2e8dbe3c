/** Random callers of random scopes against the reference model of `scope-model.ts`, over the seed as it is stored. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { type Reply, startVeil, type Veil } from '../support/veil.ts';
import { type Case, expected, ROLES } from './scope-model.ts';

const SEED = join(import.meta.dirname, '../../seed/seed.ndjson');
const TYPES = [
  'Patient',
  'Observation',
  'MedicationRequest',
  'Appointment',
  'Practitioner',
  'Organization',
  'Location',
  'Medication',
  'Coverage',
  'Condition',
  'Encounter',
];

interface Seeded {
  readonly veil: Veil;
  /** As `system` sees it, with the labels that the server gave. */
  readonly stored: readonly fhir4.FhirResource[];
}

async function startSeeded(): Promise<Seeded> {
  const veil = await startVeil();
  const ids: [string, string][] = [];
  for (const line of readFileSync(SEED, 'utf8').trim().split('\n')) {
    const resource: fhir4.FhirResource = JSON.parse(line);
    const { resourceType, id = '' } = resource;
    const made = await veil.call({ roles: ['system'] }, 'PUT', `/${resourceType}/${id}`, { body: line });
    assert.equal(made.status, 201, `${resourceType}/${id} ${made.text}`);
    ids.push([resourceType, id]);
  }
  const stored = await Promise.all(
    ids.map(async ([type, id]) => (await veil.call({ roles: ['system'] }, 'GET', `/${type}/${id}`)).json),
  );
  return { veil, stored };
}

const scopeText = (type: string): fc.Arbitrary<string> =>
  fc
    .tuple(
      fc.constantFrom('patient', 'user', 'system', 'launch'),
      fc.constantFrom(type, type, '*', 'Observation', 'Nonsense'),
      fc.constantFrom('rs', 'r', 's', 'cruds', 'cud', 'read', 'write', '*', 'sr', 'rr', 'x'),
    )
    .map(([context, of, letters]) => `${context}/${of}.${letters}`);

const cases = (patients: readonly string[]): fc.Arbitrary<Case> =>
  fc.constantFrom(...TYPES).chain((type) =>
    fc.record({
      roles: fc.uniqueArray(fc.constantFrom(...ROLES), { minLength: 1, maxLength: 2 }),
      scope: fc.option(
        fc
          .array(fc.oneof(scopeText(type), fc.constantFrom('openid', 'launch/patient')), { minLength: 1, maxLength: 3 })
          .map((all) => all.join(' ')),
        { nil: undefined },
      ),
      patient: fc.option(fc.constantFrom(...patients, 'nobody'), { nil: undefined }),
      type: fc.constant(type),
    }),
  );

const found = (reply: Reply): ReadonlySet<string> =>
  new Set((reply.json.entry ?? []).map((entry: { resource: { id: string } }) => entry.resource.id));

async function holds({ veil, stored }: Seeded, one: Case, pick: number): Promise<void> {
  const caller = {
    roles: one.roles,
    ...(one.scope === undefined ? {} : { scope: one.scope }),
    ...(one.patient === undefined ? {} : { patient: one.patient }),
  };
  const searched = await veil.call(caller, 'GET', `/${one.type}?_count=500`);
  const findable = expected(stored, one, 's');
  if (findable === 'refused') assert.equal(searched.status, 403, searched.text);
  else {
    assert.equal(searched.status, 200, searched.text);
    assert.deepEqual(found(searched), findable);
  }
  const ofType = stored.filter(({ resourceType }) => resourceType === one.type);
  const id = ofType[pick % ofType.length]?.id ?? 'nobody';
  const read = await veil.call(caller, 'GET', `/${one.type}/${id}`);
  const readable = expected(stored, one, 'r');
  assert.equal(read.status, readable === 'refused' ? 403 : readable.has(id) ? 200 : 404, id);
}

/** Runs so many cases; each is one search and one read. */
export async function checkScopes(runs: number): Promise<void> {
  const seeded = await startSeeded();
  try {
    const patients = seeded.stored.flatMap(({ resourceType, id = '' }) => (resourceType === 'Patient' ? [id] : []));
    await fc.assert(
      fc.asyncProperty(cases(patients), fc.nat(1000), (one, pick) => holds(seeded, one, pick)),
      { numRuns: runs },
    );
  } finally {
    await seeded.veil.stop();
  }
}
