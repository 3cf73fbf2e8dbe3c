/** SMART App Launch scopes, v1 and v2, read strictly: what cannot be honoured whole grants nothing. */
import type { Permission, Scope, ScopeContext } from '../core/principal.ts';

const RESOURCE_SCOPE = /^(patient|user|system)\/(\*|[A-Za-z]{1,64})\.(read|write|\*|[a-z]{1,5})$/;

// SMART App Launch 2.x: letters in this order, each at most once.
const V2_LETTERS = /^c?r?u?d?s?$/;

// SMART App Launch 2.x "Scopes for requesting clinical data": how v1 is understood.
const V1_PERMISSIONS = new Map([
  ['read', 'rs'],
  ['write', 'cud'],
  ['*', 'cruds'],
]);

/**
 * The FHIR scopes of a `scope` claim. Other scopes (`openid`, `launch`), unknown types, letters out of order and
 * scopes with a filter (`?category=…`) are left out. `types`: the resource types that a scope may name.
 */
export function parseScopes(scope: string, types: ReadonlySet<string>): readonly Scope[] {
  return scope.split(' ').flatMap((text) => parseScope(text, types) ?? []);
}

function parseScope(text: string, types: ReadonlySet<string>): Scope | undefined {
  const [, context, type, letters] = RESOURCE_SCOPE.exec(text) ?? [];
  if (!isContext(context) || type === undefined || letters === undefined) return undefined;
  if (type !== '*' && !types.has(type)) return undefined;
  const permissions = V1_PERMISSIONS.get(letters) ?? (V2_LETTERS.test(letters) ? letters : '');
  return permissions === ''
    ? undefined
    : { context, type, permissions: new Set([...permissions].filter(isPermission)) };
}

const isContext = (text: string | undefined): text is ScopeContext =>
  text === 'patient' || text === 'user' || text === 'system';

const isPermission = (letter: string): letter is Permission => 'cruds'.includes(letter);
