/** What a parameter type is: how its values are read, indexed, planned and compared. One file each in this folder. */
import type { Plan } from '../../core/plan.ts';
import type { FhirNode } from '../../fhirpath/node.ts';
import type { Bounds } from '../bounds.ts';
import type { Modifier, ParamValue, SearchParameter } from '../query.ts';
import type { SortValue } from '../sort-values.ts';

export interface ParseContext {
  readonly param: SearchParameter;
  /** As sent, with its modifier: for messages. */
  readonly name: string;
  readonly modifier?: Modifier;
  /** The type in `subject:Patient`. */
  readonly targetType?: string;
  readonly baseUrl: string;
  readonly resourceTypes: ReadonlySet<string>;
  /** Milliseconds since 1970: `ap` on dates is a tenth of the way to it. */
  readonly now: number;
}

export interface NodeContext {
  readonly param: SearchParameter;
  readonly modifier?: Modifier;
  readonly baseUrl: string;
}

/** Makes plans of term values, under every index and item class that the query may be answered over. */
export interface BoundsContext {
  readonly param: SearchParameter;
  readonly modifier?: Modifier;
  /** Rows with this term value. */
  term(value: string): Plan;
  /** Rows with this term value, and those with more values than are indexed. */
  values(value: readonly string[]): Bounds;
  /** Rows with a reference to this resource. */
  reference(type: string, id: string): Plan;
  /** The resource itself. */
  resource(id: string): Plan;
  /** Rows that may have a value under the parameter; all that have one are among them. */
  readonly present: Plan;
  /** The same for a part of a composite. */
  part(param: SearchParameter): BoundsContext;
}

export interface ParameterType {
  /** Those that it takes beside `missing`. */
  readonly modifiers: ReadonlySet<Modifier>;
  /** Reads one value, escapes still in it; throws 400. */
  parse(text: string, context: ParseContext): ParamValue;
  /** The term values of a node: one list for each value that counts against the cap. */
  index(node: FhirNode, context: NodeContext): readonly (readonly string[])[];
  /** What the terms say of one value. */
  bounds(value: ParamValue, context: BoundsContext): Bounds;
  /** Whether a node of the resource, as the caller sees it, has the value; full R4 semantics. */
  matches(value: ParamValue, node: FhirNode, context: NodeContext): boolean;
  /** What a node is ordered by, case and accents aside; absent where values have no order. */
  readonly sortValues?: (node: FhirNode, param: SearchParameter) => readonly SortValue[];
  /** What is read of an element of a FHIR type, as paths below it; empty: the element itself. */
  parts(type: string, modifier: Modifier | undefined): readonly string[];
}
