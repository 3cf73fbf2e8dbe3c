/** What the researcher sees of values, dates and places: coarse, coded, and valid R4 (VIEWS.md). */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { createValidator } from '../../src/validation/validate.ts';
import { startVeil, type Veil } from '../support/veil.ts';
import {
  A1C,
  type Any,
  ask,
  found,
  observation,
  patient,
  pseudonymOf,
  request,
  SYSTEM,
  store,
} from './researcher-data.ts';

// The day on which who was born on this day of 1936 turns 90.
const NOW = Date.UTC(2026, 10, 25, 12);
const MASKED = {
  extension: [{ url: 'http://hl7.org/fhir/StructureDefinition/data-absent-reason', valueCode: 'masked' }],
};

let veil: Veil;
before(async () => {
  veil = await startVeil({ clock: () => NOW });
});
after(() => veil.stop());

async function seen(resource: Any): Promise<Any> {
  await store(veil, [resource]);
  const { resourceType, id } = resource;
  const { status, json, text } = await ask(veil, `/${resourceType}/${pseudonymOf(veil, resourceType, id)}`);
  assert.equal(status, 200, text);
  assert.deepEqual(createValidator(veil.app.definitions)(json, resourceType), [], text);
  assert.doesNotMatch(text, /hidden|display|text of|note/i);
  return json;
}

const AGES: readonly (readonly [why: string, born: string, more: object, over: boolean])[] = [
  ['89 today', '1936-11-26', {}, false],
  ['90 today', '1936-11-25', {}, true],
  ['of a year that may make 90', '1936', {}, true],
  ['of a month that makes 89', '1936-12', {}, false],
  ['dead at 89', '1900-01-02', { deceasedDateTime: '1990-01-01' }, false],
  ['dead at 90', '1900-01-02', { deceasedDateTime: '1990-01-02T03:04:05+01:00' }, true],
  ['dead at nobody knows when', '1930-01-01', { deceasedBoolean: true }, true],
  ['dead young, long ago', '1850-01-01', { deceasedDateTime: '1880' }, false],
];

for (const [i, [why, birthDate, more, over]] of AGES.entries()) {
  test(`researcher: age, ${why}: ${over ? 'masked' : 'the year'}`, async () => {
    const json = await seen(patient(`age${i}`, { birthDate, ...more }));
    assert.deepEqual(
      [json.birthDate, json._birthDate],
      over ? [undefined, MASKED] : [birthDate.slice(0, 4), undefined],
    );
    const died: string | undefined = (more as Any).deceasedDateTime;
    if (died === undefined) assert.equal(json.deceasedBoolean, (more as Any).deceasedBoolean);
    else
      assert.deepEqual(
        [json.deceasedDateTime, json._deceasedDateTime],
        over ? [undefined, MASKED] : [died.slice(0, 4), undefined],
      );
  });
}

test('researcher: ZIP codes keep three digits, small areas and others none', async () => {
  const small = '036 059 063 102 203 556 692 790 821 823 830 831 878 879 884 890 893'.split(' ');
  const codes: readonly (readonly [string, string])[] = [
    ['02139', '021'],
    ['02139-4307', '021'],
    ['021394307', '021'],
    ...small.map((area) => [`${area}01`, '000'] as const),
    ...['SW1A 1AA', '021', '0213', '021 39', '02139-43', 'D-02139', '০২১৩৯'].map((code) => [code, '000'] as const),
  ];
  const address = codes.map(([postalCode]) => ({ postalCode, city: 'Hidden' }));
  const json = await seen(patient('zip', { address: [...address, { city: 'Hidden' }] }));
  assert.deepEqual(
    json.address,
    codes.map(([, postalCode]) => ({ postalCode })),
  );
});

const quantity = { value: 7.25, comparator: '<', unit: 'hidden unit', system: 'http://unitsofmeasure.org', code: '%' };
const { unit: _, ...shownQuantity } = quantity;
const side = { value: 2, unit: 'hidden', system: 'http://unitsofmeasure.org', code: 'mg' };
const { unit: __, ...shownSide } = side;
const coded = { coding: [A1C.coding[0] && { system: A1C.coding[0].system, code: A1C.coding[0].code }] };

/** Type of value, what is stored, what is shown. */
const VALUES: readonly (readonly [string, unknown, unknown])[] = [
  ['Quantity', quantity, shownQuantity],
  ['CodeableConcept', A1C, coded],
  ['CodeableConcept', { text: 'hidden' }, undefined],
  ['Boolean', false, false],
  ['Integer', 12, 12],
  ['Range', { low: side, high: side }, { low: shownSide, high: shownSide }],
  ['Ratio', { numerator: side, denominator: side }, { numerator: shownSide, denominator: shownSide }],
  ['Ratio', { numerator: side, denominator: { unit: 'hidden' } }, { numerator: shownSide, denominator: MASKED }],
  ['String', 'hidden', undefined],
  ['DateTime', '2024-01-02', undefined],
  ['Time', '10:11:12', undefined],
  ['Period', { start: '2024-01-02' }, undefined],
  ['SampledData', { origin: { value: 1 }, period: 1, dimensions: 1, data: '1 2 3' }, undefined],
];

for (const [i, [type, stored, shown]] of VALUES.entries()) {
  test(`researcher: value${type} ${shown === undefined ? 'is hidden' : 'is shown without words'} (${i})`, async () => {
    const name = `value${type}`;
    const json = await seen(observation(`v${i}`, 'Patient/x', { [name]: stored }));
    assert.deepEqual(json[name], shown);
    const component = [{ code: A1C, [name]: stored }];
    const parts = await seen(observation(`c${i}`, 'Patient/x', { component }));
    assert.deepEqual(parts.component, [{ code: coded, ...(shown === undefined ? {} : { [name]: shown }) }]);
  });
}

test('researcher: a code in words alone leaves a mark where R4 requires it, and nothing elsewhere', async () => {
  const words = { text: 'hidden' };
  const json = await seen(
    observation('words', 'Patient/x', {
      ...{ code: words, category: [words], dataAbsentReason: words },
      component: [
        { code: words, valueQuantity: quantity },
        { code: words, valueString: 'hidden' },
      ],
    }),
  );
  assert.deepEqual([json.code, json.category, json.dataAbsentReason], [MASKED, undefined, undefined]);
  assert.deepEqual(json.component, [{ code: MASKED, valueQuantity: shownQuantity }]);
  const drug = await seen(
    request('words', 'Patient/x', { medicationCodeableConcept: words, subject: { display: 'hidden' } }),
  );
  assert.deepEqual([drug.medicationCodeableConcept, drug.subject], [MASKED, MASKED]);
  const { medicationCodeableConcept: ___, ...rest } = request('ref', 'Patient/x');
  const other = await seen({ ...rest, medicationReference: { reference: 'Medication/hidden' } });
  assert.deepEqual([other.medicationCodeableConcept, other.medicationReference], [MASKED, undefined]);
});

test('researcher: dates of what was done keep their year', async () => {
  const effective = async (id: string, more: object) => {
    const { effectiveDateTime: ____, ...rest } = observation(id, 'Patient/x');
    return seen({ ...rest, ...more });
  };
  assert.equal((await effective('d1', { effectiveDateTime: '2024-02-03T04:05:06Z' })).effectiveDateTime, '2024');
  const period = await effective('d2', { effectivePeriod: { start: '2023-12-31', end: '2024-01-01T00:00:00Z' } });
  assert.deepEqual(period.effectivePeriod, { start: '2023', end: '2024' });
  const instant = await effective('d3', { effectiveInstant: '2024-02-03T04:05:06Z', issued: '2024-02-03T04:05:06Z' });
  assert.ok(!JSON.stringify(instant).includes('2024'));
  assert.equal((await seen(request('d4', 'Patient/x'))).authoredOn, '2023');
});

test('researcher: an age as an Observation, and what is labelled, is not there', async () => {
  const age = { coding: [{ system: 'http://loinc.org', code: '30525-0' }] };
  const both = { coding: [A1C.coding[0], age.coding[0]] };
  const label = { security: [{ system: 'http://terminology.hl7.org/CodeSystem/v3-ActCode', code: 'HIV' }] };
  await store(veil, [
    observation('age', 'Patient/x', { code: age, valueInteger: 44 }),
    observation('age-too', 'Patient/x', { code: both, valueInteger: 44 }),
    observation('label', 'Patient/x', { meta: label }),
    request('label', 'Patient/x', { meta: label }),
  ]);
  for (const [type, id] of [
    ['Observation', 'age'],
    ['Observation', 'age-too'],
    ['Observation', 'label'],
    ['MedicationRequest', 'label'],
  ] as const) {
    const pseudonym = pseudonymOf(veil, type, id);
    assert.equal((await ask(veil, `/${type}/${pseudonym}`)).status, 404, id);
    assert.equal((await ask(veil, `/${type}?_id=${pseudonym}`)).json.total, 0, id);
    assert.equal((await veil.call(SYSTEM, 'GET', `/${type}/${id}`)).status, 200, 'control');
  }
  const all = found(await ask(veil, '/Observation?_count=500'));
  assert.ok(all.length > 20 && !JSON.stringify(all).includes('30525-0'));
  assert.equal((await ask(veil, '/Observation?code=30525-0')).json.total, 0);
});
