/** Puts policy and masking behind the `Access` port that interactions use. */
import type { Access, CursorOwner, Named, SearchBranch, Shown, Subset } from '../core/access.ts';
import { admits, and, type Plan, type Term, type Uid } from '../core/plan.ts';
import type { Principal } from '../core/principal.ts';
import type { OpenRecord } from '../core/record.ts';
import type { Interaction } from '../core/request.ts';
import type { Pseudonyms, TermMaker } from '../core/secrets.ts';
import type { Lens, Looker } from '../masking/create-lens.ts';
import type { View } from '../masking/view.ts';
import { decide, type Permit, type Policy, permitsOf, rolesOf } from '../policy/policy.ts';
import type { RowFilters } from '../policy/row-filter.ts';

/** One role's part in an access: its view, and which rows it opens. */
export interface Grant {
  readonly view: View;
  readonly rows: Plan;
  readonly labels: Plan;
  readonly filter: Plan;
}

export interface AccessParts {
  readonly policy: Policy;
  readonly lens: Lens;
  readonly filters: RowFilters;
  readonly terms: TermMaker;
  readonly pseudonyms: Pseudonyms;
}

/** `Access` with what search needs beside it. */
export interface DecidedAccess extends Access {
  readonly grants: readonly Grant[];
  /** Whether the caller knows resources by their pseudonyms alone. */
  readonly pseudonymous: boolean;
  /** The uid of an id in a search value, as `uidOf` for any type. */
  uidIn(type: string, id: string): Uid | undefined;
  /** Names for an order in the place of creation, which a view without `meta` hides. */
  readonly nameRows: ((uids: readonly Uid[]) => readonly string[]) | undefined;
  branch(grant: Grant, criteria: Plan): SearchBranch;
  /** The id under which the caller knows a resource of the type. */
  shownId(id: string): string;
  /** Whether the order of creation may be told. */
  readonly tellsCreation: boolean;
}

/** Decides; throws 403 before any data is looked at. */
export function createAccess(
  parts: AccessParts,
  principal: Principal,
  { type, interaction }: { readonly type: string; readonly interaction: Interaction },
): DecidedAccess {
  const grantOf = (permit: Permit): Grant => {
    const { rows, labels } = parts.filters.of(permit, principal);
    return { view: permit.view, rows, labels, filter: and([rows, labels]) };
  };
  const grants = decide(parts.policy, principal, type, interaction).map(grantOf);
  // SMART `s` gives searches and type histories without `r`.
  const reading = ofType(interaction) ? grants : permitsOf(parts.policy, principal, type, 'read').map(grantOf);
  const lookWith = (views: readonly View[]): Looker => lookerOf(parts, principal, views);
  const admitted = (of: readonly Grant[], rowTerms: ReadonlySet<Term>): readonly View[] =>
    of.filter((grant) => admits(grant.filter, rowTerms)).map((grant) => grant.view);
  const pseudonymRole = grants.every((grant) => grant.view.pseudonymId) ? grants[0]?.view.role : undefined;
  const uidIn = (of: string, id: string): Uid | undefined =>
    pseudonymRole === undefined ? parts.terms.uid(of, id) : parts.pseudonyms.uidOf(pseudonymRole, of, id);
  const hiding = grants.find((grant) => grant.view.spec.meta === 'hide')?.view.role;

  return {
    grants,
    sight: (rowTerms) => {
      if (grants.some((grant) => admits(grant.filter, rowTerms))) return 'seen';
      return grants.some((grant) => admits(grant.rows, rowTerms)) ? 'hidden-by-label' : 'outside';
    },
    // CONTRACT.md "create by update": no row filter and no clearance.
    unfiltered: grants.some((grant) => grant.filter.op === 'every' && hasNoClearance(grant.view)),
    name: (record) => nameRecord(parts.lens, record, admitted(reading, record.rowTerms)),
    show: (record) => {
      const views = admitted(reading, record.rowTerms);
      const name = nameRecord(parts.lens, record, views);
      return name && { ...name, text: parts.lens.mask(record, lookWith(views)) };
    },
    put: (id, edited, stored) => {
      const rowTerms = stored?.rowTerms;
      const seen = rowTerms ? admitted([...reading, ...grants], rowTerms) : [...reading, ...grants].map((g) => g.view);
      const writers = rowTerms ? admitted(grants, rowTerms) : grants.map((grant) => grant.view);
      const blind = rowTerms !== undefined && admitted(reading, rowTerms).length === 0;
      return parts.lens.put({ type, id, stored, edited, writers, blind }, lookWith([...new Set(seen)]));
    },
    pseudonymous: pseudonymRole !== undefined,
    uidIn,
    uidOf: (id) => uidIn(type, id),
    nameRows: hiding === undefined ? undefined : (uids) => parts.pseudonyms.pseudonyms(hiding, type, uids),
    holder: cursorOwner(parts.policy, principal),
    shownId: (id) => (pseudonymRole === undefined ? id : parts.lens.pseudonymOf(pseudonymRole, type, id)),
    tellsCreation: grants.every((grant) => grant.view.spec.meta === 'show'),
    branch: (grant, criteria) => ({
      where: and([grant.filter, criteria]),
      see: (record) => parts.lens.see(record, lookWith([grant.view])),
      admits: (rowTerms) => admits(grant.filter, rowTerms),
    }),
  };
}

/** An access that shows no more of each resource than these subsets ask for. */
export function showingSubsets<T extends Access>(access: T, lens: Lens, subsets: readonly Subset[]): T {
  if (subsets.length === 0) return access;
  const show = (record: OpenRecord): Shown | undefined => {
    const shown = access.show(record);
    return shown && { ...shown, text: lens.subset(shown.text, record.type, subsets) };
  };
  return { ...access, show };
}

const hasNoClearance = ({ spec: { clearance } }: View): boolean =>
  clearance.kind === 'except' && clearance.labels.length === 0;

const ofType = (interaction: Interaction): boolean => interaction === 'search-type' || interaction === 'history-type';

function nameRecord(lens: Lens, record: OpenRecord, views: readonly View[]): Named | undefined {
  const [first] = views;
  if (!first) return undefined;
  const pseudonym = views.every((view) => view.pseudonymId);
  return {
    id: pseudonym ? lens.pseudonymOf(first.role, record.type, record.id) : record.id,
    versioned: views.some((view) => view.spec.meta === 'show'),
  };
}

function lookerOf(parts: AccessParts, principal: Principal, views: readonly View[]): Looker {
  const roles = rolesOf(parts.policy, principal).filter((role) => views.some((view) => view.role === role.file.role));
  const patient = patientInContext(principal);
  return {
    views,
    contained: (type) => {
      const found = roles.flatMap((role) => role.views.get(type) ?? []);
      return found.length === 0 && roles.some((role) => role.file.otherTypes) ? 'all' : found;
    },
    variables: {
      ...(patient === undefined ? {} : { patient: `Patient/${patient}` }),
      ...(principal.fhirUser === undefined ? {} : { fhirUser: principal.fhirUser }),
    },
  };
}

/** Through which views a principal looks at a type, whatever the rows. */
export function lookerFor(parts: AccessParts, principal: Principal, type: string, interaction: Interaction): Looker {
  const views = permitsOf(parts.policy, principal, type, interaction).map((permit) => permit.view);
  return lookerOf(parts, principal, views);
}

/** The token's `patient`, or `fhirUser` when that is a Patient. */
export function patientInContext(principal: Principal): string | undefined {
  if (principal.patient !== undefined) return principal.patient;
  return principal.fhirUser?.startsWith('Patient/') ? principal.fhirUser.slice('Patient/'.length) : undefined;
}

/** What a cursor of this principal is bound to. */
export function cursorOwner(policy: Policy, principal: Principal): CursorOwner {
  const patient = patientInContext(principal);
  return {
    subject: principal.subject,
    roles: [...principal.roles].sort(),
    scopes: principal.scopes?.map((s) => `${s.context}/${s.type}.${[...s.permissions].join('')}`).sort(),
    ...(patient === undefined ? {} : { patient }),
    policy: policy.fingerprint,
  };
}
