/** What SMART scopes let a request do: a ceiling over what its roles allow, never more (CONTRACT.md "Tokens"). */
import type { Permission, Principal } from '../core/principal.ts';
import type { Interaction } from '../core/request.ts';
import type { Role } from './policy.ts';

const NEEDED: Readonly<Record<Interaction, Permission>> = {
  read: 'r',
  vread: 'r',
  'history-instance': 'r',
  'search-type': 's',
  'history-type': 's',
  create: 'c',
  update: 'u',
  patch: 'u',
  delete: 'd',
};

/** `all`: no row filter. `compartment`: the rows of the token's patient. `none`: no scope allows it. */
export type ScopeReach = 'all' | 'compartment' | 'none';

/** How far a principal's scopes reach for an interaction on a type. No `scope` claim: as far as its roles. */
export function scopeReach(principal: Principal, type: string, interaction: Interaction): ScopeReach {
  if (principal.scopes === undefined) return 'all';
  const allowing = principal.scopes.filter(
    (scope) => (scope.type === '*' || scope.type === type) && scope.permissions.has(NEEDED[interaction]),
  );
  if (allowing.some((scope) => scope.context !== 'patient')) return 'all';
  return allowing.length > 0 ? 'compartment' : 'none';
}

/** Whether a role may ever do what a letter stands for, on a type or on any type at all (`*`). */
export function mayEver(role: Role, type: string, permission: Permission): boolean {
  const views = type === '*' ? [...role.views.values()] : [role.views.get(type)];
  return views.some((view) => [...(view?.spec.interactions ?? [])].some((name) => NEEDED[name] === permission));
}
