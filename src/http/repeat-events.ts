/** Lets repeated refusals of one source share one audit record a minute, with a count (CONTRACT.md "over the rate"). */
import type { Clock, Logger } from '../core/ports.ts';

export interface RepeatEventsOptions<Event> {
  /** Writes one audit record; `count` when it stands for several events. */
  readonly write: (event: Event, count?: number) => Promise<void>;
  readonly clock: Clock;
  readonly logger: Logger;
}

export interface RepeatEvents<Event> {
  /** The first event of a source is written before this resolves; further ones within a minute are counted. */
  note(source: string, event: Event): Promise<void>;
  /** Writes the counts of minutes that have ended. Never rejects. */
  sweep(): Promise<void>;
  /** Writes all counts. Never rejects. */
  flush(): Promise<void>;
}

interface Minute<Event> {
  readonly ends: number;
  /** The first event's record. */
  readonly written: Promise<void>;
  last: Event;
  /** Events after the first one. */
  more: number;
}

const MINUTE_MS = 60_000;
const MAX_SOURCES = 10_000;

/** Counts repeated events per source. */
export function createRepeatEvents<Event>({ write, clock, logger }: RepeatEventsOptions<Event>): RepeatEvents<Event> {
  const minutes = new Map<string, Minute<Event>>();

  // A count that cannot be written now stays for the next sweep.
  const close = async (source: string, minute: Minute<Event>): Promise<void> => {
    const { last, more } = minute;
    if (minutes.get(source) === minute) minutes.delete(source);
    if (more === 0) return;
    try {
      await write(last, more);
    } catch (error) {
      logger.error('repeated events not audited', { count: more, error });
      const later = minutes.get(source);
      if (later) later.more += more;
      else minutes.set(source, minute);
    }
  };

  const closeAll = async (due: (minute: Minute<Event>) => boolean): Promise<void> => {
    const ended = [...minutes].filter(([, minute]) => due(minute));
    await Promise.all(ended.map(([source, minute]) => close(source, minute)));
  };

  const open = (source: string, event: Event): Promise<void> => {
    const minute = { ends: clock() + MINUTE_MS, written: write(event), last: event, more: 0 };
    minutes.set(source, minute);
    return minute.written.catch((error: unknown) => {
      // Nothing of this minute is on record: the next event must be.
      if (minutes.get(source) === minute) minutes.delete(source);
      throw error;
    });
  };

  return {
    note: (source, event) => {
      const minute = minutes.get(source);
      if (minute && minute.ends > clock()) {
        minute.last = event;
        minute.more++;
        return minute.written;
      }
      // Not awaited: between look-up and `open` no other event of the source may come in.
      if (minute) void close(source, minute);
      const [oldest] = minutes;
      if (oldest && minutes.size >= MAX_SOURCES) void close(...oldest);
      return open(source, event);
    },
    sweep: () => closeAll((minute) => minute.ends <= clock()),
    flush: () => closeAll(() => true),
  };
}
