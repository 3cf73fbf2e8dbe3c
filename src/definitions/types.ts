/** The shapes of the frozen R4 definitions that every other folder works from. */

/** An R4 invariant as its StructureDefinition states it. */
export interface Constraint {
  readonly key: string;
  readonly severity: 'error' | 'warning';
  readonly human: string;
  readonly expression: string;
}

/** One type that an element may have. */
export interface ElementType {
  /** A name for `Definitions.type`: `Quantity`, `string`, `Reference`; for a backbone its path, `Observation.component`. */
  readonly code: string;
  /** Resource types that a Reference (or canonical) may name; empty: any. */
  readonly targets: readonly string[];
}

export interface Binding {
  readonly strength: 'required' | 'extensible' | 'preferred' | 'example';
  /** Canonical URL without version. */
  readonly valueSet: string;
}

export interface ElementDef {
  /** Base name: `value` for `value[x]`. */
  readonly name: string;
  /** Path by base names: `Observation.value`, `Observation.component.value`. */
  readonly path: string;
  readonly min: number;
  /** `Infinity` for `*`. */
  readonly max: number;
  /** Whether it is a `[x]` element, even one with a single type. */
  readonly choice: boolean;
  readonly types: readonly ElementType[];
  /** isModifier. */
  readonly modifier: boolean;
  /** isSummary. */
  readonly summary: boolean;
  readonly binding?: Binding;
  /** Invariants of this element alone; those of its type stand on the TypeDef. */
  readonly constraints: readonly Constraint[];
}

/** What one JSON property of a type means. */
export interface PropertyDef {
  readonly element: ElementDef;
  /** Name of its type, as in `ElementType.code`. */
  readonly type: string;
}

export interface TypeDef {
  /** `Patient`, `HumanName`, `date`; a backbone's name is its path. */
  readonly name: string;
  readonly kind: 'resource' | 'complex' | 'primitive';
  /** `DomainResource`, `BackboneElement`, `Element`, `string`; absent for Element and Resource. */
  readonly base?: string;
  /** Own and inherited, by base name, in R4's order. A primitive has `id` and `extension`, which JSON keeps in `_name`. */
  readonly elements: ReadonlyMap<string, ElementDef>;
  /** By JSON property: `valueQuantity`, `birthDate` (not `_birthDate`). */
  readonly properties: ReadonlyMap<string, PropertyDef>;
  readonly constraints: readonly Constraint[];
}

export interface SearchComponent {
  /** Canonical URL of the parameter that this part uses. */
  readonly definition: string;
  /** FHIRPath relative to what the composite's expression yields. */
  readonly expression: string;
}

export type SearchParamType =
  | 'token'
  | 'string'
  | 'reference'
  | 'date'
  | 'number'
  | 'quantity'
  | 'uri'
  | 'composite'
  | 'special';

export interface SearchParam {
  readonly code: string;
  readonly type: SearchParamType;
  /** The served type that it is for, also where R4 declares it on Resource or DomainResource. */
  readonly base: string;
  /** FHIRPath, only the part for `base`; empty for `_text`, `_content` and the like. */
  readonly expression: string;
  readonly targets: readonly string[];
  /** Canonical URL; several bases may share one. */
  readonly url: string;
  /** What R4 says it is. */
  readonly documentation: string;
  /** For composites. */
  readonly components?: readonly SearchComponent[];
}

/** An item of a list that has a box of its own. */
export interface ItemBox {
  readonly box: string;
  /** Top-level element, such as `identifier`. */
  readonly element: string;
  /** A class of `itemClasses`, such as `SSN`. */
  readonly itemClass: string;
}

/** A class of items; the expression is FHIRPath on the resource type. */
export interface ItemClass {
  readonly name: string;
  readonly expression: string;
}

/** `profiles/resources/<Type>.json`: how a type is sealed and whose it is. */
export interface ResourceProfile {
  readonly type: string;
  /** Class, which is the name of its box, to top-level elements by base name. Only classes that have any. */
  readonly classes: ReadonlyMap<string, readonly string[]>;
  /** Box of a top-level element by base name. Throws for a name that is no element of the type, and for `id`. */
  boxOf(element: string): string;
  readonly itemBoxes: readonly ItemBox[];
  /** By top-level element; the first that fits, else the class is `other`. */
  readonly itemClasses: ReadonlyMap<string, readonly ItemClass[]>;
  /** Element paths with references to the patients that own the resource; `id` for Patient. */
  readonly patient: readonly string[];
}

/** v3 ActCode and its information sensitivity policies. */
export interface Sensitivity {
  /** Whether a code is one of v3 ActCode. */
  isActCode(code: string): boolean;
  /** Whether a code stands below `_ActInformationSensitivityPolicy` in v3 ActCode. */
  isSensitive(code: string): boolean;
}

export interface Definitions {
  /** The fifteen types of CONTRACT.md "Endpoints", in its order. */
  readonly servedTypes: readonly string[];
  /** Every resource type name of R4. */
  readonly resourceTypes: ReadonlySet<string>;
  /** A resource, datatype, primitive or backbone (by its path). */
  type(name: string): TypeDef | undefined;
  /** By code; empty for a type that is not served. */
  searchParams(type: string): ReadonlyMap<string, SearchParam>;
  /** R4's patient compartment: resource type to search parameter codes; empty list: never in it. */
  readonly compartment: ReadonlyMap<string, readonly string[]>;
  /** Codes of a value set with a required binding; undefined where it cannot be enumerated. */
  codes(valueSet: string): ReadonlySet<string> | undefined;
  /** The same as `system|code`, for Coding and CodeableConcept. */
  systemCodes(valueSet: string): ReadonlySet<string> | undefined;
  /** Throws for a type that is not served. */
  profile(type: string): ResourceProfile;
  readonly sensitivity: Sensitivity;
}
