/** Which of the scopes that an app asks for the demo issuer grants: asked and allowed (SMART App Launch 2.2 "Scopes"). */
import type { Permission, Scope } from '../../core/principal.ts';
import { parseScopes } from '../smart-scopes.ts';

/** Scopes about the sign-in itself. No refresh tokens are given, so `offline_access` is not among them. */
export const SIGN_IN_SCOPES: readonly string[] = ['openid', 'profile', 'fhirUser', 'launch/patient'];

/** Whether a role may ever do what a letter stands for, on a type or on any (`*`). */
export type MayDo = (type: string, permission: Permission) => boolean;

/** The granted part of what was asked, in its order. */
export function grantScopes(
  asked: readonly string[],
  { types, may }: { readonly types: ReadonlySet<string>; readonly may: MayDo },
): readonly string[] {
  return asked.flatMap((text) => {
    if (SIGN_IN_SCOPES.includes(text)) return [text];
    const scope = readScope(text, types);
    if (scope === undefined) return [];
    const allowed = [...scope.permissions].filter((permission) => may(scope.type, permission));
    if (allowed.length === scope.permissions.size) return [text];
    return allowed.length === 0 ? [] : [`${scope.context}/${scope.type}.${allowed.join('')}`];
  });
}

/** Whether a scope is one for data that this issuer could grant. */
export const namesFhirScope = (text: string, types: ReadonlySet<string>): boolean =>
  readScope(text, types) !== undefined;

/** Whether an app with these scopes works on one patient, who must then be picked. */
export const needsPatient = (scopes: readonly string[]): boolean =>
  scopes.some((scope) => scope === 'launch/patient' || scope.startsWith('patient/'));

// `system/` scopes belong to client credentials, where no person signs in.
function readScope(text: string, types: ReadonlySet<string>): Scope | undefined {
  const [scope] = parseScopes(text, types);
  return scope?.context === 'system' ? undefined : scope;
}
