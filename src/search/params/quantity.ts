/** Quantity parameters: numbers with units, converted where UCUM can (R4 search.html#quantity). */
import { badRequest } from '../../core/errors.ts';
import type { FhirNode } from '../../fhirpath/node.ts';
import { type Bounds, NEVER } from '../bounds.ts';
import { splitUnescaped, withoutEscapes } from '../escapes.ts';
import { MEASURED, type Measure, measuresOf } from '../measures.ts';
import { convertSought, convertStretch, meetsNumber, parseSought } from '../number-range.ts';
import type { ParamValue } from '../query.ts';
import { type CanonicalUnit, canonicalUnit, UCUM } from '../units.ts';
import { numberBounds, sizeOf, stretchTerms } from './number.ts';
import type { BoundsContext, ParameterType, ParseContext } from './parameter-type.ts';

type QuantityValue = Extract<ParamValue, { kind: 'quantity' }>;

// In base units a value is found by three digits; as it is written, for queries without a unit, by one.
const CANONICAL_DIGITS = 3;
const WRITTEN_DIGITS = 1;
const WRITTEN = 'r';

/** The quantity type. */
export const quantity: ParameterType = {
  modifiers: new Set(),
  parse: parseQuantity,
  index: (node) => measuresOf(node).map(measureTerms),
  bounds: (value, context) => (value.kind === 'quantity' ? quantityBounds(value, context) : NEVER),
  matches: (value, node) => value.kind === 'quantity' && matchesQuantity(value, node),
  sortValues: (node) => measuresOf(node).flatMap((measure) => sizeOf(canonicalStretch(measure))),
  parts: (type) => MEASURED.get(type) ?? [],
};

function parseQuantity(text: string, { name }: ParseContext): ParamValue {
  const [written = '', system, code, ...more] = splitUnescaped(text, '|').map(withoutEscapes);
  const sought = parseSought(written);
  const hasBoth = (system === undefined) === (code === undefined);
  const isNamed = !system || code !== '';
  if (!sought || more.length > 0 || !hasBoth || !isNamed) {
    throw badRequest(`'${name}' takes number, number|system|code or number||unit, after an optional prefix.`);
  }
  // 5.4|| says no more than 5.4.
  return { kind: 'quantity', ...sought, ...(system === undefined || !code ? {} : { unit: { system, code } }) };
}

const canonicalOf = ({ system, code }: { system?: string; code?: string }): CanonicalUnit | undefined =>
  system === UCUM && code !== undefined ? canonicalUnit(code) : undefined;

// In base units where UCUM knows the unit, so that 1 g stands behind 10 mg.
function canonicalStretch(measure: Measure): Measure['stretch'] {
  const unit = canonicalOf(measure);
  return unit ? convertStretch(measure.stretch, unit.convert) : measure.stretch;
}

const canonicalSpace = ({ dimension }: CanonicalUnit): string => `c${dimension}`;

function measureTerms(measure: Measure): readonly string[] {
  const written = stretchTerms(WRITTEN, measure.stretch, WRITTEN_DIGITS);
  const unit = canonicalOf(measure);
  if (!unit) return written;
  const converted = convertStretch(measure.stretch, unit.convert);
  return [...written, ...stretchTerms(canonicalSpace(unit), converted, CANONICAL_DIGITS)];
}

function quantityBounds(value: QuantityValue, context: BoundsContext): Bounds {
  const unit = value.unit && canonicalOf(value.unit);
  if (!unit) return numberBounds(WRITTEN, value, WRITTEN_DIGITS, context);
  return numberBounds(canonicalSpace(unit), convertSought(value, unit.convert), CANONICAL_DIGITS, context);
}

function matchesQuantity(value: QuantityValue, node: FhirNode): boolean {
  const asked = value.unit && canonicalOf(value.unit);
  return measuresOf(node).some((measure) => {
    if (!asked) return isInUnit(value, measure) && meetsNumber(value, measure.stretch);
    const own = canonicalOf(measure);
    if (own?.dimension !== asked.dimension) return false;
    return meetsNumber(convertSought(value, asked.convert), convertStretch(measure.stretch, own.convert));
  });
}

function isInUnit({ unit }: QuantityValue, measure: Measure): boolean {
  if (!unit) return true;
  // R4 search.html#quantity: 5.4||mg finds mg as a code and as the unit that people read.
  if (unit.system === '') return measure.code === unit.code || measure.unit === unit.code;
  return measure.system === unit.system && measure.code === unit.code;
}
