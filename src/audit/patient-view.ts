/** What a patient sees of an AuditEvent: who looked at the record, when and why, never at which resource (VIEWS.md). */
import { isArray, isObject, type Json, type JsonObject, member, type ResourceJson } from '../core/json.ts';

const OBSERVATION_VALUE = 'http://terminology.hl7.org/CodeSystem/v3-ObservationValue';
/** CONTRACT.md "label tags": as the view is, always. */
const LABELS = {
  security: [{ system: OBSERVATION_VALUE, code: 'REDACTED' }],
  tag: [{ system: OBSERVATION_VALUE, code: 'SUBSETTED' }],
};
const SHOWN = ['type', 'subtype', 'action', 'recorded', 'outcome', 'purposeOfEvent'];

/** The narrow view of a rendered event; every entity but the patient's is left out. */
export function patientView(event: ResourceJson): ResourceJson {
  return {
    resourceType: event.resourceType,
    ...(event.id === undefined ? {} : { id: event.id }),
    meta: { ...pick(member(event, 'meta'), ['versionId', 'lastUpdated']), ...LABELS },
    ...pick(event, SHOWN),
    agent: list(event, 'agent').map(narrowAgent),
    source: { observer: pick(member(objectAt(event, 'source'), 'observer'), ['reference', 'type']) },
    ...narrowEntities(event),
  };
}

function narrowAgent(agent: JsonObject): JsonObject {
  const who = pick(member(agent, 'who'), ['reference', 'type']);
  return {
    ...pick(agent, ['type', 'role']),
    ...(Object.keys(who).length > 0 ? { who } : {}),
    ...pick(agent, ['name', 'requestor']),
  };
}

/** `Patient/1` alone: a version would tell when the record changed. */
const PATIENT = /^Patient\/[A-Za-z0-9\-.]{1,64}$/;

function narrowEntities(event: ResourceJson): JsonObject {
  const entity = list(event, 'entity')
    .filter((item) => member(objectAt(item, 'role'), 'code') === '1')
    .filter((item) => PATIENT.test(String(member(objectAt(item, 'what'), 'reference'))))
    .map((item) => ({ what: pick(member(item, 'what'), ['reference']), ...pick(item, ['type']) }));
  return entity.length > 0 ? { entity } : {};
}

function pick(json: Json | undefined, names: readonly string[]): JsonObject {
  if (!isObject(json)) return {};
  return Object.fromEntries(names.filter((name) => Object.hasOwn(json, name)).map((name) => [name, json[name]]));
}

function objectAt(json: JsonObject, name: string): JsonObject {
  const value = member(json, name);
  return isObject(value) ? value : {};
}

function list(json: JsonObject, name: string): readonly JsonObject[] {
  const value = member(json, name);
  return isArray(value) ? value.filter(isObject) : [];
}
