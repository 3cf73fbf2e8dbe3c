/** A second, naive reading of R4 search, written apart from `src/search`: the oracle of the property tests. */

// biome-ignore lint/suspicious/noExplicitAny: the oracle walks resources as plain objects
type Any = any;

interface Stretch {
  readonly low: number;
  readonly high: number;
}

/** First and last millisecond of a date. */
export function stretch(text: string): Stretch {
  const match = /^(\d{4})(?:-(\d\d))?(?:-(\d\d))?(?:T(\d\d):(\d\d)(?::(\d\d)(?:\.(\d+))?)?)?(Z|[+-]\d\d:\d\d)?$/.exec(
    text,
  );
  if (!match) throw new Error(`oracle: ${text}`);
  const [, y, mo, d, h, mi, s, f, z] = match;
  const zone =
    z === undefined || z === 'Z' ? 0 : (z[0] === '-' ? -1 : 1) * (Number(z.slice(1, 3)) * 60 + Number(z.slice(4)));
  const at = (year: number, month = 0, day = 1, ...time: number[]): number =>
    // Date.UTC takes year 1 for 1901; 2000 has the same leap days as year 0.
    (year < 100
      ? new Date(Date.UTC(2000, month, day, ...time)).setUTCFullYear(year)
      : Date.UTC(year, month, day, ...time)) -
    zone * 60_000;
  const year = Number(y);
  if (mo === undefined) return { low: at(year), high: at(year + 1) - 1 };
  const month = Number(mo) - 1;
  if (d === undefined) return { low: at(year, month), high: at(year, month + 1) - 1 };
  const day = Number(d);
  if (h === undefined) return { low: at(year, month, day), high: at(year, month, day + 1) - 1 };
  const minute = at(year, month, day, Number(h), Number(mi));
  if (s === undefined) return { low: minute, high: minute + 59_999 };
  const second = minute + Number(s) * 1000;
  if (f === undefined) return { low: second, high: second + 999 };
  const low = second + Number(f.padEnd(3, '0'));
  return { low, high: low + 10 ** (3 - f.length) - 1 };
}

export function targets(value: Any): Stretch[] {
  if (value === undefined) return [];
  if (typeof value === 'string') return [stretch(value)];
  if (value.event || value.repeat) {
    const all = [...(value.event ?? []).map(stretch), ...targets(value.repeat?.boundsPeriod)];
    return all.length ? [{ low: Math.min(...all.map((a) => a.low)), high: Math.max(...all.map((a) => a.high)) }] : [];
  }
  if (!value.start && !value.end) return [];
  if (value.start && value.end && stretch(value.start).low > stretch(value.end).high) return [];
  return [
    { low: value.start ? stretch(value.start).low : -Infinity, high: value.end ? stretch(value.end).high : Infinity },
  ];
}

export function dateHolds(prefix: string, search: Stretch, target: Stretch): boolean {
  const isContained = search.low <= target.low && target.high <= search.high;
  switch (prefix) {
    case 'eq':
      return isContained;
    case 'ne':
      return !isContained;
    case 'gt':
      return target.high > search.high;
    case 'lt':
      return target.low < search.low;
    case 'ge':
      return target.high > search.high || isContained;
    case 'le':
      return target.low < search.low || isContained;
    case 'sa':
      return target.low > search.high;
    case 'eb':
      return target.high < search.low;
    default:
      throw new Error(prefix);
  }
}

export const many = (value: Any): Any[] => (value === undefined ? [] : Array.isArray(value) ? value : [value]);
export const plainText = (text: string): string =>
  text
    .normalize('NFD')
    .replace(/[\u0300-\u036f]/g, '')
    .toLowerCase()
    .replace(/\s+/g, ' ')
    .trim();

interface Extracted {
  readonly kind: 'token' | 'string' | 'date' | 'reference' | 'id';
  readonly values: Any[];
}
const codes = (concepts: Any[]): Any[] =>
  concepts.flatMap((concept) => many(concept.coding)).map(({ system, code }) => ({ system, code }));
const items = (all: Any[]): Any[] => all.map(({ system, value }) => ({ system, code: value }));
const simple = (value: Any): Any[] => many(value).map((code) => ({ code: String(code), simple: true }));
const token = (values: Any[]): Extracted => ({ kind: 'token', values });
const string = (values: Any[]): Extracted => ({ kind: 'string', values: values.filter((one) => one !== undefined) });
const date = (values: Any[]): Extracted => ({ kind: 'date', values: values.filter((one) => one !== undefined) });
const reference = (values: Any[]): Extracted => ({
  kind: 'reference',
  values: values.filter((one) => one !== undefined),
});
const names = (r: Any): Any[] => many(r.name);
const components = (r: Any): Any[] => many(r.component);
const actors = (r: Any, type = ''): Any[] =>
  many(r.participant)
    .flatMap(({ actor }: Any) => many(actor))
    .filter(({ reference: text }: Any) => typeOf(text).startsWith(type));
const local = (text: Any): string => String(text ?? '').replace('http://veil.example/fhir/', '');
const typeOf = (text: Any): string => /([A-Z]\w+)\/[\w.-]+(\/_history\/\w+)?$/.exec(String(text ?? ''))?.[1] ?? '';

/** How each parameter of the tests reads a resource. */
export const EXTRACT: Readonly<Record<string, (r: Any) => Extracted>> = {
  'Patient._id': (r) => ({ kind: 'id', values: [r.id] }),
  'Patient._lastUpdated': (r) => date([r.meta?.lastUpdated]),
  'Patient._tag': (r) => token(many(r.meta?.tag).map(({ system, code }: Any) => ({ system, code }))),
  'Patient.active': (r) => token(simple(r.active)),
  'Patient.gender': (r) => token(simple(r.gender)),
  'Patient.deceased': (r) => token(simple(r.deceasedDateTime !== undefined || r.deceasedBoolean === true)),
  'Patient.identifier': (r) => token(items(many(r.identifier))),
  'Patient.telecom': (r) => token(items(many(r.telecom))),
  'Patient.phone': (r) => token(items(many(r.telecom).filter(({ system }: Any) => system === 'phone'))),
  'Patient.name': (r) =>
    string(names(r).flatMap((n) => [n.family, n.text, ...many(n.given), ...many(n.prefix), ...many(n.suffix)])),
  'Patient.family': (r) => string(names(r).map(({ family }) => family)),
  'Patient.given': (r) => string(names(r).flatMap(({ given }) => many(given))),
  'Patient.birthdate': (r) => date([r.birthDate]),
  'Patient.death-date': (r) => date([r.deceasedDateTime]),
  'Patient.general-practitioner': (r) => reference(many(r.generalPractitioner)),
  'Observation.status': (r) => token(simple(r.status)),
  'Observation.code': (r) => token(codes(many(r.code))),
  'Observation.category': (r) => token(codes(many(r.category))),
  'Observation.component-code': (r) => token(codes(components(r).flatMap(({ code }) => many(code)))),
  'Observation.combo-code': (r) => token(codes([...many(r.code), ...components(r).flatMap(({ code }) => many(code))])),
  'Observation.date': (r) => date([r.effectiveDateTime, r.effectivePeriod, r.effectiveInstant, r.effectiveTiming]),
  'Observation.value-date': (r) => date([r.valueDateTime, r.valuePeriod]),
  'Observation.value-string': (r) => string([r.valueString, r.valueCodeableConcept?.text]),
  'Observation.subject': (r) => reference(many(r.subject)),
  'Observation.patient': (r) => reference(many(r.subject).filter((one: Any) => typeOf(one.reference) === 'Patient')),
  'Observation.performer': (r) => reference(many(r.performer)),
  'Appointment.status': (r) => token(simple(r.status)),
  'Appointment.part-status': (r) => token(simple(many(r.participant).flatMap(({ status }: Any) => many(status)))),
  'Appointment.date': (r) => date([r.start]),
  'Appointment.actor': (r) => reference(actors(r)),
  'Appointment.patient': (r) => reference(actors(r, 'Patient')),
  'Appointment.practitioner': (r) => reference(actors(r, 'Practitioner')),
};

/** The elements behind a parameter, for `:missing`. */
const ELEMENTS: Readonly<Record<string, (r: Any) => Any[]>> = {
  'Patient.name': names,
  'Patient.identifier': (r) => many(r.identifier),
  'Patient.phone': (r) => many(r.telecom).filter(({ system }: Any) => system === 'phone'),
  'Observation.category': (r) => many(r.category),
  'Observation.combo-code': (r) => [...many(r.code), ...components(r).flatMap(({ code }) => many(code))],
};
const isPresent = (element: Any): boolean => typeof element !== 'object' || Object.keys(element).length > 0;

const equal = (a: string, b: string): boolean => a.toLowerCase() === b.toLowerCase();

export function holdsToken(wanted: string, { system, code, simple: isSimple }: Any): boolean {
  const [first = '', second] = wanted.split('|');
  if (second === undefined) return code !== undefined && equal(first, code);
  if (isSimple) return first === '' && code !== undefined && equal(second, code);
  if (second === '') return system === first;
  return (system ?? '') === first && code !== undefined && equal(second, code);
}

export function referenceHolds(wanted: string, type: string | undefined, value: Any): boolean {
  const own = local(value.reference).replace(/\/_history\/.*$/, '');
  const asked = local(wanted).replace(/\/_history\/.*$/, '');
  if (/^[A-Z]\w+\/[\w.-]+$/.test(asked)) return own === asked;
  if (/^[\w.-]+$/.test(asked)) return type ? own === `${type}/${asked}` : new RegExp(`^[A-Z]\\w+/${asked}$`).test(own);
  return own === asked;
}

/** Whether a resource has a parameter's value; `value` may be a list with commas. */
export function naivelyMatches(type: string, name: string, value: string, resource: object): boolean {
  const [code = '', modifier] = name.split(':');
  const extract = EXTRACT[`${type}.${code}`];
  if (!extract) throw new Error(`oracle: ${type}.${code}`);
  const { kind, values } = extract(resource);
  if (modifier === 'missing') {
    const elements = ELEMENTS[`${type}.${code}`]?.(resource) ?? values.map((one) => (one.simple ? one.code : one));
    return elements.some(isPresent) === (value === 'false');
  }
  const holds = value.split(',').some((wanted) => values.some((one) => valueHolds(kind, modifier, wanted, one)));
  return modifier === 'not' ? !holds : holds;
}

function valueHolds(kind: Extracted['kind'], modifier: string | undefined, wanted: string, value: Any): boolean {
  switch (kind) {
    case 'id':
      return value === wanted;
    case 'token':
      return holdsToken(wanted, value);
    case 'string':
      if (modifier === 'exact') return value === wanted;
      return modifier === 'contains'
        ? plainText(value).includes(plainText(wanted))
        : plainText(value).startsWith(plainText(wanted));
    case 'reference':
      if (modifier === 'identifier') return many(value.identifier).some((one) => holdsToken(wanted, items([one])[0]));
      return value.reference !== undefined && referenceHolds(wanted, modifier, value);
    case 'date': {
      const [, prefix, text = ''] = /^([a-z]{2})?(.*)$/.exec(wanted) ?? [];
      return targets(value).some((target) => dateHolds(prefix ?? 'eq', stretch(text), target));
    }
    default:
      return kind satisfies never;
  }
}
