/** What every check of one validation shares. */
import type { Json } from '../core/json.ts';
import type { Definitions, ElementDef, TypeDef } from '../definitions/types.ts';
import type { Findings, Place } from './findings.ts';

export interface Walk {
  readonly definitions: Definitions;
  readonly findings: Findings;
  /** Checks a nested resource: contained, or an entry of a Bundle. */
  readonly checkResource: (json: Json, place: Place, nesting: Nesting) => void;
}

export type Nesting = 'whole' | 'contained';

/** A value, beside it what `_name` holds, and what it is to be. */
export interface Slot {
  readonly element: ElementDef;
  readonly type: TypeDef;
  readonly value: Json | undefined;
  readonly sibling: Json | undefined;
}
