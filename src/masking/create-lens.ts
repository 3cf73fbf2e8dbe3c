/** The lens with everything that it needs of a server, made once. */
import type { Subset } from '../core/access.ts';
import { DamagedRecordError } from '../core/errors.ts';
import type { Json, JsonObject, ResourceJson } from '../core/json.ts';
import type { Term } from '../core/plan.ts';
import type { Clock } from '../core/ports.ts';
import type { MaskedText, OpenRecord } from '../core/record.ts';
import type { Pseudonyms, TermMaker } from '../core/secrets.ts';
import type { Labeller } from '../definitions/labeller.ts';
import type { Definitions } from '../definitions/types.ts';
import type { FhirNode, Variables } from '../fhirpath/path.ts';
import { isOver89 } from './age.ts';
import { explainResource, type Finding } from './explain.ts';
import type { MaskContext } from './get.ts';
import { type PutResult, putResource } from './lens.ts';
import { maskRendered } from './rendered.ts';
import { type Seeing, seeForSearch } from './see.ts';
import { createRecordMasker } from './splice.ts';
import { subsetText } from './subset.ts';
import type { View } from './view.ts';

/** Who looks: the views that admit the record, those for contained types, and what `%patient` stands for. */
export interface Looker {
  readonly views: readonly View[];
  contained(type: string): readonly View[] | 'all';
  readonly variables: Variables;
}

export interface LensParts {
  readonly definitions: Definitions;
  readonly terms: TermMaker;
  readonly pseudonyms: Pseudonyms;
  readonly baseUrl: string;
  readonly clock: Clock;
  classify(type: string, element: string, item: Json): string;
  readonly assign: Labeller;
  /** Whether the server gave a record a label. */
  isLabelled(type: string, rowTerms: ReadonlySet<Term>): boolean;
}

export interface Lens {
  /** The text that leaves. */
  mask(record: OpenRecord, looker: Looker): MaskedText;
  /** Parts of what `mask` gave. */
  subset(text: MaskedText, type: string, subsets: readonly Subset[]): MaskedText;
  /** The same as JSON, for what terms cannot decide. */
  see(record: OpenRecord, looker: Looker): ResourceJson;
  put(write: LensWrite, looker: Looker): PutResult;
  /** A rendered AuditEvent. */
  maskRendered(resource: ResourceJson, looker: Looker): MaskedText;
  pseudonymOf(role: string, type: string, id: string): string;
  /** What a looker's first view hides and alters of a resource, and why. */
  explain(resource: ResourceJson, looker: Looker): readonly Finding[];
}

export interface LensWrite {
  readonly type: string;
  readonly id: string;
  readonly stored: OpenRecord | undefined;
  readonly edited: JsonObject;
  /** Views whose write trees may permit it. */
  readonly writers: readonly View[];
  /** The caller may write the resource and not read it. */
  readonly blind: boolean;
}

/** Makes the lens. */
export function createLens(parts: LensParts): Lens {
  const maskRecord = createRecordMasker(parts.definitions);
  const pseudonymOf = (role: string, type: string, id: string): string =>
    parts.pseudonyms.pseudonym(role, type, parts.terms.uid(type, id));
  const seeingOf = (looker: Looker, record: Pick<OpenRecord, 'resource'> | undefined): Seeing => ({
    views: looker.views,
    contained: looker.contained,
    context: contextOf(parts, looker, { record, pseudonymOf }),
  });
  const seeingRecord = (looker: Looker, record: OpenRecord | undefined): Seeing => {
    const isLabelled = record !== undefined && parts.isLabelled(record.type, record.rowTerms);
    return { ...seeingOf(looker, record), ...(isLabelled ? { assign: parts.assign } : {}) };
  };
  return {
    pseudonymOf,
    mask: (record, looker) => maskRecord(record, seeingRecord(looker, record)),
    subset: (text, type, subsets) => subsetText(parts.definitions, type, text, subsets),
    maskRendered: (resource, looker) => maskRendered(resource, seeingOf(looker, undefined)),
    see: (record, looker) => seeForSearch(plain(record), record, seeingRecord(looker, record)),
    explain: (resource, looker) => {
      const [view] = looker.views;
      return view ? explainResource(resource, view, seeingOf(looker, { resource: () => resource })) : [];
    },
    put: (write, looker) =>
      putResource({
        type: write.type,
        id: write.id,
        edited: write.edited,
        blind: write.blind,
        ...(write.stored ? { stored: plain(write.stored) } : {}),
        seeing: seeingRecord(looker, write.stored),
        writers: write.writers.map((view) => ({ view, write: write.stored ? view.write : view.create })),
      }),
  };
}

function plain(record: OpenRecord): ResourceJson {
  const resource = record.resource();
  if (!resource) throw new DamagedRecordError('a deletion has no content');
  return resource;
}

interface Around {
  readonly record: Pick<OpenRecord, 'resource'> | undefined;
  pseudonymOf(role: string, type: string, id: string): string;
}

function contextOf(parts: LensParts, looker: Looker, around: Around): MaskContext {
  const role = looker.views[0]?.role ?? '';
  let over89: boolean | undefined;
  return {
    definitions: parts.definitions,
    baseUrl: parts.baseUrl,
    variables: looker.variables,
    classify: (type, element, item: FhirNode) => parts.classify(type, element, item.value ?? null),
    pseudonymOf: (type, id) => around.pseudonymOf(role, type, id),
    over89: () => {
      over89 ??= isOver89(around.record?.resource(), parts.clock());
      return over89;
    },
  };
}
