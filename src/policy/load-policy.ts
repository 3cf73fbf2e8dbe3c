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
  /** Adds what in a view of a role with pseudonyms would undo them to the faults. */
  checkPseudonyms(view: View): void;
  /** A digest of a text. */
  digest(text: string): string;
}

/** Compiles every role. Throws `ConfigurationError` with all faults together. */
export function loadPolicy(parts: PolicyParts): Policy {
  const roles = new Map<string, Role>();
  for (const file of parts.roleFiles) {
    const views = new Map([...file.views].map(([type, spec]) => [type, parts.compileView(spec)] as const));
    roles.set(file.role, { file, views });
    if (isPseudonymous(views)) checkRole(parts, file, views);
  }
  parts.faults.throwIfAny();
  return {
    roles,
    enforceDemands: parts.enforceDemands,
    fingerprint: parts.digest(JSON.stringify(parts.roleFiles, plainly)),
  };
}

const isPseudonymous = (views: Role['views']): boolean => [...views.values()].some((view) => view.pseudonymId);

// A union with another role would undo the pseudonyms (CONTRACT.md "Tokens").
function checkRole(parts: PolicyParts, file: RoleFile, views: Role['views']): void {
  if (!file.alone) parts.faults.add(file.file, '/alone', 'a role with pseudonyms must stand alone: say true');
  for (const view of views.values()) parts.checkPseudonyms(view);
}

// Maps and sets in a form that JSON keeps.
function plainly(_key: string, value: unknown): unknown {
  if (value instanceof Map) return [...value];
  return value instanceof Set ? [...value] : value;
}
