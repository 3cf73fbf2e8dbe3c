/** What an operator is told when an expression cannot be compiled. */

/** An expression that is refused; the message names the part at fault and what to write instead. */
export class FhirPathError extends Error {
  override name = 'FhirPathError';
}
