/** Reads what a history asks, and binds its pages to who asks. */
import { or } from '../core/plan.ts';
import type { FhirRequest } from '../core/request.ts';
import { history } from '../interactions/history.ts';
import type { InteractionContext, Proposal } from '../interactions/proposal.ts';
import { type Cursors, cursorIn } from '../search/cursor.ts';
import { parseHistory, versionText } from '../search/parse-history.ts';
import type { DecidedAccess } from './access.ts';

export interface HistoryAsking {
  readonly request: FhirRequest;
  readonly access: DecidedAccess;
}

/** The answer to a history of a resource or of a type. */
export function proposeHistory(
  cursors: Cursors,
  context: InteractionContext,
  { request, access }: HistoryAsking,
): Promise<Proposal> {
  const { type, id, parameters, strictHandling } = request;
  const holder = { ...access.holder, place: `history ${type}${id === undefined ? '' : `/${id}`}` };
  const cursor = cursorIn(parameters);
  const opened = cursor === undefined ? undefined : cursors.open(cursor, holder);
  const asked = parseHistory({
    parameters: opened?.parameters ?? parameters,
    strict: strictHandling,
    ...(opened ? { after: opened.after } : {}),
  });
  return history(
    {
      ...context,
      asked,
      where: or(access.grants.map((grant) => grant.filter)),
      cursorAfter: (version) => cursors.seal({ after: versionText(version), parameters: asked.self }, holder),
    },
    request,
  );
}
