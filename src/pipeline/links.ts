/**
 * Chains and `_has` for one caller: each hop is a search of the caller, with the views, row filters and labels of its
 * own type (CONTRACT.md "Parameters and views"; ADR 0027). Terms narrow a hop in the store's plan; what they do not
 * decide is looked at, hop after hop, in what the caller sees.
 */
import type { SearchBranch } from '../core/access.ts';
import { FhirError } from '../core/errors.ts';
import type { ResourceJson } from '../core/json.ts';
import { and, or, type Plan, referredBy, refersTo, type Uid } from '../core/plan.ts';
import type { Principal } from '../core/principal.ts';
import type { OpenRecord } from '../core/record.ts';
import type { GuardParts } from '../policy/guard-query.ts';
import { allOf, type Bounds } from '../search/bounds.ts';
import { matches } from '../search/matches.ts';
import { targetOf } from '../search/params/reference.ts';
import { boundCriteria, decidedByTerms, needsBound } from '../search/plan.ts';
import type { Conditions, Criterion, Link, SearchParameter } from '../search/query.ts';
import { referenceParameter } from '../search/term-names.ts';
import { parameterNodes } from '../search/values.ts';
import type { Repository } from '../store/repository.ts';
import { type AccessParts, createAccess, type DecidedAccess } from './access.ts';
import { guardSearch } from './guard-search.ts';

export interface LinkParts extends AccessParts {
  readonly repository: Repository;
  readonly guard: GuardParts;
  readonly baseUrl: string;
}

/** A link as one caller may use it. */
export interface CallersLink {
  /** Of rows of the searched type. */
  readonly bounds: Bounds;
  /** Whether the terms decide it. */
  readonly decided: boolean;
  /** Rows that criteria with few terms would leave. */
  readonly weak: readonly WeakRows[];
  /** Whether a record, as it is seen, meets it. */
  meets(record: OpenRecord, seen: ResourceJson): Promise<boolean>;
}

export interface WeakRows {
  readonly type: string;
  readonly where: Plan;
}

/** Who searches from which type. */
export interface LinkOwner {
  readonly principal: Principal;
  readonly access: Pick<DecidedAccess, 'uidIn'>;
}

/** Puts the caller's rights behind a link; throws 403 where a hop is closed to it, by definitions alone. */
export function linkFor(parts: LinkParts, owner: LinkOwner, link: Link): CallersLink {
  const ends = openEnds(parts, owner, link);
  const codes = link.param.indexes.map((code) => referenceParameter(link.param, code));
  const joined = (whereOf: (end: End) => Plan): Plan =>
    or(
      ends.flatMap((end) => {
        const hop = { type: end.type, where: whereOf(end) };
        return codes.map((code) => (link.kind === 'chain' ? refersTo(code, hop) : referredBy(code, hop)));
      }),
    );
  return {
    bounds: { possible: joined((end) => end.possible), certain: joined((end) => end.certain) },
    decided: ends.every((end) => end.decided),
    weak: ends.flatMap((end) => end.weak),
    meets: (record, seen) =>
      link.kind === 'chain'
        ? leadsTo(ends, uidsOf(parts, owner, link.param, seen))
        : isNamed(parts, ends, codes, record.uid),
  };
}

/** The resources of this server that a reference parameter names in what a caller sees. */
export function uidsOf(
  { baseUrl }: Pick<LinkParts, 'baseUrl'>,
  { access }: Pick<LinkOwner, 'access'>,
  param: SearchParameter,
  seen: ResourceJson,
): readonly { readonly type: string; readonly uid: Uid }[] {
  return parameterNodes(param, seen).flatMap((node) => {
    const target = targetOf(node, baseUrl);
    const uid = target && access.uidIn(target.type, target.id);
    return target && uid !== undefined ? [{ type: target.type, uid }] : [];
  });
}

// A chain that names no type is a search of those types that the caller may search so; where there is none, it is told.
function openEnds(parts: LinkParts, owner: LinkOwner, link: Link): readonly End[] {
  let refusal: FhirError | undefined;
  const ends = link.ends.flatMap(({ type, conditions }) => {
    try {
      return [endFor(parts, owner, { link, type, conditions })];
    } catch (error) {
      if (!(error instanceof FhirError) || error.issues.some(({ code }) => code !== 'forbidden')) throw error;
      refusal ??= error;
      return [];
    }
  });
  if (ends.length === 0 && refusal) throw refusal;
  return ends;
}

interface End {
  readonly type: string;
  readonly possible: Plan;
  readonly certain: Plan;
  readonly decided: boolean;
  readonly weak: readonly WeakRows[];
  /** Whether the row is in the caller's sight and meets the conditions. */
  holds(uid: Uid): Promise<boolean>;
  holdsRecord(record: OpenRecord, names?: Uid): Promise<boolean>;
}

interface Asking {
  readonly link: Link;
  readonly type: string;
  readonly conditions: Conditions;
}

function endFor(parts: LinkParts, { principal }: LinkOwner, { link, type, conditions }: Asking): End {
  const access = createAccess(parts, principal, { type, interaction: 'search-type' });
  const followed = link.kind === 'has' ? { followed: link } : {};
  const answering = guardSearch(parts.guard, access, { ...conditions, ...followed });
  const owner = { principal, access };
  const inner = conditions.links.map((one) => linkFor(parts, owner, one));
  const roles = answering.map(({ grant, asked }) => {
    const bounds = allOf([
      boundCriteria({ terms: parts.terms, uidOf: access.uidIn }, asked),
      ...inner.map((one) => one.bounds),
    ]);
    return { branch: access.branch(grant, bounds.possible), certain: and([grant.filter, bounds.certain]) };
  });
  const everyRow = or(answering.map(({ grant }) => grant.filter));
  const holdsRecord = async (record: OpenRecord, names?: Uid): Promise<boolean> => {
    for (const { branch } of roles) {
      const seen = sightOf(record, branch);
      if (!seen || !conditions.criteria.every((one) => meetsCriterion(one, seen, parts))) continue;
      if (names !== undefined && !uidsOf(parts, owner, link.param, seen).some(({ uid }) => uid === names)) continue;
      if (await meetsAll(inner, record, seen)) return true;
    }
    return false;
  };
  const known = new Map<Uid, Promise<boolean>>();
  return {
    type,
    possible: or(roles.map(({ branch }) => branch.where)),
    certain: or(roles.map(({ certain }) => certain)),
    decided: conditions.criteria.every(decidedByTerms) && inner.every((one) => one.decided),
    weak: [
      ...(conditions.criteria.some(needsBound) ? [{ type, where: everyRow }] : []),
      ...inner.flatMap((one) => one.weak),
    ],
    holds: (uid) => {
      const found =
        known.get(uid) ?? parts.repository.readUid(uid).then((row) => row !== undefined && holdsRecord(row));
      known.set(uid, found);
      return found;
    },
    holdsRecord,
  };
}

const sightOf = (record: OpenRecord, branch: SearchBranch): ResourceJson | undefined =>
  !record.deleted && branch.admits(record.rowTerms) ? branch.see(record) : undefined;

const meetsCriterion = (criterion: Criterion, seen: ResourceJson, { baseUrl }: LinkParts): boolean =>
  matches(criterion, seen, { baseUrl });

/** Whether a record meets every link. */
export async function meetsAll(
  links: readonly CallersLink[],
  record: OpenRecord,
  seen: ResourceJson,
): Promise<boolean> {
  for (const link of links) if (!(await link.meets(record, seen))) return false;
  return true;
}

async function leadsTo(ends: readonly End[], targets: ReturnType<typeof uidsOf>): Promise<boolean> {
  for (const end of ends) {
    for (const { type, uid } of targets) if (type === end.type && (await end.holds(uid))) return true;
  }
  return false;
}

const LOOK_AT_ONCE = 100;

// The hop's rows are few (`MOST_HOP_ROWS`), and each names few others, so that all looks together are bounded.
async function isNamed(
  { repository }: LinkParts,
  ends: readonly End[],
  codes: readonly string[],
  uid: Uid,
): Promise<boolean> {
  const naming = or(codes.map((parameter) => ({ op: 'reference', parameter, uid }) as const));
  for (const end of ends) {
    const where = and([end.possible, naming]);
    for (let after: Uid | undefined; ; ) {
      const page = { type: end.type, where, limit: LOOK_AT_ONCE, ...(after === undefined ? {} : { after }) };
      const rows = await repository.rows(page);
      for (const row of rows) if (await end.holdsRecord(row, uid)) return true;
      after = rows.at(-1)?.uid;
      if (rows.length < LOOK_AT_ONCE) break;
    }
  }
  return false;
}
