/** Roles, their compiled views, and which of them a principal may use. */
import { forbidden } from '../core/errors.ts';
import type { Principal } from '../core/principal.ts';
import type { Interaction } from '../core/request.ts';
import type { RoleFile } from '../definitions/role-file.ts';
import type { View } from '../masking/view.ts';
import { scopeReach } from './scopes.ts';

export interface Role {
  readonly file: RoleFile;
  readonly views: ReadonlyMap<string, View>;
}

export interface Policy {
  readonly roles: ReadonlyMap<string, Role>;
  /** Changes when any role file does. */
  readonly fingerprint: string;
  /** Outside demo mode some roles demand a second factor. */
  readonly enforceDemands: boolean;
}

/** One role's view that allows the interaction, and whether a scope narrows it to the token's patient. */
export interface Permit {
  readonly role: Role;
  readonly view: View;
  readonly scopedToPatient: boolean;
}

/** The roles that a principal holds here. Throws 403 where there is none, or where one must stand alone. */
export function rolesOf(policy: Policy, principal: Principal): readonly Role[] {
  const roles = [...new Set(principal.roles)].flatMap((name) => policy.roles.get(name) ?? []);
  if (roles.length === 0) throw forbidden('The token names no role that this server knows.');
  if (roles.length > 1 && roles.some((role) => role.file.alone)) {
    throw forbidden('The role researcher stands alone: ask for a token without other roles.');
  }
  return roles;
}

/**
 * The views through which a principal may do an interaction on a type: decided from definitions and token alone.
 * Throws 403 when there is none.
 */
export function decide(
  policy: Policy,
  principal: Principal,
  type: string,
  interaction: Interaction,
): readonly Permit[] {
  const roles = rolesOf(policy, principal).filter((role) => role.views.get(type)?.spec.interactions.has(interaction));
  if (roles.length === 0) throw forbidden(`Your role does not allow ${interaction} on ${type}.`);
  const strong = roles.filter((role) => !policy.enforceDemands || meetsDemands(role, principal));
  if (strong.length === 0) throw forbidden('This role needs a token of a sign-in with a second factor (amr "mfa").');
  const reach = scopeReach(principal, type, interaction);
  if (reach === 'none') throw forbidden(scopeRefusal(principal, type, interaction));
  const permits = strong.flatMap((role) => {
    const view = role.views.get(type);
    return view ? [{ role, view, scopedToPatient: reach === 'compartment' }] : [];
  });
  // Rows of one patient whom the token names would tell who stands behind the pseudonyms: the scope grants nothing.
  if (permits.some(({ view, scopedToPatient }) => view.pseudonymId && scopedToPatient)) {
    throw forbidden(
      'A scope for one patient cannot narrow a role that sees pseudonyms: ask for user or system scopes.',
    );
  }
  return permits;
}

/** As `decide`, with an empty list instead of a refusal. */
export function permitsOf(
  policy: Policy,
  principal: Principal,
  type: string,
  interaction: Interaction,
): readonly Permit[] {
  const roles = rolesOf(policy, principal);
  if (!roles.some((role) => role.views.get(type)?.spec.interactions.has(interaction))) return [];
  if (scopeReach(principal, type, interaction) === 'none') return [];
  return decide(policy, principal, type, interaction);
}

function meetsDemands(role: Role, principal: Principal): boolean {
  const { demands } = role.file;
  if (!demands) return true;
  return (
    demands.amr.some((value) => principal.amr.includes(value)) || demands.acr.some((value) => value === principal.acr)
  );
}

function scopeRefusal(principal: Principal, type: string, interaction: Interaction): string {
  if (principal.scopes?.length === 0)
    return 'The token has a scope claim that holds no FHIR scope this server can honour.';
  return `The scopes of the token do not allow ${interaction} on ${type}.`;
}
