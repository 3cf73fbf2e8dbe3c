/** Reads and searches AuditEvents, each through what its reader may see. */
import { badRequest, tooCostly } from '../core/errors.ts';
import type { ResourceJson } from '../core/json.ts';
import type { Clock } from '../core/ports.ts';
import type { TermMaker } from '../core/secrets.ts';
import { createAuditTerms } from './audit-terms.ts';
import type { MayTell } from './mask-query.ts';
import { type ParsedQuery, parseAuditQuery, type RawQuery } from './parse-query.ts';
import { patientView } from './patient-view.ts';
import type { AuditCrypto, AuditStorePort, EventPosition } from './ports.ts';
import type { AuditRecord } from './record-format.ts';
import { renderAuditEvent } from './render.ts';
import { openRow, walkLog } from './walk-log.ts';

export interface AuditSearchParts {
  readonly store: AuditStorePort;
  readonly crypto: Pick<AuditCrypto, 'open' | 'eventId' | 'parseEventId'>;
  readonly terms: TermMaker;
  readonly baseUrl: string;
  readonly clock: Clock;
}

/** Who reads: with `onlyPatient`, a patient's narrow view of the events that concern this patient, and no others. */
export interface AuditReader {
  readonly onlyPatient?: string;
  readonly mayTell: MayTell;
}

export interface AuditQuery extends Omit<RawQuery, 'onlyPatient'> {
  readonly reader: AuditReader;
  /** `next` of the page before. */
  readonly after?: string;
}

/** An AuditEvent as this reader may see it. */
export interface RenderedEvent {
  readonly id: string;
  /** The patient concerned. */
  readonly patient?: string;
  readonly resource: ResourceJson;
}

export interface AuditPage extends Pick<ParsedQuery, 'ignored' | 'self'> {
  /** Newest first. */
  readonly events: readonly RenderedEvent[];
  /** Where the next page begins; a page may be short, even empty, when much had to be looked through. */
  readonly next?: string;
  /** Given when this page is the first and holds all, and when it was asked for. */
  readonly total?: number;
}

export interface AuditSearch {
  /** Undefined for an id that is unknown or out of the reader's sight. */
  read(id: string, reader: AuditReader): Promise<RenderedEvent | undefined>;
  search(query: AuditQuery): Promise<AuditPage>;
  /** `recorded` of the newest record, 0 for an empty log: what `createAuditRecorder` takes as `notBefore`. */
  newest(): Promise<number>;
}

/** Records opened for one page at most; then the page ends where it stands. */
const PAGE_BUDGET = 5000;
/** CONTRACT.md `_total`: exact to so many, `too-costly` beyond. */
const COUNT_LIMIT = 100_000;

interface EventRef extends EventPosition {
  readonly record: AuditRecord;
}

interface Collected {
  readonly events: readonly EventRef[];
  readonly next?: EventPosition;
}

/** Makes the search over one store. */
export function createAuditSearch(given: AuditSearchParts): AuditSearch {
  const parts = { ...given, terms: createAuditTerms(given.terms) };
  const render = (ref: EventRef, reader: AuditReader): readonly RenderedEvent[] => renderFor(parts.crypto, ref, reader);
  return {
    async read(id, reader) {
      const place = parts.crypto.parseEventId(id);
      const row = place && (await parts.store.get(place.seq));
      if (!place || !row) return undefined;
      return render({ ...place, record: openRow(parts, row) }, reader)[0];
    },
    async search({ reader, after, ...raw }) {
      const own = reader.onlyPatient === undefined ? {} : { onlyPatient: reader.onlyPatient };
      const query = parseAuditQuery(parts, { parameters: raw.parameters, strict: raw.strict, ...own });
      const echo = { ignored: query.ignored, self: query.self };
      if (query.countOnly) return { ...echo, events: [], total: await countAll(parts, query) };
      const { events, next } = await collect(parts, query, startOf(parts.crypto, after));
      const whole = after === undefined && next === undefined;
      const counted = query.total === 'accurate' && !whole ? await countAll(parts, query) : undefined;
      const total = whole ? events.length : counted;
      return {
        ...echo,
        events: events.flatMap((ref) => render(ref, reader)),
        ...(next ? { next: parts.crypto.eventId(next.seq, next.index) } : {}),
        ...(total === undefined ? {} : { total }),
      };
    },
    async newest() {
      const row = await parts.store.get(await parts.store.newest());
      return row ? openRow(parts, row).recorded : 0;
    },
  };
}

function renderFor(crypto: AuditSearchParts['crypto'], ref: EventRef, reader: AuditReader): readonly RenderedEvent[] {
  const patient = ref.record.patients[ref.index];
  if (reader.onlyPatient !== undefined && reader.onlyPatient !== patient) return [];
  const event = renderAuditEvent(ref.record, ref.index, {
    eventId: (index) => crypto.eventId(ref.seq, index),
    mayTell: reader.mayTell,
  });
  if (!event) return [];
  const resource = reader.onlyPatient === undefined ? event : patientView(event);
  return [{ id: crypto.eventId(ref.seq, ref.index), resource, ...(patient === undefined ? {} : { patient }) }];
}

function startOf(crypto: Pick<AuditCrypto, 'parseEventId'>, after: string | undefined): EventPosition | undefined {
  if (after === undefined) return undefined;
  const place = crypto.parseEventId(after);
  if (!place) throw badRequest('The page cursor is not valid. Begin the search again.');
  return place;
}

type WalkParts = Parameters<typeof walkLog>[0];

// One event more than asked for tells whether there is a next page.
async function collect(parts: WalkParts, query: ParsedQuery, after: EventPosition | undefined): Promise<Collected> {
  const events: EventRef[] = [];
  let visited = 0;
  for await (const { seq, record, indexes } of walkLog(parts, query, after)) {
    for (const index of indexes) {
      const last = events.at(-1);
      if (events.length === query.count && last) return { events, next: last };
      events.push({ seq, index, record });
    }
    visited++;
    if (visited >= PAGE_BUDGET && seq > 1)
      return { events, next: { seq, index: Math.max(0, record.patients.length - 1) } };
  }
  return { events };
}

async function countAll(parts: WalkParts, query: ParsedQuery): Promise<number> {
  let count = 0;
  let visited = 0;
  for await (const { indexes } of walkLog(parts, query)) {
    count += indexes.length;
    visited++;
    if (visited > COUNT_LIMIT) throw tooCostly('Too many events to count. Narrow the search by patient or date.');
  }
  return count;
}
