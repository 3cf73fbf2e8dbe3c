/** What the edge itself must put on record: refused tokens, requests over the rate, requests that cannot be read. */
import { FhirError, unavailable } from '../core/errors.ts';
import type { HttpParts, Refused, Throttled, Unauthenticated } from './http-parts.ts';
import { createRepeatEvents } from './repeat-events.ts';

export interface EdgeAudit {
  /** Each resolves once its record is durable, or joins the count of its source; rejects with 503. */
  unauthenticated(source: string, event: Unauthenticated): Promise<void>;
  throttled(source: string, event: Throttled): Promise<void>;
  refused(event: Refused): Promise<void>;
  /** Writes what is still counted, and stops the timer. Never rejects. */
  close(): Promise<void>;
}

/** How often the counts of past minutes are looked for. */
const SWEEP_MS = 5000;

/** Audits through the hooks; a record that cannot be made durable is 503. */
export function createEdgeAudit({ audit, clock, logger }: HttpParts): EdgeAudit {
  const counted = (count: number | undefined): { count?: number } => (count === undefined ? {} : { count });
  const bad = createRepeatEvents<Unauthenticated>({
    write: (event, count) => audit.onUnauthenticated({ ...event, ...counted(count) }),
    clock,
    logger,
  });
  const over = createRepeatEvents<Throttled>({
    write: (event, count) => audit.onThrottled({ ...event, ...counted(count) }),
    clock,
    logger,
  });
  const timer = setInterval(() => {
    void bad.sweep();
    void over.sweep();
  }, SWEEP_MS);
  timer.unref();
  return {
    unauthenticated: (source, event) => bad.note(source, event).catch(refuse),
    throttled: (source, event) => over.note(source, event).catch(refuse),
    refused: (event) => audit.onRefused(event).catch(refuse),
    close: async () => {
      clearInterval(timer);
      await Promise.all([bad.flush(), over.flush()]);
    },
  };
}

function refuse(error: unknown): never {
  throw error instanceof FhirError ? error : unavailable(error);
}
