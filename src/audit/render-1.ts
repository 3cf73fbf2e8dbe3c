/** Rendering 1 of audit records, after IHE BALP 1.1 (https://profiles.ihe.net/ITI/BALP). Never to be changed. */
import type { JsonObject, ResourceJson } from '../core/json.ts';
import { type Coding, EVENT_KINDS, type EventKind } from './kinds.ts';
import type { MayTell } from './mask-query.ts';
import type { AuditRecord } from './record-format.ts';
import { purposes, renderAgents, tellsToken } from './render-1-agents.ts';
import { renderEntities } from './render-1-entities.ts';
import { withoutEmpty } from './without-empty.ts';

const BALP = 'https://profiles.ihe.net/ITI/BALP/StructureDefinition/IHE.BasicAudit.';

/** The event of one patient, or of none. */
export function renderVersion1(
  record: AuditRecord,
  id: string,
  patient: string | undefined,
  mayTell: MayTell,
): ResourceJson {
  const kind = EVENT_KINDS[record.interaction];
  const recorded = new Date(record.recorded).toISOString();
  const event = withoutEmpty({
    meta: { versionId: '1', lastUpdated: recorded, profile: profilesOf(record, kind, patient) },
    type: coding(kind.type),
    ...(kind.subtype ? { subtype: [coding(kind.subtype)] } : {}),
    action: kind.action,
    ...periodOf(record, recorded),
    recorded,
    outcome: record.outcome,
    ...outcomeDesc(record),
    purposeOfEvent: purposes(record.purposeOfUse),
    agent: renderAgents(record, kind),
    source: {
      site: record.site,
      observer: { type: 'Device', identifier: { value: record.site }, display: 'Veil' },
      type: [
        {
          system: 'http://terminology.hl7.org/CodeSystem/security-source-type',
          code: '4',
          display: 'Application Server',
        },
      ],
    },
    entity: renderEntities(record, kind, patient, mayTell),
  });
  return { resourceType: 'AuditEvent', id, ...event };
}

// The clock was set back, or the record stands for a span: say both ends.
function periodOf(record: AuditRecord, recorded: string): JsonObject {
  if (record.happened === undefined) return {};
  return { period: { start: new Date(record.happened).toISOString(), end: recorded } };
}

// BALP: a failure follows no profile, and each profile demands the client's network address, which the CLI lacks.
function profilesOf(record: AuditRecord, kind: EventKind, patient: string | undefined): readonly string[] {
  if (record.outcome !== '0' || !kind.profile || record.agent.channel === 'cli') return [];
  if (kind.profile !== 'Query' && record.resource?.id === undefined) return [];
  const main = `${BALP}${patient === undefined ? '' : 'Patient'}${kind.profile}`;
  return tellsToken(record.agent) ? [main, `${BALP}OAUTHaccessTokenUse.Comprehensive`] : [main];
}

function outcomeDesc(record: AuditRecord): JsonObject {
  const parts = [
    ...(record.outcome === '0' ? [] : [`HTTP ${record.status}`]),
    ...(record.count === undefined ? [] : [`stands for ${record.count} like events`]),
  ];
  return parts.length > 0 ? { outcomeDesc: parts.join('; ') } : {};
}

const coding = ({ system, code, display }: Coding): JsonObject => ({ system, code, display });
