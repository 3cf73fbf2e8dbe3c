/** The compact JSON that a sealed audit record holds, version 1: short keys, absent where there is nothing to say. */
import type { AuditAgent, AuditFacts } from '../core/audit.ts';
import { DamagedRecordError } from '../core/errors.ts';
import { isArray, isObject, type Json, type JsonObject, member } from '../core/json.ts';
import { isInteraction, isOutcome } from './kinds.ts';

/** A record as it was written: what happened, and which server says so. */
export interface AuditRecord extends AuditFacts {
  /** Version of the rendering that this record asks for, for ever. */
  readonly rendering: number;
  /** Base URL of the server that recorded it. */
  readonly site: string;
  /** When it happened by the clock, where that is not `recorded` (a clock set back, a sum of several). */
  readonly happened?: number;
}

/** Longest query that a record keeps; what is longer ends in an ellipsis. */
const QUERY_LIMIT = 8192;

/** Writes a record; key by key, so that equal records have equal bytes. */
export function writeRecord(record: AuditRecord): string {
  const { resource: x, agent } = record;
  return JSON.stringify({
    v: record.rendering,
    t: record.recorded,
    e: record.happened,
    i: record.interaction,
    o: record.outcome,
    s: record.status,
    b: record.site,
    a: {
      s: agent.subject,
      z: agent.issuer,
      u: agent.sub,
      c: agent.clientId,
      f: agent.fhirUser,
      n: agent.name,
      l: some(agent.roles),
      k: agent.tokenId,
      d: agent.address,
      h: agent.channel === 'cli' ? 1 : undefined,
    },
    p: some(record.purposeOfUse),
    x: x && [x.type, x.id ?? null, x.version ?? null],
    k: some(record.patients),
    q: record.query === undefined ? undefined : bounded(record.query),
    n: record.count,
    w: record.written,
    r: record.requestId,
  });
}

/** Reads what `writeRecord` wrote; throws `DamagedRecordError` for anything else. */
export function parseRecord(text: string): AuditRecord {
  const json = parse(text);
  const interaction = need(string(json, 'i'));
  const outcome = need(string(json, 'o'));
  if (!isInteraction(interaction) || !isOutcome(outcome)) throw new DamagedRecordError();
  return {
    rendering: need(number(json, 'v')),
    recorded: need(number(json, 't')),
    interaction,
    outcome,
    status: need(number(json, 's')),
    site: need(string(json, 'b')),
    agent: readAgent(json),
    purposeOfUse: strings(json, 'p'),
    patients: strings(json, 'k'),
    requestId: need(string(json, 'r')),
    ...optional('happened', number(json, 'e')),
    ...optional('resource', readResource(member(json, 'x'))),
    ...optional('query', string(json, 'q')),
    ...optional('count', number(json, 'n')),
    ...optional('written', string(json, 'w')),
  };
}

function readAgent(record: JsonObject): AuditAgent {
  const json = member(record, 'a');
  if (!isObject(json)) throw new DamagedRecordError();
  return {
    roles: strings(json, 'l'),
    address: need(string(json, 'd')),
    channel: number(json, 'h') === 1 ? 'cli' : 'http',
    ...optional('subject', string(json, 's')),
    ...optional('issuer', string(json, 'z')),
    ...optional('sub', string(json, 'u')),
    ...optional('clientId', string(json, 'c')),
    ...optional('fhirUser', string(json, 'f')),
    ...optional('name', string(json, 'n')),
    ...optional('tokenId', string(json, 'k')),
  };
}

function readResource(json: Json | undefined): AuditFacts['resource'] {
  if (!isArray(json)) return undefined;
  const [type, id, version] = json;
  if (typeof type !== 'string') throw new DamagedRecordError();
  return {
    type,
    ...(typeof id === 'string' ? { id } : {}),
    ...(typeof version === 'number' ? { version } : {}),
  };
}

function parse(text: string): JsonObject {
  try {
    const json: Json = JSON.parse(text);
    if (isObject(json)) return json;
  } catch (cause) {
    throw new DamagedRecordError('audit record', { cause });
  }
  throw new DamagedRecordError('audit record');
}

function bounded(text: string): string {
  return text.length <= QUERY_LIMIT ? text : `${text.slice(0, QUERY_LIMIT - 1).toWellFormed()}…`;
}

const some = (list: readonly string[]): readonly string[] | undefined => (list.length > 0 ? list : undefined);

function string(json: JsonObject, key: string): string | undefined {
  const value = member(json, key);
  return typeof value === 'string' ? value : undefined;
}

function number(json: JsonObject, key: string): number | undefined {
  const value = member(json, key);
  return typeof value === 'number' ? value : undefined;
}

function strings(json: JsonObject, key: string): readonly string[] {
  const value = member(json, key);
  return isArray(value) ? value.filter((item) => typeof item === 'string') : [];
}

function need<T>(value: T | undefined): T {
  if (value === undefined) throw new DamagedRecordError('audit record');
  return value;
}

function optional<K extends string, T>(key: K, value: T | undefined): { readonly [P in K]?: T } {
  const result: { [P in K]?: T } = {};
  if (value !== undefined) result[key] = value;
  return result;
}
