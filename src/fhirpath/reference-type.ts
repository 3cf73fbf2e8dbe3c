/** The resource type that a Reference names by itself, without resolving it. */
import { isObject, type Json, member } from '../core/json.ts';
import type { Evaluate } from './evaluate.ts';

// R4 references.html#regex, shortened to its end: `Patient/1`, `http://x/fhir/Patient/1/_history/2`.
const LITERAL = /(?:^|\/)([A-Z][A-Za-z]{1,40})\/[A-Za-z0-9\-.]{1,64}(?:\/_history\/[A-Za-z0-9\-.]{1,64})?$/;

/** The type in a literal reference, else `Reference.type`; undefined for fragments, `urn:` and logical references. */
export function referenceType(reference: Json | undefined): string | undefined {
  if (!isObject(reference)) return undefined;
  const literal = member(reference, 'reference');
  const match = typeof literal === 'string' && literal.length <= 2048 ? LITERAL.exec(literal) : null;
  if (match?.[1]) return match[1];
  const type = member(reference, 'type');
  return typeof type === 'string' ? type : undefined;
}

/** Whether a Reference names a resource of a type. */
export const isReferenceTo =
  (type: string): Evaluate =>
  (value) =>
    referenceType(value) === type;
