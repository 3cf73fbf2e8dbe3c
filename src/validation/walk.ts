/** What every check of one validation shares. */
import type { Json } from '../core/json.ts';
import type { Definitions, ElementDef, TypeDef } from '../definitions/types.ts';
import type { CheckContext } from '../fhirpath/compile-check.ts';
import type { Findings, Place } from './findings.ts';
import type { Invariants } from './invariants.ts';

export interface Walk {
  readonly definitions: Definitions;
  readonly findings: Findings;
  readonly invariants: Invariants;
  /** The resource that is being walked, and the one that holds it. */
  readonly context: CheckContext;
  /** Checks a nested resource: contained, or an entry of a Bundle. */
  readonly checkResource: (walk: Walk, json: Json, place: Place, nesting: Nesting) => void;
}

export type Nesting = 'whole' | 'contained';

/** A value, beside it what `_name` holds, and what it is to be. */
export interface Slot {
  readonly element: ElementDef;
  readonly type: TypeDef;
  readonly value: Json | undefined;
  readonly sibling: Json | undefined;
}
