/** Page cursors: a position and the query's own parameters, sealed and bound to who asks (CONTRACT.md "links"). */
import { badRequest } from '../core/errors.ts';
import { isArray, type Json } from '../core/json.ts';
import type { Uid } from '../core/plan.ts';
import type { Clock } from '../core/ports.ts';
import type { CursorSealer } from '../core/secrets.ts';
import type { Parameter } from './control-parameters.ts';

export interface Page {
  /** The last row of the page before; rows created before it follow. */
  readonly after: Uid;
  /** Its version at that time; 0 where the order does not depend on it. */
  readonly version?: number;
  /** As understood: `SearchQuery.self`. */
  readonly parameters: readonly Parameter[];
}

/** Who may use a cursor: another one, other rights or another policy make it foreign. */
export interface CursorHolder {
  readonly subject: string;
  readonly roles: readonly string[];
  /** As granted; undefined for a token without scopes. */
  readonly scopes: readonly string[] | undefined;
  /** Id of the patient in context. */
  readonly patient?: string;
  readonly policy: string;
  /** What is paged: `search Observation`. */
  readonly place: string;
}

export interface Cursors {
  /** Equal for equal requests within the hour. */
  seal(page: Page, holder: CursorHolder): string;
  /** Throws 400 for a stale or foreign one. */
  open(cursor: string, holder: CursorHolder): Page;
}

const HOUR = 3_600_000;
// What is sealed is padded: cursors are of one length, unless the caller's own query is very long.
const BLOCK = 1024;

/** Makes cursors that are good for an hour at least and two at most. */
export function createCursors(sealer: CursorSealer, clock: Clock): Cursors {
  const hour = (): number => Math.floor(clock() / HOUR);
  return {
    seal: ({ after, version = 0, parameters }, holder) => {
      const plain = JSON.stringify([after, version, parameters]);
      const length = Math.ceil(Buffer.byteLength(plain) / BLOCK) * BLOCK;
      return sealer.seal(plain + ' '.repeat(length - Buffer.byteLength(plain)), bindingOf(holder, hour()));
    },
    open: (cursor, holder) => {
      const plain =
        sealer.open(cursor, bindingOf(holder, hour())) ?? sealer.open(cursor, bindingOf(holder, hour() - 1));
      if (plain === undefined) throw staleCursor();
      return readPage(JSON.parse(plain));
    },
  };
}

// `_count` is what MedplumClient adds to every link that has none; the pages keep the size that they began with.
const BESIDE = new Set(['_format', '_pretty', '_count']);

/** The cursor among a request's parameters; it stands alone but for what changes nothing in the page. */
export function cursorIn(parameters: readonly Parameter[]): string | undefined {
  const cursor = parameters.find(([name]) => name === '_cursor');
  if (!cursor) return undefined;
  const isAlone = parameters.every((one) => one === cursor || BESIDE.has(one[0]));
  if (!isAlone) throw badRequest(`'_cursor' stands alone: follow the link as it was given.`);
  return cursor[1];
}

const bindingOf = (holder: CursorHolder, hour: number): string =>
  JSON.stringify([
    holder.subject,
    holder.roles.toSorted(),
    holder.scopes === undefined ? null : holder.scopes.toSorted(),
    holder.patient ?? null,
    holder.policy,
    holder.place,
    hour,
  ]);

/** 400: the page that a link leads to cannot be found any more. */
export const staleCursor = (): Error => badRequest('This page link is no longer good. Search again from the start.');

function readPage(json: Json): Page {
  const [after, version, parameters] = isArray(json) ? json : [];
  if (typeof after !== 'string' || typeof version !== 'number' || !isArray(parameters)) throw staleCursor();
  return { after, version, parameters: parameters.map(readParameter) };
}

function readParameter(json: Json): Parameter {
  const [name, value] = isArray(json) ? json : [];
  if (typeof name !== 'string' || typeof value !== 'string') throw staleCursor();
  return [name, value];
}
