/** Builds the policy from role files; what cannot be enforced stops the start, with file and JSON pointer. */
import type { Faults } from '../definitions/faults.ts';
import type { RoleFile, ViewSpec } from '../definitions/role-file.ts';
import type { View } from '../masking/view.ts';
import type { Policy, Role } from './policy.ts';

export interface PolicyParts {
  readonly roleFiles: readonly RoleFile[];
  readonly faults: Faults;
  readonly enforceDemands: boolean;
  /** Compiles and checks a view; adds what is wrong to the faults. */
  compileView(spec: ViewSpec): View;
  /** A digest of a text. */
  digest(text: string): string;
}

/** Compiles every role. Throws `ConfigurationError` with all faults together. */
export function loadPolicy(parts: PolicyParts): Policy {
  const roles = new Map<string, Role>();
  for (const file of parts.roleFiles) {
    const views = new Map([...file.views].map(([type, spec]) => [type, parts.compileView(spec)] as const));
    roles.set(file.role, { file, views });
  }
  parts.faults.throwIfAny();
  return {
    roles,
    enforceDemands: parts.enforceDemands,
    fingerprint: parts.digest(JSON.stringify(parts.roleFiles, plainly)),
  };
}

// Maps and sets in a form that JSON keeps.
function plainly(_key: string, value: unknown): unknown {
  if (value instanceof Map) return [...value];
  return value instanceof Set ? [...value] : value;
}
