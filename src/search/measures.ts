/** The measured values that a Quantity, a Range or SampledData stands for, each with its unit. */
import { isNumber, isObject, type Json, type JsonObject, member, numberText } from '../core/json.ts';
import type { FhirNode } from '../fhirpath/node.ts';
import { addDecimals, compareDecimals, type Decimal, multiplyDecimals, parseDecimal } from './decimals.ts';
import { type End, point, type Stretch } from './number-range.ts';

export interface Measure {
  readonly stretch: Stretch;
  readonly system?: string;
  readonly code?: string;
  /** As people read it. */
  readonly unit?: string;
}

const QUANTITY = ['value', 'comparator', 'unit', 'system', 'code'];
const below = (name: string): readonly string[] => QUANTITY.map((part) => `${name}.${part}`);

/** What is read of each FHIR type, as paths below it. */
export const MEASURED: ReadonlyMap<string, readonly string[]> = new Map([
  ...['Quantity', 'SimpleQuantity', 'Age', 'Duration', 'Distance', 'Count'].map((type) => [type, QUANTITY] as const),
  ['Range', [...below('low'), ...below('high')]],
  ['SampledData', [...below('origin'), 'factor', 'data']],
]);

// A node is compared with up to 200 values, and sampled data is long: each is read once.
const READ = new WeakMap<FhirNode, readonly Measure[]>();

/** The measures of a node; none for what holds no number. */
export function measuresOf(node: FhirNode): readonly Measure[] {
  const known = READ.get(node) ?? readMeasures(node);
  READ.set(node, known);
  return known;
}

function readMeasures({ value, type }: FhirNode): readonly Measure[] {
  if (!isObject(value)) return [];
  if (type === 'Range') return present(rangeMeasure(value));
  return present(type === 'SampledData' ? sampledMeasure(value) : quantityMeasure(value));
}

const present = (measure: Measure | undefined): readonly Measure[] => (measure ? [measure] : []);

const objectAt = (object: JsonObject, name: string): JsonObject | undefined => {
  const value = member(object, name);
  return isObject(value) ? value : undefined;
};

const decimalOf = (value: Json | undefined): Decimal | undefined =>
  isNumber(value) ? parseDecimal(numberText(value)) : undefined;

function measure(stretch: Stretch, quantity: JsonObject): Measure {
  const text = (name: 'system' | 'code' | 'unit') => {
    const value = member(quantity, name);
    return typeof value === 'string' ? { [name]: value } : {};
  };
  return { stretch, ...text('system'), ...text('code'), ...text('unit') };
}

function quantityMeasure(quantity: JsonObject): Measure | undefined {
  const value = decimalOf(member(quantity, 'value'));
  return value && measure(stretchOf(value, member(quantity, 'comparator')), quantity);
}

// R4 datatypes.html#quantity: `<` 5 is some number below 5.
function stretchOf(value: Decimal, comparator: Json | undefined): Stretch {
  switch (comparator) {
    case '<':
      return { high: { value, open: true } };
    case '<=':
      return { high: { value, open: false } };
    case '>':
      return { low: { value, open: true } };
    case '>=':
      return { low: { value, open: false } };
    default:
      return point(value);
  }
}

function rangeMeasure(range: JsonObject): Measure | undefined {
  const low = objectAt(range, 'low');
  const high = objectAt(range, 'high');
  const ends = { low: endOf(low), high: endOf(high) };
  const unit = (ends.low && low) ?? (ends.high && high);
  if (!unit) return undefined;
  // R4's rng-2 wants one unit at both ends; with two of them it is no range of anything.
  const isOneUnit = !low || !high || ['system', 'code', 'unit'].every((name) => low[name] === high[name]);
  if (!isOneUnit) return undefined;
  return measure({ ...(ends.low ? { low: ends.low } : {}), ...(ends.high ? { high: ends.high } : {}) }, unit);
}

function endOf(quantity: JsonObject | undefined): End | undefined {
  const value = decimalOf(quantity && member(quantity, 'value'));
  return value && { value, open: false };
}

// R4 observation.html#search: of sampled data "just search on the bounds of the values".
function sampledMeasure(sampled: JsonObject): Measure | undefined {
  const origin = objectAt(sampled, 'origin');
  const zero = decimalOf(origin && member(origin, 'value'));
  const factor = decimalOf(member(sampled, 'factor')) ?? { digits: 1n, exponent: 0 };
  const data = member(sampled, 'data');
  if (!origin || !zero || typeof data !== 'string') return undefined;
  const values = data
    .split(' ')
    .map(parseDecimal)
    .filter((value) => value !== undefined)
    .map((value) => addDecimals(zero, multiplyDecimals(value, factor)));
  const [first] = values;
  if (!first) return undefined;
  const low = values.reduce<Decimal>((least, one) => (compareDecimals(one, least) < 0 ? one : least), first);
  const high = values.reduce<Decimal>((most, one) => (compareDecimals(one, most) > 0 ? one : most), first);
  return measure({ low: { value: low, open: false }, high: { value: high, open: false } }, origin);
}
