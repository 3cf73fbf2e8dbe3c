/** Collects the faults of one resource, with the FHIRPath of each, up to a bound. */
import type { Issue } from '../core/errors.ts';

/** More than these help nobody, and an answer must not grow with its request. */
export const MAX_ISSUES = 100;

/** A place in a resource, from the leaf up; its text is made only when there is a fault. */
export interface Place {
  readonly parent?: Place;
  /** `Patient`, `.name` or `[0]`. */
  readonly step: string;
  readonly depth: number;
}

export type FindingCode = 'structure' | 'required' | 'value' | 'code-invalid' | 'invariant';

export interface Findings {
  add(code: FindingCode, place: Place, diagnostics: string): void;
  /** What is lawful and not wise: told by `$validate`, no reason to refuse a write. */
  warn(code: FindingCode, place: Place, diagnostics: string): void;
  /** Whether the bound is reached, so that looking on is of no use. */
  full(): boolean;
  readonly issues: readonly Issue[];
}

/** The place of a whole resource. */
export const rootPlace = (type: string): Place => ({ step: type, depth: 0 });

/** An element below a place, by its base name. */
export const childPlace = (parent: Place, name: string): Place => ({
  parent,
  step: `.${name}`,
  depth: parent.depth + 1,
});

/** An item of a list. */
export const itemPlace = (parent: Place, index: number): Place => ({
  parent,
  step: `[${index}]`,
  depth: parent.depth + 1,
});

/** Whether what is lawful and not wise is told. */
export type Warnings = 'kept' | 'dropped';

/** An empty collection. */
export function createFindings(warnings: Warnings): Findings {
  const issues: Issue[] = [];
  const note = (severity: Issue['severity'], code: FindingCode, place: Place, diagnostics: string): void => {
    if (issues.length < MAX_ISSUES) issues.push({ severity, code, diagnostics, expression: pathOf(place) });
  };
  return {
    issues,
    full: () => issues.length >= MAX_ISSUES,
    add: (code, place, diagnostics) => note('error', code, place, diagnostics),
    warn: (code, place, diagnostics) => {
      if (warnings === 'kept') note('warning', code, place, diagnostics);
    },
  };
}

function pathOf(place: Place): string {
  const steps: string[] = [];
  for (let at: Place | undefined = place; at; at = at.parent) steps.push(at.step);
  return steps.reverse().join('');
}
