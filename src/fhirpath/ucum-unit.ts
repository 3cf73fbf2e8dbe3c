/** Units of UCUM as ucum-lhc knows them, which fhirpath.js brings and has loaded by itself. */
import fhirpath from 'fhirpath';

export interface UcumUnit {
  /** Exponents of UCUM's seven base units: length, time, mass, angle, temperature, charge, luminous intensity. */
  readonly dimension: readonly number[];
  /** How often Avogadro's number is in the magnitude: the library makes a number of the mole. */
  readonly moles: number;
  /** One of it in base units. */
  readonly magnitude: number;
}

interface LibraryUnit {
  readonly magnitude_: unknown;
  readonly dim_: { readonly dimVec_: readonly number[] | null } | null;
  readonly moleExp_: number;
  readonly isSpecial_: boolean;
  readonly isArbitrary_: boolean;
}

// UCUM's own codes are shorter; the work of reading one grows with its length.
const CODE = /^[\x21-\x7e]{1,48}$/;
const DIMENSIONS = 7;

/** Looks a code up; undefined for one that is unknown, or no multiple of base units (pH, Celsius, arbitrary units). */
export function ucumUnit(code: string): UcumUnit | undefined {
  const unit = CODE.test(code) ? find(code) : undefined;
  if (!unit || unit.isSpecial_ || unit.isArbitrary_) return undefined;
  const magnitude = unit.magnitude_;
  if (typeof magnitude !== 'number' || !(magnitude > 0 && magnitude < Number.POSITIVE_INFINITY)) return undefined;
  const vector = unit.dim_?.dimVec_ ?? Array.from({ length: DIMENSIONS }, () => 0);
  // Minus zero is zero.
  return { dimension: vector.map((one) => one + 0), moles: unit.moleExp_ + 0, magnitude };
}

function find(code: string): LibraryUnit | undefined {
  try {
    return fhirpath.ucumUtils.getSpecifiedUnit(code, 'validate').unit ?? undefined;
  } catch {
    // The library throws for some texts that are no units.
    return undefined;
  }
}
