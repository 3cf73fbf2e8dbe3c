/** What a rule does to an element that a view shows. */
import type { Json } from '../../core/json.ts';
import type { ActionName } from '../../definitions/role-file.ts';
import type { FhirNode } from '../../fhirpath/path.ts';

/** What an action may know beside the element. */
export interface ActionContext {
  /** The pseudonym of a reference to this server or of an id, in the reading role; undefined for what is none. */
  pseudonymOf(type: string, id: string): string;
  /** Reads a literal reference to this server. */
  readonly baseUrl: string;
  /** Whether the person of this resource is over 89, at death where that is known, else today. */
  readonly over89: () => boolean;
}

/** Gives the altered element, or undefined where it is removed. */
export type Action = (node: FhirNode, context: ActionContext) => FhirNode | undefined;

export interface RuleAction {
  readonly ruleId: string;
  readonly name: ActionName;
  readonly apply: Action;
  /** For `replace`. */
  readonly with?: Json;
}

/** What one action is: the element types that it suits, the label tag it earns, and how it works. */
export interface ActionKind {
  /** FHIR types of elements that it may stand on; `any` for all. */
  readonly suits: readonly string[] | 'any';
  /** Code of v3-ObservationValue in `meta.security`. */
  readonly label: 'REDACTED' | 'MASKED' | 'PSEUDED' | 'ANONYED';
  make(options: { readonly with?: Json }): Action;
}

/** An action on the text of a primitive; what it makes of no text is nothing. */
export const onText =
  (alter: (text: string) => string | undefined): Action =>
  (node) => {
    if (typeof node.value !== 'string') return undefined;
    const value = alter(node.value);
    // Extensions of the original could tell the value again: they go.
    return value === undefined ? undefined : { value, type: node.type };
  };
