/**
 * The oracle of the laws of search: R4's parameter definitions, evaluated by fhirpath.js on the plain resource, and
 * R4's search.html read once more, apart from `src/search`. It tells types by their shape and computes in whole numbers.
 */
import fhirpath from 'fhirpath';
import r4 from 'fhirpath/fhir-context/r4';
import { splitUnion } from '../../../src/definitions/cut/cut-search-parameters.ts';
import type { SearchParam } from '../../../src/definitions/types.ts';
import { dateHolds, holdsToken, many, plainText, referenceHolds, stretch, targets } from './naive-search.ts';

// biome-ignore lint/suspicious/noExplicitAny: the oracle walks resources as plain objects
type Any = any;

const COMPILED = new Map<string, (resource: object) => Any[]>();

/** What an expression gives of a plain resource, or of a part of one that has the named type. */
// A union is taken apart: fhirpath.js compares its values to drop equal ones, and refuses to compare comparators.
const evaluate = (expression: string, resource: object, base?: string): Any[] =>
  splitUnion(expression).flatMap((part) => evaluatePart(part, resource, base));

function evaluatePart(expression: string, resource: object, base?: string): Any[] {
  const text = expression.replaceAll(/resolve\(\) is (\w+)/g, "reference.matches('(^|.*/)$1/.*')");
  const key = `${base ?? ''} ${text}`;
  const compiled = COMPILED.get(key) ?? (fhirpath.compile(base ? { base, expression: text } : text, r4) as never);
  COMPILED.set(key, compiled);
  return compiled(structuredClone(resource));
}

const isObject = (value: Any): boolean => typeof value === 'object' && value !== null;
const hasContent = (value: Any): boolean =>
  !isObject(value) || Object.keys(value).some((name) => name !== 'extension' && name !== 'id');

function codings(value: Any): Any[] {
  if (!isObject(value)) return [{ code: String(value), simple: true }];
  if ('value' in value) return [{ system: value.system, code: value.value }];
  return 'coding' in value || !('system' in value || 'code' in value) ? many(value.coding) : [value];
}

const shownTexts = (value: Any): string[] =>
  isObject(value)
    ? [value.text, value.display, value.type?.text, ...many(value.coding).map((coding: Any) => coding.display)].filter(
        (text) => text !== undefined,
      )
    : [];

const NAME_PARTS = ['family', 'given', 'prefix', 'suffix', 'text'];
const ADDRESS_PARTS = ['line', 'city', 'district', 'state', 'postalCode', 'country', 'text'];
const texts = (value: Any): string[] =>
  isObject(value) ? [...NAME_PARTS, ...ADDRESS_PARTS].flatMap((part) => many(value[part])) : [value];

const MICRO = 1_000_000;
const inMicros = (value: number): number => Math.round(value * MICRO);
// Whole multiples of the smallest unit of each kind.
const UNITS: Readonly<Record<string, readonly [string, number]>> = {
  mg: ['mass', 1],
  g: ['mass', 1000],
  kg: ['mass', 1_000_000],
  s: ['time', 1],
  min: ['time', 60],
  h: ['time', 3600],
};
const UCUM = 'http://unitsofmeasure.org';

interface Span {
  readonly low: number;
  readonly high: number;
  readonly openLow?: boolean;
  readonly openHigh?: boolean;
}

function spanOf(value: Any): { span: Span; unit: Any } | undefined {
  if (typeof value === 'number') return { span: { low: inMicros(value), high: inMicros(value) }, unit: {} };
  if (value.low || value.high) {
    const low = value.low?.value;
    const high = value.high?.value;
    if (low === undefined && high === undefined) return undefined;
    const span = {
      low: low === undefined ? -Infinity : inMicros(low),
      high: high === undefined ? Infinity : inMicros(high),
    };
    return { span, unit: value.low ?? value.high };
  }
  if (value.origin) {
    const numbers = String(value.data ?? '')
      .split(' ')
      .filter((one) => /^-?\d/.test(one))
      .map(Number);
    if (numbers.length === 0 || value.origin.value === undefined) return undefined;
    const all = numbers.map((one) => inMicros(value.origin.value + one * (value.factor ?? 1)));
    return { span: { low: Math.min(...all), high: Math.max(...all) }, unit: value.origin };
  }
  if (value.value === undefined) return undefined;
  const at = inMicros(value.value);
  const open = value.comparator === '<' || value.comparator === '>';
  if (value.comparator?.startsWith('<')) return { span: { low: -Infinity, high: at, openHigh: open }, unit: value };
  if (value.comparator?.startsWith('>')) return { span: { low: at, high: Infinity, openLow: open }, unit: value };
  return { span: { low: at, high: at }, unit: value };
}

function quantityHolds(wanted: string, value: Any): boolean {
  const found = spanOf(value);
  if (!found) return false;
  const [written = '', system, code = ''] = wanted.split('|');
  const { span, unit } = found;
  if (!system && code === '') return numberHolds(written, span, 1, 1);
  if (!system) return (unit.code === code || unit.unit === code) && numberHolds(written, span, 1, 1);
  if (system !== UCUM || !UNITS[code])
    return unit.system === system && unit.code === code && numberHolds(written, span, 1, 1);
  const own = unit.system === UCUM ? UNITS[unit.code] : undefined;
  return own?.[0] === UNITS[code][0] && numberHolds(written, span, UNITS[code][1], own[1]);
}

function numberHolds(wanted: string, { low, high, openLow, openHigh }: Span, asked: number, own: number): boolean {
  const [, prefix = 'eq', text = ''] = /^([a-z]{2})?(.*)$/.exec(wanted) ?? [];
  const at = inMicros(Number(text)) * asked;
  const digits = text.includes('.') ? text.length - text.indexOf('.') - 1 : 0;
  const half = ((10 ** -digits * MICRO) / 2) * asked;
  const bottom = low * own;
  const top = high * own;
  const isWithin = bottom >= at - half && (top < at + half || (top === at + half && openHigh === true));
  const margin = Math.max(half, Math.abs(at) / 10);
  switch (prefix) {
    case 'eq':
      return isWithin;
    case 'ne':
      return !isWithin;
    case 'gt':
      return top > at;
    case 'lt':
      return bottom < at;
    case 'ge':
      return top > at || (top === at && !openHigh);
    case 'le':
      return bottom < at || (bottom === at && !openLow);
    case 'sa':
      return bottom > at || (bottom === at && openLow === true);
    case 'eb':
      return top < at || (top === at && openHigh === true);
    default:
      return (
        (top > at - margin || (top === at - margin && !openHigh)) &&
        (bottom < at + margin || (bottom === at + margin && !openLow))
      );
  }
}

function dateMeets(wanted: string, value: Any, now: number): boolean {
  const [, prefix = 'eq', text = ''] = /^([a-z]{2})?(.*)$/.exec(wanted) ?? [];
  const asked = stretch(text);
  if (prefix !== 'ap') return targets(value).some((target) => dateHolds(prefix, asked, target));
  const gap = now > asked.high + 1 ? now - (asked.high + 1) : asked.low > now ? asked.low - now : 0;
  return targets(value).some((one) => one.low < asked.high + 1 + gap / 10 && one.high + 1 > asked.low - gap / 10);
}

const isAbove = (upper: string, lower: string): boolean =>
  lower === upper || lower.startsWith(upper.replace(/\/?$/, '/'));

function ofType(wanted: string, value: Any): boolean {
  const [system, code, text = ''] = wanted.split('|');
  const isTyped = many(value.type?.coding).some(
    (one: Any) => one.system === system && String(one.code).toLowerCase() === code?.toLowerCase(),
  );
  return isTyped && String(value.value ?? '').toLowerCase() === text.toLowerCase();
}

export interface OracleQuery {
  readonly param: SearchParam;
  readonly modifier: string;
  /** Alternatives. */
  readonly values: readonly string[];
}

/** Whether a plain resource has a parameter's value; `params` finds the parts of a composite by their URL. */
export function oracleMatches(
  { param, modifier, values }: OracleQuery,
  resource: object,
  { now, params }: { readonly now: number; readonly params: ReadonlyMap<string, SearchParam> },
): boolean {
  if (param.type === 'composite')
    return values.some((value) => compositeMatches(param, value, resource, { now, params }));
  const found = evaluate(param.expression, resource);
  if (modifier === 'missing') return found.some(hasContent) === (values[0] === 'false');
  const holds = values.some((wanted) => found.some((value) => holdsValue(param, modifier, wanted, value, now)));
  return modifier === 'not' ? !holds : holds;
}

function compositeMatches(
  param: SearchParam,
  wanted: string,
  resource: object,
  { now, params }: { readonly now: number; readonly params: ReadonlyMap<string, SearchParam> },
): boolean {
  const parts = wanted.split('$');
  return param.expression.split(' | ').some((place) =>
    evaluate(place, resource).some((item) =>
      (param.components ?? []).every(({ definition, expression }, i) => {
        const part = params.get(definition);
        if (!part) throw new Error(`oracle: ${definition}`);
        return evaluate(expression, item, place).some((value) => holdsValue(part, '', parts[i] ?? '', value, now));
      }),
    ),
  );
}

function holdsValue(param: SearchParam, modifier: string, wanted: string, value: Any, now: number): boolean {
  if (param.code === '_id') return value === wanted;
  switch (param.type) {
    case 'token':
      if (modifier === 'of-type') return ofType(wanted, value);
      if (modifier === 'text') return shownTexts(value).some((text) => plainText(text).startsWith(plainText(wanted)));
      return codings(value).some((coding) => holdsToken(wanted, coding));
    case 'string':
      if (modifier === 'exact') return texts(value).includes(wanted);
      return texts(value).some((text) =>
        modifier === 'contains'
          ? plainText(text).includes(plainText(wanted))
          : plainText(text).startsWith(plainText(wanted)),
      );
    case 'reference':
      if (modifier === 'identifier')
        return (
          isObject(value) &&
          many(value.identifier).some((one: Any) =>
            codings({ value: undefined, ...one }).some((each) => holdsToken(wanted, each)),
          )
        );
      if (!isObject(value)) return wanted === value;
      return value.reference !== undefined && referenceHolds(wanted, modifier || undefined, value);
    case 'date':
      return dateMeets(wanted, value, now);
    case 'uri':
      if (modifier === 'above') return isAbove(value, wanted);
      return modifier === 'below' ? isAbove(wanted, value) : value === wanted;
    case 'number':
    case 'quantity':
      return quantityHolds(wanted, value);
    default:
      throw new Error(`oracle: ${param.type}`);
  }
}
