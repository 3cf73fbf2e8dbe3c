/** Small vocabularies by FHIR type and by parameter type, so that values and queries often meet. */
import fc from 'fast-check';
import type { Json } from '../../../src/core/json.ts';
import type { ParameterKind } from '../../../src/search/query.ts';

const UCUM = 'http://unitsofmeasure.org';
const DATES = ['2019', '2020', '2020-02', '2020-02-29', '2020-03-01', '2021-12-31', '1899-05'];
const INSTANTS = [
  '2020-02-29T12:00:00Z',
  '2020-03-01T00:30:00+01:00',
  '2020-02-29T12:00:00.5Z',
  '1969-12-31T23:59:59Z',
];
const WORDS = ['a', 'Ann', 'Anné', 'annette marie', 'Björn', 'van der Berg', 'Massachusetts General', '李小龍'];
const CODES = ['1', 'mr', 'MR', 'final', 'b/c'];
const SYSTEMS = ['http://a', 'http://b'];
const URIS = ['http://x/a', 'http://x/a/b', 'http://x/ab', 'urn:oid:1', 'http://x'];
const REFERENCES = [
  'Patient/1',
  'Patient/2',
  'Practitioner/1',
  'Organization/1',
  'Location/2',
  'Encounter/1',
  'Device/1',
];
const NUMBERS = [0, 1, 5, 5.4, 5.35, 5.45, 99.5, 100, 100.5, 0.1, -3, 5400, 300, 0.005];
const SOUGHT = ['0', '1', '5', '5.4', '5.40', '99.5', '100', '100.00', '0.1', '-3', '300', '5400', '0.0054', '60'];
const UNITS = ['mg', 'g', 'kg', 's', 'min', 'h', 'furlong'];
const PREFIXES = ['', 'eq', 'ne', 'gt', 'lt', 'ge', 'le', 'sa', 'eb', 'ap'];

const from = <T extends Json>(values: readonly T[]): fc.Arbitrary<T> => fc.constantFrom(...values);
const some = (model: Readonly<Record<string, fc.Arbitrary<Json>>>): fc.Arbitrary<Json> =>
  fc.record(model, { requiredKeys: [] }) as fc.Arbitrary<Json>;
const list = (value: fc.Arbitrary<Json>): fc.Arbitrary<Json> => fc.array(value, { minLength: 1, maxLength: 2 });

const coding = some({ system: from(SYSTEMS), code: from(CODES), display: from(WORDS) });
const concept = some({ coding: list(coding), text: from(WORDS) });
const identifier = some({ system: from(SYSTEMS), value: from(CODES), type: concept });
const period = some({ start: from([...DATES, ...INSTANTS]), end: from([...DATES, ...INSTANTS]) });
const unit = { unit: from(UNITS), system: from([UCUM, 'http://other']), code: from(UNITS) };
const quantity = some({ value: from(NUMBERS), comparator: from(['<', '<=', '>', '>=']), ...unit });
const plainQuantity = some({ value: from(NUMBERS), ...unit });
const range = fc.tuple(some(unit), from(NUMBERS), from(NUMBERS), from(['both', 'low', 'high'])).map(
  ([shared, a, b, ends]): Json => ({
    ...(ends === 'high' ? {} : { low: { value: Math.min(a, b), ...(shared as object) } }),
    ...(ends === 'low' ? {} : { high: { value: Math.max(a, b), ...(shared as object) } }),
  }),
);

const BY_TYPE: Readonly<Record<string, fc.Arbitrary<Json>>> = {
  boolean: fc.boolean(),
  date: from(DATES),
  dateTime: from([...DATES, ...INSTANTS]),
  instant: from(INSTANTS),
  Period: period,
  Timing: some({ event: list(from([...DATES, ...INSTANTS])), repeat: some({ boundsPeriod: period }) }),
  string: from(WORDS),
  markdown: from(WORDS),
  uri: from(URIS),
  url: from(URIS),
  canonical: from(URIS),
  id: from(['1', '2', 'x-3']),
  code: from(CODES),
  Coding: coding,
  CodeableConcept: concept,
  Identifier: identifier,
  ContactPoint: some({ system: from(['phone', 'email', 'fax']), value: from(CODES) }),
  HumanName: some({ family: from(WORDS), given: list(from(WORDS)), prefix: list(from(WORDS)), text: from(WORDS) }),
  Address: some({
    line: list(from(WORDS)),
    city: from(WORDS),
    state: from(WORDS),
    country: from(WORDS),
    text: from(WORDS),
  }),
  Reference: some({ reference: from(REFERENCES), identifier: some({ system: from(SYSTEMS), value: from(CODES) }) }),
  Quantity: quantity,
  SimpleQuantity: plainQuantity,
  Age: quantity,
  Duration: quantity,
  Range: range,
  SampledData: some({ origin: plainQuantity, factor: from([0.5, 1, 2]), data: from(['1 5 100', 'E 3', 'E U', '-3']) }),
};

/** A value of a FHIR type. */
export function valueOfType(type: string): fc.Arbitrary<Json> {
  const found = BY_TYPE[type];
  if (!found) throw new Error(`no values of type ${type}`);
  return found;
}

export interface AskedFor {
  readonly kind: ParameterKind;
  readonly modifier: string;
  /** FHIR types of what the parameter gives. */
  readonly types: readonly string[];
  readonly targets: readonly string[];
}

const joined = (...parts: readonly fc.Arbitrary<string>[]): fc.Arbitrary<string> =>
  fc.tuple(...parts).map((all) => all.join(''));
const isPlain = (type: string): boolean => /^[a-z]/.test(type);

/** One value of a query. */
export function termsOf({ kind, modifier, types, targets }: AskedFor): fc.Arbitrary<string> {
  switch (kind) {
    case 'id':
      return from(['1', '2', 'no id']);
    case 'token':
      if (modifier === 'of-type') return joined(from(SYSTEMS), from(['|']), from(CODES), from(['|']), from(CODES));
      if (modifier === 'text') return from([...WORDS, 'ann', 'MASS']);
      if (types.every(isPlain)) return joined(from(['', '|']), from([...CODES, 'true', 'false', 'FINAL']));
      return fc.oneof(
        joined(from(['', '|', ...SYSTEMS.map((one) => `${one}|`), 'phone|']), from([...CODES, 'true'])),
        from(SYSTEMS).map((one) => `${one}|`),
      );
    case 'string':
      return from([...WORDS, 'ann', 'nn', 'massachusetts gen', 'bjorn', '李小', 'zz']);
    case 'reference':
      if (modifier === 'identifier') return joined(from(['', '|', 'http://a|']), from(CODES));
      if (types.every((type) => type !== 'Reference')) return from(URIS);
      return from(['1', '2', ...REFERENCES.filter((one) => targets.includes(one.split('/')[0] ?? ''))]);
    case 'date':
      return joined(from(PREFIXES), from([...DATES, ...INSTANTS, '2020-02-29T12:00Z']));
    case 'uri':
      return from(URIS);
    case 'number':
      return joined(from(PREFIXES), from(SOUGHT));
    case 'quantity':
      return joined(from(PREFIXES), from(SOUGHT), unitTerms);
    default:
      throw new Error(`no queries of type ${kind}`);
  }
}

const unitTerms = fc.oneof(
  from(['', '||']),
  from(UNITS).map((one) => `||${one}`),
  joined(from([`|${UCUM}|`, '|http://other|']), from(UNITS)),
);
