/** Renders audit records as AuditEvents: one for each patient concerned, one without a patient when there is none. */
import { DamagedRecordError } from '../core/errors.ts';
import type { ResourceJson } from '../core/json.ts';
import type { MayTell } from './mask-query.ts';
import type { AuditRecord } from './record-format.ts';
import { renderVersion1 } from './render-1.ts';

/** What a rendering needs beside the record. It must not read the configuration: old events keep their bytes. */
export interface RenderContext {
  /** Id of the record's event `index`. */
  readonly eventId: (index: number) => string;
  /** Which values of the recorded query the reader may be told. */
  readonly mayTell: MayTell;
}

/** Renders the event of one patient, or of none; `patient` is one of the record's. */
export type Renderer = (record: AuditRecord, id: string, patient: string | undefined, mayTell: MayTell) => ResourceJson;

/** The rendering that new records ask for. */
export const CURRENT_RENDERING = 1;

/** A rendering that has shipped never changes; test/golden/audit holds its bytes. */
const RENDERERS: ReadonlyMap<number, Renderer> = new Map([[1, renderVersion1]]);

/** How many events a record stands for. */
export const eventCount = (record: AuditRecord): number => Math.max(1, record.patients.length);

/** The event `index` of a record; undefined when it has no such event. */
export function renderAuditEvent(record: AuditRecord, index: number, context: RenderContext): ResourceJson | undefined {
  const render = RENDERERS.get(record.rendering);
  if (!render) throw new DamagedRecordError('audit record of an unknown rendering');
  if (!Number.isInteger(index) || index < 0 || index >= eventCount(record)) return undefined;
  return render(record, context.eventId(index), record.patients[index], context.mayTell);
}

/** All events of a record, in the order of its patients. */
export function renderAuditEvents(record: AuditRecord, context: RenderContext): readonly ResourceJson[] {
  return Array.from({ length: eventCount(record) }, (_, index) => renderAuditEvent(record, index, context)).filter(
    (event) => event !== undefined,
  );
}
