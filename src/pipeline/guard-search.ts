/** Guards what a search asks of one type: which of the caller's roles answer it, and over what (CONTRACT.md "Tokens"). */
import { forbidden } from '../core/errors.ts';
import { type GuardParts, guardCriterion } from '../policy/guard-query.ts';
import type { Asked } from '../search/plan.ts';
import { withoutForeign } from '../search/pseudonym-criterion.ts';
import type { Conditions, Criterion, SearchParameter, SortKey } from '../search/query.ts';
import type { DecidedAccess, Grant } from './access.ts';

/** A role that answers, and its criteria with what each is answered over. */
export interface Answering {
  readonly grant: Grant;
  readonly asked: readonly Asked[];
}

export interface Guarded extends Conditions {
  readonly sort?: readonly SortKey[];
  /** A reference that is followed from the type's own rows. */
  readonly followed?: { readonly name: string; readonly param: SearchParameter };
}

/**
 * A search parameter is answered over the rows of the roles that allow it; so is an order, and a link by its reference.
 * Throws 403 that names what no role answers.
 */
export function guardSearch(guard: GuardParts, access: DecidedAccess, guarded: Guarded): readonly Answering[] {
  const answering: Answering[] = [];
  let refused: string | undefined;
  for (const grant of access.grants) {
    const asked = guarded.criteria.map((criterion) => ({
      criterion: access.pseudonymous ? withoutForeign(criterion) : criterion,
      reach: guardCriterion(guard, grant.view, criterion),
    }));
    const open = asked.filter((one): one is Asked => one.reach !== undefined);
    const closed = asked.find((one) => one.reach === undefined)?.criterion.name ?? closedWhole(guard, grant, guarded);
    if (closed === undefined) answering.push({ grant, asked: open });
    else refused ??= closed;
  }
  if (answering.length > 0 || refused === undefined) return answering;
  throw refusedBy(refused);
}

/** 403 for a parameter that no role of the caller answers. */
export const refusedBy = (name: string) =>
  forbidden(`The parameter ${name.slice(0, 128)} reads an element that your role does not see, or sees altered.`);

/** Whether a view answers a parameter over everything that it reads: an order, a link, an include. */
export const isWhole = (guard: GuardParts, { view }: Pick<Grant, 'view'>, param: SearchParameter): boolean =>
  guardCriterion(guard, view, plainly(param)) === 'whole';

const plainly = (param: SearchParameter): Criterion => ({ param, name: param.code, values: [] });

// CONTRACT.md "Parameters and views", 2: an order is never answered over some classes of items alone; nor is a link.
function closedWhole(guard: GuardParts, grant: Grant, { sort = [], links, followed }: Guarded): string | undefined {
  const key = sort.find(({ param }) => !isWhole(guard, grant, param));
  if (key) return key.param.code;
  const own = links.filter(({ kind }) => kind === 'chain');
  return [...own, ...(followed ? [followed] : [])].find(({ param }) => !isWhole(guard, grant, param))?.name;
}
