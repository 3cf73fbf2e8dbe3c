/** The format of the files in `r4/`: what the cut writes and the registry reads. */

/** Members that have their usual value (`min` 0, `max` 1, no flags) are left out. */
export interface CutElement {
  readonly path: string;
  readonly min?: number;
  /** -1 for `*`. */
  readonly max?: number;
  readonly choice?: true;
  /** Type names, `Reference(Patient|Group)` with targets; `BackboneElement` or `Element` where the path names a type. */
  readonly types?: readonly string[];
  /** Path of the element whose content this one has. */
  readonly sameAs?: string;
  readonly modifier?: true;
  readonly summary?: true;
  /** Strength and value set. */
  readonly binding?: readonly [string, string];
  /** Keys of invariants. */
  readonly constraints?: readonly string[];
}

export interface CutType {
  readonly kind: 'resource' | 'complex' | 'primitive';
  readonly base?: string;
  readonly constraints?: readonly string[];
  /** What this type adds to its base. */
  readonly elements: readonly CutElement[];
}

export interface CutConstraint {
  readonly severity: 'error' | 'warning';
  readonly human: string;
  readonly expression: string;
}

/** `types.json`. */
export interface CutTypes {
  readonly types: Readonly<Record<string, CutType>>;
  readonly constraints: Readonly<Record<string, CutConstraint>>;
}

export interface CutSearchParam {
  readonly type: string;
  readonly expression?: string;
  readonly targets?: readonly string[];
  readonly url: string;
  /** R4's description, the part for this type. */
  readonly documentation: string;
  /** Definition and expression of each part. */
  readonly components?: readonly (readonly [string, string])[];
}

/** `search-parameters.json`: served type, code, parameter. */
export type CutSearchParams = Readonly<Record<string, Readonly<Record<string, CutSearchParam>>>>;

/** `value-sets.json`: value set, system, codes. */
export type CutValueSets = Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>;

/** `names.json`. */
export interface CutNames {
  readonly servedTypes: readonly string[];
  readonly resourceTypes: readonly string[];
  /** Resource type to search parameter codes. */
  readonly patientCompartment: Readonly<Record<string, readonly string[]>>;
  /** v3 ActCode, those below `_ActInformationSensitivityPolicy` apart. */
  readonly actCodes: { readonly sensitive: readonly string[]; readonly other: readonly string[] };
}
