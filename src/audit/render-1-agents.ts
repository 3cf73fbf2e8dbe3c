/** Rendering 1: the agents of an event – the user, the client, this server. Never to be changed. */
import type { AuditAgent } from '../core/audit.ts';
import type { JsonObject } from '../core/json.ts';
import { type Coding, DCM, type EventKind } from './kinds.ts';
import type { AuditRecord } from './record-format.ts';

const APPLICATION: Coding = { system: DCM, code: '110150', display: 'Application' };
const DESTINATION: Coding = { system: DCM, code: '110152', display: 'Destination Role ID' };
const SOURCE: Coding = { system: DCM, code: '110153', display: 'Source Role ID' };
const CUSTODIAN: Coding = {
  system: 'http://terminology.hl7.org/CodeSystem/provenance-participant-type',
  code: 'custodian',
  display: 'Custodian',
};
const USER: Coding = {
  system: 'http://terminology.hl7.org/CodeSystem/v3-ParticipationType',
  code: 'IRCP',
  display: 'information recipient',
};

/** Whether the event tells enough of the token for BALP's OAUTHaccessTokenUse.Comprehensive. */
export function tellsToken(agent: AuditAgent): boolean {
  return agent.clientId !== undefined && agent.sub !== undefined && agent.tokenId !== undefined;
}

/** User (when one is known), client, server; one of them is the requestor. */
export function renderAgents(record: AuditRecord, kind: EventKind): readonly JsonObject[] {
  const user = userOf(record);
  const [client, server] = endsOf(kind);
  return [
    ...(user ? [user] : []),
    clientAgent(record.agent, client, user === undefined),
    {
      type: concept(server),
      who: { type: 'Device', identifier: { value: record.site }, display: 'Veil' },
      requestor: false,
      network: { address: record.site, type: '5' },
    },
  ];
}

// BALP: data flows to the client of a read; for a query DICOM's way is kept, by which the client is the source.
function endsOf(kind: EventKind): readonly [client: readonly Coding[], server: readonly Coding[]] {
  if (kind.action === 'R') return [[DESTINATION, APPLICATION], [SOURCE]];
  if (kind.action === 'D') return [[APPLICATION], [CUSTODIAN]];
  return [[SOURCE, APPLICATION], [DESTINATION]];
}

function userOf(record: AuditRecord): JsonObject | undefined {
  const { agent } = record;
  const name = agent.name ?? (agent.channel === 'cli' ? agent.address : '');
  const who = { ...referenceOf(agent), ...identifierOf(agent) };
  if (Object.keys(who).length === 0 && name === '') return undefined;
  return {
    type: concept([USER]),
    role: agent.roles.map((role) => ({ text: role })),
    who: { ...who, display: name },
    name,
    requestor: true,
    ...(agent.tokenId === undefined
      ? {}
      : { policy: [`urn:ietf:params:oauth:jti:${encodeURIComponent(agent.tokenId.toWellFormed())}`] }),
    purposeOfUse: purposes(record.purposeOfUse),
  };
}

/** R4 datatypes.html#code. */
const CODE = /^\S+(?: \S+)*$/;

/** Purposes of use as CodeableConcepts; what is no code stands as text. */
export function purposes(codes: readonly string[]): readonly JsonObject[] {
  return codes.map((code) =>
    CODE.test(code)
      ? { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/v3-ActReason', code }] }
      : { text: code },
  );
}

function referenceOf(agent: AuditAgent): JsonObject {
  return agent.fhirUser === undefined ? {} : { reference: agent.fhirUser };
}

function identifierOf(agent: AuditAgent): JsonObject {
  const value = agent.sub ?? agent.subject;
  if (value === undefined) return {};
  return { identifier: { ...(agent.issuer === undefined ? {} : { system: agent.issuer }), value } };
}

// The address stands in `network` alone, which a patient's view hides; never in `who`.
function clientAgent(agent: AuditAgent, types: readonly Coding[], requestor: boolean): JsonObject {
  const id = agent.clientId ?? (agent.channel === 'cli' ? 'veil-cli' : undefined);
  return {
    type: concept(types),
    who: id === undefined ? { display: 'unknown client' } : { identifier: { value: id } },
    requestor,
    ...(agent.channel === 'cli' ? {} : { network: { address: agent.address, type: '2' } }),
  };
}

const concept = (codings: readonly Coding[]): JsonObject => ({
  coding: codings.map(({ system, code, display }) => ({ system, code, display })),
});
