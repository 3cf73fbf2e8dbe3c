/** Small resources and queries that often meet each other, for the laws of search. */
import fc from 'fast-check';
import type { ResourceJson } from '../../../src/core/json.ts';

const DATES = [
  '1899',
  '1970',
  '2019',
  '2020',
  '2020-01',
  '2020-02',
  '2020-12',
  '2020-02-29',
  '2020-02-28',
  '2020-03-01',
  '2019-12-31',
  '2021-01-01',
  '2150',
  '1849-12-31',
  '2149-12',
  '0001',
  '9999-12-31',
  '2020-02-29T00:00:00Z',
  '2020-02-29T23:59:59Z',
  '2020-02-29T23:30:00-01:00',
  '2020-03-01T00:30:00+01:00',
  '2020-02-29T12:00:00.5Z',
  '2020-02-29T12:00:00.123+00:00',
];
const SEARCH_DATES = [...DATES, '2020-02-29T12:00', '2020-02-29T12:00:00', '2022', '2020-06'];
const day = fc.constantFrom(...DATES.filter((date) => !date.includes('T')));
const dateTime = fc.constantFrom(...DATES);
const instant = fc.constantFrom(...DATES.filter((date) => date.includes('T')));

const WORDS = [
  'a',
  'An',
  'Ann',
  'Anné',
  'ANNETTE',
  'annette marie',
  'Björn',
  'bjorn',
  'Bjørg',
  '李',
  '李小龍',
  'O’Neil',
  'van der Berg',
];
const word = fc.constantFrom(...WORDS);
const SYSTEMS = ['http://a', 'http://b', undefined];
const CODES = ['1', '2', 'MR', 'mr', 'a/b', undefined];

const compact = <T extends object>(value: T): T =>
  Object.fromEntries(
    Object.entries(value).filter(([, v]) => v !== undefined && !(Array.isArray(v) && v.length === 0)),
  ) as T;
const record = <T extends object>(model: { [K in keyof T]: fc.Arbitrary<T[K]> }): fc.Arbitrary<T> =>
  fc.record(model).map((value) => compact(value as T)) as fc.Arbitrary<T>;
const maybe = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> => fc.option(value, { nil: undefined });
const few = <T>(value: fc.Arbitrary<T>, maxLength = 3): fc.Arbitrary<T[]> => fc.array(value, { maxLength });

const coding = record({ system: fc.constantFrom(...SYSTEMS), code: fc.constantFrom(...CODES) });
const concept = record({ coding: few(coding), text: maybe(word) });
const identifier = record({
  system: fc.constantFrom('http://hl7.org/fhir/sid/us-ssn', 'http://hl7.org/fhir/sid/us-npi', 'http://a', undefined),
  value: fc.constantFrom('1', '2', 'x-9', undefined),
  type: maybe(fc.constant({ coding: [{ code: 'MR' }] })),
});
const period = record({ start: maybe(dateTime), end: maybe(dateTime) });
const timing = record({ event: few(dateTime), repeat: maybe(fc.record({ boundsPeriod: period })) });

const REFERENCES = [
  'Patient/1',
  'Patient/2',
  'Practitioner/1',
  'Group/1',
  'Patient/1/_history/3',
  'http://veil.example/fhir/Patient/2',
  'http://other.example/Patient/1',
  'urn:uuid:1',
  '#p',
];
const referenceTo = (texts: readonly string[]) =>
  record({ reference: maybe(fc.constantFrom(...texts)), identifier: maybe(identifier), display: maybe(word) });
const subject = referenceTo(REFERENCES.filter((text) => text !== 'Practitioner/1'));
const actor = referenceTo(REFERENCES.filter((text) => text !== 'Group/1'));
const practitioner = referenceTo(['Practitioner/1', 'Practitioner/2', 'Organization/1', 'urn:uuid:1']);
const meta = record({ lastUpdated: instant, tag: few(coding) });

const patient = record({
  resourceType: fc.constant('Patient'),
  id: fc.constantFrom('1', '2', 'x.Y-3'),
  meta,
  active: maybe(fc.boolean()),
  gender: maybe(fc.constantFrom('male', 'female', 'other')),
  name: few(record({ family: maybe(word), given: few(word), prefix: few(word), text: maybe(word) })),
  identifier: fc.oneof(
    { weight: 9, arbitrary: few(identifier) },
    { weight: 1, arbitrary: fc.array(identifier, { minLength: 30, maxLength: 70 }) },
  ),
  telecom: few(record({ system: fc.constantFrom('phone', 'email', undefined), value: fc.constantFrom('1', '2') })),
  birthDate: maybe(day),
  deceasedBoolean: maybe(fc.boolean()),
  generalPractitioner: few(practitioner),
});
const observation = fc
  .tuple(
    record({
      resourceType: fc.constant('Observation'),
      id: fc.constantFrom('1', '2'),
      status: maybe(fc.constantFrom('final', 'amended')),
      code: maybe(concept),
      category: few(concept),
      component: few(record({ code: concept }), 40),
      subject: maybe(subject),
      performer: few(actor),
    }),
    fc.oneof(
      fc.constant({}),
      fc.record({ effectiveDateTime: dateTime }),
      fc.record({ effectivePeriod: period }),
      fc.record({ effectiveInstant: instant }),
      fc.record({ effectiveTiming: timing }),
    ),
    fc.oneof(
      fc.constant({}),
      fc.record({ valueDateTime: dateTime }),
      fc.record({ valuePeriod: period }),
      fc.record({ valueString: word }),
      fc.record({ valueCodeableConcept: concept }),
    ),
  )
  .map(([base, effective, value]) => ({ ...base, ...effective, ...value }));
const appointment = record({
  resourceType: fc.constant('Appointment'),
  id: fc.constantFrom('1', '2'),
  status: maybe(fc.constantFrom('booked', 'pending')),
  start: maybe(instant),
  participant: few(record({ actor: maybe(actor), status: maybe(fc.constantFrom('accepted', 'declined')) }), 40),
});

/** A Patient, an Observation or an Appointment. */
export const resource = fc.oneof(patient, observation, appointment) as unknown as fc.Arbitrary<ResourceJson>;

const list = (value: fc.Arbitrary<string>): fc.Arbitrary<string> =>
  fc.array(value, { minLength: 1, maxLength: 3 }).map((all) => all.join(','));
const named = (names: readonly string[], value: fc.Arbitrary<string>): fc.Arbitrary<[string, string]> =>
  fc.tuple(fc.constantFrom(...names), value);
const tokenValue = fc
  .tuple(
    fc.constantFrom('', 'http://a|', 'http://b|', '|', 'http://hl7.org/fhir/sid/us-ssn|', 'phone|'),
    fc.constantFrom('1', '2', 'mr', 'Mr', 'X-9', ''),
  )
  .map(([system, code]) => system + code)
  .filter((text) => text !== '' && text !== '|');
const simpleValue = fc.constantFrom('true', 'false', 'FINAL', 'final', '|final', 'male', 'booked', 'accepted', '|true');
const dateValue = fc
  .tuple(fc.constantFrom('', 'eq', 'ne', 'gt', 'lt', 'ge', 'le', 'sa', 'eb'), fc.constantFrom(...SEARCH_DATES))
  .map((parts) => parts.join(''));
const stringValue = fc.constantFrom(...WORDS, 'ann', 'nn', 'AnNeTTe M', '李小', 'van', 'zz');
const referenceValue = fc.constantFrom(...REFERENCES.filter((text) => text !== '#p'), '1', '2', 'Device/9');
const withNot = (names: readonly string[]): readonly string[] => names.flatMap((name) => [name, `${name}:not`]);
const missing = (names: readonly string[]): fc.Arbitrary<[string, string]> =>
  named(
    names.map((name) => `${name}:missing`),
    fc.constantFrom('true', 'false'),
  );
const withMatches = (names: readonly string[]): readonly string[] =>
  names.flatMap((name) => [name, `${name}:exact`, `${name}:contains`]);

/** Parameters of a type, as in a URL. */
export const PARAMETERS: Readonly<Record<string, fc.Arbitrary<[string, string]>>> = {
  Patient: fc.oneof(
    named(withNot(['identifier', 'telecom', 'phone', '_tag']), list(tokenValue)),
    named(withNot(['active', 'gender', 'deceased']), list(simpleValue)),
    named(withMatches(['name', 'family', 'given']), list(stringValue)),
    named(['birthdate', '_lastUpdated'], list(dateValue)),
    named(
      ['general-practitioner', 'general-practitioner:Practitioner'],
      fc.constantFrom('1', 'Practitioner/1', 'Practitioner/2'),
    ),
    named(['general-practitioner:identifier'], list(tokenValue)),
    named(['_id', '_id:not'], list(fc.constantFrom('1', '2', 'x.Y-3', 'X.y-3', 'no id'))),
    missing(['active', 'identifier', 'birthdate', 'name', 'general-practitioner', 'phone']),
  ),
  Observation: fc.oneof(
    named(withNot(['code', 'category', 'component-code', 'combo-code']), list(tokenValue)),
    named(withNot(['status']), list(simpleValue)),
    named(['date', 'value-date'], list(dateValue)),
    named(withMatches(['value-string']), list(stringValue)),
    named(['subject', 'performer'], list(referenceValue)),
    named(
      ['patient', 'subject:Patient'],
      list(fc.constantFrom('1', '2', 'Patient/1', 'http://veil.example/fhir/Patient/2')),
    ),
    named(['subject:identifier'], list(tokenValue)),
    missing(['status', 'category', 'subject', 'date', 'combo-code', 'performer']),
  ),
  Appointment: fc.oneof(
    named(withNot(['status', 'part-status']), list(simpleValue)),
    named(['date'], list(dateValue)),
    named(['actor'], list(referenceValue)),
    named(['patient', 'practitioner'], list(fc.constantFrom('1', '2'))),
    missing(['status', 'date', 'actor', 'patient']),
  ),
};
