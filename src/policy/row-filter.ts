/** Which rows a view opens, as a plan over row terms: judged in the query, never afterwards (DESIGN.md idea 3). */
import { and, NONE, not, or, type Plan, type Term, term, type Uid } from '../core/plan.ts';
import type { Principal } from '../core/principal.ts';
import type { TermMaker } from '../core/secrets.ts';
import type { Clearance, ViewSpec } from '../definitions/role-file.ts';
import type { View } from '../masking/view.ts';
import { ROW_LABELS, type RowLabel } from '../search/row-terms.ts';
import type { Permit } from './policy.ts';

export interface RowFilters {
  /** `labels` is the clearance; `rows` all else: compartment, `where`, scopes, modifier extensions. */
  of(permit: Permit, principal: Principal): { readonly rows: Plan; readonly labels: Plan };
}

export interface RowFilterParts {
  readonly terms: TermMaker;
  /** The terms under which rows carry their facts. */
  readonly rowTerms: {
    patient(type: string, uid: Uid): Term;
    label(type: string, label: RowLabel): Term;
    modifierExtension(type: string, place: string): Term;
  };
  /** A `where` as a plan over row terms; `%patient` and `%fhirUser` are filled in. */
  planWhere(spec: ViewSpec, where: string): Plan;
  /** Places at which a view shows something that a hidden modifierExtension could turn round. */
  modifierPlaces(view: View): readonly string[];
  patientOf(principal: Principal): string | undefined;
}

/** Makes the filters of a policy's views. */
export function createRowFilters(parts: RowFilterParts): RowFilters {
  const fixed = new WeakMap<View, { readonly rows: Plan; readonly labels: Plan }>();
  const fixedOf = (view: View) => {
    const known = fixed.get(view) ?? fixedPart(parts, view);
    fixed.set(view, known);
    return known;
  };
  return {
    of: ({ view, scopedToPatient }, principal) => {
      const { rows, labels } = fixedOf(view);
      const own = view.spec.compartment || scopedToPatient ? [compartment(parts, view.type, principal)] : [];
      return { rows: and([...own, rows, whereOf(parts, view, principal)]), labels };
    },
  };
}

function fixedPart(parts: RowFilterParts, view: View): { readonly rows: Plan; readonly labels: Plan } {
  const { type, spec } = view;
  const places = parts.modifierPlaces(view).map((place) => term(parts.rowTerms.modifierExtension(type, place)));
  return {
    rows: not(or(places)),
    labels: not(or(withheld(spec.clearance).map((label) => term(parts.rowTerms.label(type, label))))),
  };
}

function withheld(clearance: Clearance): readonly RowLabel[] {
  const named = (label: string): boolean => clearance.labels.includes(label);
  return ROW_LABELS.filter((label) => (clearance.kind === 'except' ? named(label) : !named(label)));
}

// No patient in context means nothing at all, never everything (VIEWS.md).
function compartment(parts: RowFilterParts, type: string, principal: Principal): Plan {
  const patient = parts.patientOf(principal);
  return patient === undefined ? NONE : term(parts.rowTerms.patient(type, parts.terms.uid('Patient', patient)));
}

function whereOf(parts: RowFilterParts, view: View, principal: Principal): Plan {
  const { where } = view.spec;
  if (where === undefined) return and([]);
  const patient = parts.patientOf(principal);
  if (where.includes('%patient') && patient === undefined) return NONE;
  if (where.includes('%fhirUser') && principal.fhirUser === undefined) return NONE;
  const filled = where
    .replaceAll('%patient', encodeURIComponent(`Patient/${patient ?? ''}`))
    .replaceAll('%fhirUser', encodeURIComponent(principal.fhirUser ?? ''));
  return parts.planWhere(view.spec, filled);
}
