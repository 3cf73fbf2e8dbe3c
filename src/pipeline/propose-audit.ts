/** Reading and searching AuditEvents: rendered from the log, through the reader's view (VIEWS.md AuditEvent). */
import type { AuditReader, AuditSearch } from '../audit/search.ts';
import type { Masked } from '../core/brands.ts';
import { forbidden, notFound } from '../core/errors.ts';
import type { FhirRequest } from '../core/request.ts';
import type { BundleEntry, Proposal } from '../interactions/proposal.ts';
import { ignoredIssue, selfUrl } from '../interactions/searchset.ts';
import { decide, type Policy } from '../policy/policy.ts';
import { type Cursors, cursorIn } from '../search/cursor.ts';
import { cursorOwner, patientInContext } from './access.ts';

export interface ProposeAuditParts {
  readonly policy: Policy;
  readonly search: AuditSearch;
  readonly baseUrl: string;
  readonly cursors: Cursors;
  /** What a reader may be told of recorded queries. */
  mayTell(request: FhirRequest): AuditReader['mayTell'];
  /** Through the view of the reader's roles. */
  mask(event: RenderedResource, request: FhirRequest): Masked<{ readonly text: string }>;
}

type RenderedResource = Awaited<ReturnType<AuditSearch['search']>>['events'][number];

/** Makes the proposer for the type AuditEvent. */
export function createProposeAudit(parts: ProposeAuditParts): (request: FhirRequest) => Promise<Proposal> {
  return async (request) => {
    const { interaction } = request;
    const permits = decide(parts.policy, request.principal, 'AuditEvent', interaction);
    const reader = readerOf(
      parts,
      request,
      permits.every(({ view, scopedToPatient }) => view.spec.compartment || scopedToPatient),
    );
    if (interaction === 'read') return readEvent(parts, request, reader);
    if (interaction === 'search-type') return searchEvents(parts, request, reader);
    throw forbidden(`No role may ${interaction} an AuditEvent.`);
  };
}

type Reader = AuditReader | undefined;

// Undefined: a patient's token without a patient, which sees nothing.
function readerOf(parts: ProposeAuditParts, request: FhirRequest, ownAlone: boolean): Reader {
  const mayTell = parts.mayTell(request);
  if (!ownAlone) return { mayTell };
  const patient = patientInContext(request.principal);
  return patient === undefined ? undefined : { mayTell, onlyPatient: patient };
}

async function readEvent(parts: ProposeAuditParts, request: FhirRequest, reader: Reader): Promise<Proposal> {
  const event = reader && (await parts.search.read(request.id ?? '', reader));
  if (!event) throw notFound();
  return {
    status: 200,
    headers: {},
    body: { kind: 'resource', resource: parts.mask(event, request) },
    writes: [],
    resource: { type: 'AuditEvent', id: event.id },
    patients: event.patient === undefined ? [] : [event.patient],
  };
}

async function searchEvents(parts: ProposeAuditParts, request: FhirRequest, reader: Reader): Promise<Proposal> {
  const base = `${parts.baseUrl}/AuditEvent`;
  const holder = { ...cursorOwner(parts.policy, request.principal), place: 'search AuditEvent' };
  const cursor = cursorIn(request.parameters);
  const opened = cursor === undefined ? undefined : parts.cursors.open(cursor, holder);
  const parameters = opened?.parameters ?? request.parameters;
  const page = reader
    ? await parts.search.search({
        parameters,
        strict: request.strictHandling,
        reader,
        ...(opened ? { after: opened.after } : {}),
      })
    : { events: [], ignored: [], self: parameters, total: 0 };
  const next =
    page.next === undefined
      ? []
      : [
          [
            'next',
            `${base}?_cursor=${parts.cursors.seal({ after: page.next, parameters: page.self }, holder)}`,
          ] as const,
        ];
  const entries = page.events.map(
    (event): BundleEntry => ({ fullUrl: `${base}/${event.id}`, resource: parts.mask(event, request) }),
  );
  return {
    status: 200,
    headers: {},
    body: {
      kind: 'searchset',
      ...(page.total === undefined ? {} : { total: page.total }),
      links: [['self', selfUrl(base, page.self, request)], ...next],
      entries,
      issues: page.ignored.map(ignoredIssue),
    },
    writes: [],
    resource: { type: 'AuditEvent' },
    patients: [...new Set(page.events.flatMap((event) => event.patient ?? []))],
  };
}
