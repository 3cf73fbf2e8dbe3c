/** Rendering 1: the entities of an event – patient first, then what was asked for, then the request. Never to be changed. */
import type { JsonObject } from '../core/json.ts';
import type { EventKind } from './kinds.ts';
import { type MayTell, maskQuery } from './mask-query.ts';
import type { AuditRecord } from './record-format.ts';

const ENTITY_TYPE = 'http://terminology.hl7.org/CodeSystem/audit-entity-type';
const OBJECT_ROLE = 'http://terminology.hl7.org/CodeSystem/object-role';
const PERSON = { system: ENTITY_TYPE, code: '1', display: 'Person' };
const SYSTEM_OBJECT = { system: ENTITY_TYPE, code: '2', display: 'System Object' };
const role = (code: string, display: string): JsonObject => ({ system: OBJECT_ROLE, code, display });

/** The patient's entity is the first whenever there is one. */
export function renderEntities(
  record: AuditRecord,
  kind: EventKind,
  patient: string | undefined,
  mayTell: MayTell,
): readonly JsonObject[] {
  const query = record.interaction === 'command' ? undefined : queryOf(record, mayTell);
  return [
    ...(patient === undefined
      ? []
      : [{ what: { reference: `Patient/${patient}` }, type: PERSON, role: role('1', 'Patient') }]),
    ...(kind.profile === 'Query' ? queryEntity(query) : dataEntity(record, query)),
    ...commandEntity(record),
    {
      what: { identifier: { value: record.requestId } },
      type: {
        system: 'https://profiles.ihe.net/ITI/BALP/CodeSystem/BasicAuditEntityType',
        code: 'XrequestId',
      },
    },
  ];
}

function queryEntity(query: JsonObject | undefined): readonly JsonObject[] {
  return [{ type: SYSTEM_OBJECT, role: role('24', 'Query'), ...query }];
}

function dataEntity(record: AuditRecord, query: JsonObject | undefined): readonly JsonObject[] {
  if (record.resource === undefined && query === undefined) return [];
  return [
    {
      ...(record.resource ? { what: whatOf(record.resource) } : {}),
      type: SYSTEM_OBJECT,
      role: role('4', 'Domain Resource'),
      ...query,
      ...(record.written === undefined ? {} : { detail: [{ type: 'sha-256', valueString: record.written }] }),
    },
  ];
}

function whatOf(resource: NonNullable<AuditRecord['resource']>): JsonObject {
  if (resource.id === undefined) return { type: resource.type };
  const version = resource.version === undefined ? '' : `/_history/${resource.version}`;
  return { reference: `${resource.type}/${resource.id}${version}` };
}

function commandEntity(record: AuditRecord): readonly JsonObject[] {
  if (record.interaction !== 'command' || record.query === undefined) return [];
  return [{ type: SYSTEM_OBJECT, role: role('20', 'Job'), name: record.query }];
}

// The query with the type that it was put to, as a relative URL: `Observation?code=…`. A search without one has none.
function queryOf(record: AuditRecord, mayTell: MayTell): JsonObject | undefined {
  const query = record.query ?? '';
  if (query === '' && record.interaction !== 'search-type') return undefined;
  const type = record.resource?.type;
  const text = `${type ?? ''}?${maskQuery(query, type, mayTell)}`;
  return { query: Buffer.from(text, 'utf8').toString('base64') };
}
