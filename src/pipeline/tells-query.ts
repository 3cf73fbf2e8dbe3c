/** Whether a reader of the audit log may be told the values of a recorded query (VIEWS.md AuditEvent). */
import { FhirError } from '../core/errors.ts';
import type { Principal } from '../core/principal.ts';
import { type GuardParts, guardCriterion } from '../policy/guard-query.ts';
import { permitsOf } from '../policy/policy.ts';
import type { SearchRegistry } from '../search/parameters.ts';
import type { AccessParts } from './access.ts';

export interface TellParts {
  readonly accessParts: Pick<AccessParts, 'policy'>;
  readonly registry: SearchRegistry;
  readonly guard: GuardParts;
}

// What steers a page and names nothing.
const HARMLESS: ReadonlySet<string> = new Set([
  '_count',
  '_total',
  '_sort',
  '_summary',
  '_elements',
  '_contained',
  '_since',
  '_at',
  '_format',
  '_pretty',
]);

/** The reader may be told a value by which it could search itself. */
export function tellsQuery(
  parts: TellParts,
  principal: Principal,
): (type: string | undefined, name: string) => boolean {
  return (type, name) => {
    if (HARMLESS.has(name)) return true;
    if (type === undefined) return false;
    if (type === 'AuditEvent') return true;
    const [code = '', ...modifiers] = name.split(':');
    const param = parts.registry.parameter(type, code);
    if (!param || modifiers.length > 0) return false;
    try {
      return permitsOf(parts.accessParts.policy, principal, type, 'search-type').some(
        ({ view }) => guardCriterion(parts.guard, view, { param, name, values: [] }) === 'whole',
      );
    } catch (error) {
      if (error instanceof FhirError) return false;
      throw error;
    }
  };
}
