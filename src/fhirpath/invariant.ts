/** R4 invariants, evaluated by fhirpath.js. */
import fhirpath from 'fhirpath';
import r4 from 'fhirpath/fhir-context/r4';
import type { JsonObject } from '../core/json.ts';

/** Whether an instance of the type keeps the invariant; undefined where the expression cannot be evaluated alone. */
export type Invariant = (instance: JsonObject) => boolean | undefined;

/** Compiles an invariant in the context of a type (`Patient`, `Patient.contact`). */
export function compileInvariant(type: string, expression: string): Invariant {
  const evaluate = fhirpath.compile({ base: type, expression }, r4);
  return (instance) => {
    try {
      const [result] = evaluate(JSON.parse(JSON.stringify(instance))) as unknown[];
      return result === undefined ? undefined : result === true;
    } catch {
      return undefined;
    }
  };
}
