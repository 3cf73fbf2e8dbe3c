/** What a patch is refused with: fixed texts and the number of the operation, never a value. */
import { FhirError, type IssueCode } from '../core/errors.ts';

const refuse = (code: IssueCode, diagnostics: string): FhirError =>
  new FhirError(422, [{ severity: 'error', code, diagnostics }]);

/** 422: what was sent is no patch. */
export const noPatch = (diagnostics: string): FhirError => refuse('structure', diagnostics);

/** 422: an operation is not written as its language asks. */
export const badOperation = (index: number, diagnostics: string): FhirError =>
  refuse('structure', `Operation ${index}: ${diagnostics}`);

/** 422: an operation does not fit the resource as the caller sees it. */
export const cannotApply = (index: number, diagnostics: string): FhirError =>
  refuse('business-rule', `Operation ${index}: ${diagnostics}`);

/** 422: more than a patch may ask for. */
export const tooLarge = (diagnostics: string): FhirError => refuse('too-long', diagnostics);
