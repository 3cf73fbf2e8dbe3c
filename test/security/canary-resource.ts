/** Builds resources in which every element that can hold a text, a date or a number holds one of its own. */
import type { Definitions, ElementDef, TypeDef } from '../../src/definitions/types.ts';
import { keepInvariants, NEEDED } from './canary-invariants.ts';

/** One planted value and where it stands. */
export interface Canary {
  /** As it stands in an answer's text. */
  readonly value: string;
  /** Elements by base name from the type down; an item class stands behind a colon (`identifier:SSN`). */
  readonly path: readonly string[];
  /** What VIEWS.md treats apart: inside an extension, an element's own id. */
  readonly inExtension: boolean;
  readonly elementId: boolean;
  /** Types of the elements on the way, beside `path`. */
  readonly types: readonly string[];
  /** Type of the contained resource that holds it. */
  readonly contained?: string;
}

// biome-ignore lint/suspicious/noExplicitAny: resources of any type are put together here
export type Built = any;

export interface CanaryResource {
  readonly resource: Built;
  readonly canaries: readonly Canary[];
}

interface Place {
  readonly path: readonly string[];
  readonly types: readonly string[];
  readonly inExtension: boolean;
  readonly contained?: string;
  readonly depth: number;
  /** Which type of each choice is taken. */
  readonly variant: number;
}

export interface CanaryMaker {
  build(type: string, options: { readonly variant: number; readonly contained?: boolean }): CanaryResource;
  /** How many variants it takes to meet each type of each choice. */
  variants(type: string): number;
}

const DAY = 86_400_000;
const FIRST_DAY = Date.UTC(1000, 0, 1);
// An extension has fifty types of value: one is enough; modifierExtension decides over the whole resource.
const LEFT_OUT: ReadonlySet<string> = new Set(['extension', 'modifierExtension', 'contained', 'id']);
const CONTAINED = ['Practitioner', 'Organization', 'Medication', 'Condition', 'RelatedPerson'] as const;

/** Ids of the patient whom the resources are about, and of another one. */
export const OWNER = 'can-patient-0';
export const OTHER = 'can-patient-1';
const IDENTIFIERS = ['SSN', 'MRN', 'NPI', 'other'];
const ITEMS: Readonly<Record<string, readonly string[]>> = { 'Appointment.participant': ['self', 'other'] };
const OWNED: Readonly<Record<string, string>> = {
  Observation: 'subject',
  MedicationRequest: 'subject',
  Condition: 'subject',
  Encounter: 'subject',
  Consent: 'patient',
  Coverage: 'beneficiary',
};

// Whom it is about, and what lets it pass the row filters of VIEWS.md.
function settle(resource: Built): void {
  const owned = OWNED[resource.resourceType];
  if (owned) resource[owned].reference = `Patient/${OWNER}`;
  if (resource.resourceType === 'Observation') resource.category.unshift({ coding: [{ code: 'laboratory' }] });
}

/** Canaries are unique over all that one maker builds. */
export function createCanaryMaker(definitions: Definitions, depth = 3): CanaryMaker {
  let count = 0;
  let planted: Canary[] = [];

  const plant = (place: Place, value: string, elementId = false): string => {
    const { path, types, inExtension, contained } = place;
    planted.push({ value, path, types, inExtension, elementId, ...(contained === undefined ? {} : { contained }) });
    return value;
  };
  const text = (): string => `Canary${String(++count).padStart(6, '0')}`;
  const day = (): string => new Date(FIRST_DAY + ++count * DAY).toISOString().slice(0, 10);

  const makers: Readonly<Record<string, (place: Place) => unknown>> = {
    date: (place) => plant(place, day()),
    dateTime: (place) => `${plant(place, day())}T01:02:03Z`,
    instant: (place) => `${plant(place, day())}T01:02:03.004Z`,
    time: (place) => plant(place, `11:${String(count % 60).padStart(2, '0')}:12.${String(++count).padStart(6, '0')}`),
    integer: (place) => Number(plant(place, String(700_000_000 + ++count))),
    unsignedInt: (place) => Number(plant(place, String(700_000_000 + ++count))),
    positiveInt: (place) => Number(plant(place, String(700_000_000 + ++count))),
    decimal: (place) => Number(`${plant(place, String(700_000_000 + ++count))}.5`),
    boolean: () => true,
    base64Binary: (place) => plant(place, Buffer.from(text()).toString('base64')),
    oid: (place) => `urn:oid:1.2.${plant(place, String(700_000_000 + ++count))}`,
    uuid: (place) => `urn:uuid:00000000-0000-4000-8000-${plant(place, String(700_000_000 + ++count))}000`,
    uri: (place) => `urn:canary:${plant(place, text())}`,
    url: (place) => `https://example.org/${plant(place, text())}`,
    canonical: (place) => `https://example.org/${plant(place, text())}`,
    xhtml: (place) => `<div xmlns="http://www.w3.org/1999/xhtml">${plant(place, text())}</div>`,
  };

  const extensions = (place: Place): unknown => {
    const inside = { ...place, inExtension: true };
    return [
      { url: `https://example.org/x/${plant(inside, text())}`, valueString: plant(inside, text()) },
      {
        url: `https://example.org/y/${plant(inside, text())}`,
        valueCodeableConcept: { text: plant(inside, text()), coding: [{ display: plant(inside, text()) }] },
      },
    ];
  };

  const primitive = (element: ElementDef, type: string, place: Place): unknown => {
    const bound = element.binding?.strength === 'required' ? definitions.codes(element.binding.valueSet) : undefined;
    if (bound) return [...bound][0];
    return (makers[type] ?? ((at) => plant(at, text())))(place);
  };

  const member = (out: Built, element: ElementDef, parent: Place): void => {
    const picked = element.choice ? parent.variant % element.types.length : 0;
    const code = element.types[picked]?.code;
    const type = code === undefined ? undefined : definitions.type(code);
    if (!code || !type || LEFT_OUT.has(element.name)) return;
    if (type.kind !== 'primitive' && parent.depth >= depth && element.min === 0) return;
    const place: Place = {
      ...parent,
      path: [...parent.path, element.name],
      types: [...parent.types, code],
      depth: parent.depth + 1,
    };
    const many = element.max > 1;
    const name = element.choice ? `${element.name}${code.charAt(0).toUpperCase()}${code.slice(1)}` : element.name;
    if (type.kind === 'primitive') {
      const value = primitive(element, code, place);
      const sibling = { id: plant(place, text(), true), extension: extensions(place) };
      out[name] = many ? [value] : value;
      if (code !== 'xhtml' && element.path !== 'Extension.url') out[`_${name}`] = many ? [sibling] : sibling;
      return;
    }
    const kinds =
      ITEMS[element.path] ?? (many && code === 'Identifier' && parent.path.length === 0 ? IDENTIFIERS : undefined);
    if (kinds) out[name] = kinds.map((kind) => itemOf(element, type, place, kind));
    else out[name] = many ? [complex(element, type, place)] : complex(element, type, place);
  };

  const itemOf = (element: ElementDef, type: TypeDef, place: Place, kind: string): Built => {
    const item = complex(element, type, { ...place, path: [`${element.name}:${kind}`] });
    if (kind === 'SSN') item.system = 'http://hl7.org/fhir/sid/us-ssn';
    if (kind === 'NPI') item.system = 'http://hl7.org/fhir/sid/us-npi';
    if (kind === 'MRN') item.type = { ...item.type, coding: [{ code: 'MR' }, ...(item.type?.coding ?? [])] };
    if (kind === 'self' && item.actor) item.actor.reference = `Patient/${OWNER}`;
    if (kind === 'other' && item.actor) item.actor.reference = `Patient/${OTHER}`;
    return item;
  };

  const complex = (element: ElementDef, type: TypeDef, place: Place): Built => {
    if (type.name === 'Extension') return { url: `urn:canary:${plant(place, text())}`, valueBoolean: true };
    const out: Built = {};
    for (const child of type.elements.values()) {
      if (type.name === 'Reference' && (child.name === 'type' || child.name === 'reference')) continue;
      member(out, child, place);
    }
    if (type.name === 'Reference') {
      const target =
        element.types
          .find((each) => each.code === 'Reference')
          ?.targets.find((each) => definitions.resourceTypes.has(each)) ?? 'Patient';
      const at = { ...place, path: [...place.path, 'reference'], types: [...place.types, 'string'] };
      out.reference = `${target}/${plant(at, text())}`;
    }
    if (type.base !== 'Resource' && place.depth <= depth) out.extension = extensions(place);
    const own = definitions.type(type.name)?.elements.get('id');
    if (own) out.id = plant(place, text(), true);
    if (element.binding?.strength === 'required') keepBound(out, element, type.name);
    const needed = NEEDED[type.name];
    if (needed !== undefined && out[needed.name] === undefined)
      out[needed.name] = needed.as(inside(place, needed.name));
    keepInvariants(out, type.name, place.variant);
    return out;
  };

  const inside = (place: Place, name: string): string =>
    plant(
      { ...place, path: [...place.path, name, 'text'], types: [...place.types, 'CodeableConcept', 'string'] },
      text(),
    );

  // A bound concept keeps its planted text and gets a code of its value set in front.
  const keepBound = (out: Built, element: ElementDef, type: string): void => {
    const [first] = definitions.systemCodes(element.binding?.valueSet ?? '') ?? [];
    if (first === undefined) return;
    const [system, code] = first.split('|');
    if (type === 'CodeableConcept') out.coding = [{ system, code }, ...(out.coding ?? [])];
    else if (type === 'Coding') Object.assign(out, { system, code });
  };

  const body = (typeName: string, place: Place): Built => {
    const type = definitions.type(typeName);
    if (!type) throw new Error(`${typeName} has no definition`);
    const out: Built = { resourceType: typeName };
    for (const element of type.elements.values()) {
      if (element.name === 'meta') continue;
      member(out, element, place);
    }
    out.extension = extensions({ ...place, path: ['extension'], types: ['Extension'] });
    keepInvariants(out, typeName, place.variant);
    return out;
  };

  const meta = (place: Place): Built => {
    const at = (name: string, type: string): Place => ({ ...place, path: ['meta', name], types: ['Meta', type] });
    const coding = (name: string) => ({
      system: `urn:canary:${plant(at(name, 'Coding'), text())}`,
      code: plant(at(name, 'Coding'), text()),
      display: plant(at(name, 'Coding'), text()),
    });
    return {
      source: `urn:canary:${plant(at('source', 'uri'), text())}`,
      profile: [`https://example.org/${plant(at('profile', 'canonical'), text())}`],
      tag: [coding('tag')],
      security: [coding('security')],
      extension: extensions(at('extension', 'Extension')),
    };
  };

  const containedIn = (place: Place): Built[] =>
    CONTAINED.map((type) => {
      const inside = { ...place, path: [], types: [], contained: type, depth: 1 };
      if (definitions.type(type)) return { ...body(type, inside), id: `c-${type}` };
      return { resourceType: type, id: `c-${type}`, name: [{ family: plant(inside, text()) }] };
    });

  return {
    // One more for an Observation: with dataAbsentReason and no value.
    variants: (typeName) =>
      Math.max(1, ...choiceSizes(definitions, typeName, 2)) + (typeName === 'Observation' ? 1 : 0),
    build: (typeName, { variant, contained = true }) => {
      planted = [];
      const place: Place = { path: [], types: [], inExtension: false, depth: 0, variant };
      const resource = body(typeName, place);
      resource.meta = meta(place);
      if (contained) {
        resource.contained = containedIn(place);
        resource.extension.push(
          ...CONTAINED.map((type) => ({ url: 'urn:canary:points', valueReference: { reference: `#c-${type}` } })),
        );
      }
      settle(resource);
      const present = tokensIn(JSON.stringify(resource));
      return { resource, canaries: planted.filter(({ value }) => present.has(value)) };
    },
  };
}

function choiceSizes(definitions: Definitions, typeName: string, depth: number): readonly number[] {
  const own = [...(definitions.type(typeName)?.elements.values() ?? [])].filter(({ name }) => !LEFT_OUT.has(name));
  return own.flatMap((element) => [
    element.choice ? element.types.length : 1,
    ...(depth > 0 ? element.types.flatMap(({ code }) => choiceSizes(definitions, code, depth - 1)) : []),
  ]);
}

/** What a planted value looks like. */
export const TOKENS = /Canary\d{6}|Q2FuYXJ5[A-Za-z0-9+/]{8}|\d{4}-\d{2}-\d{2}|11:\d{2}:12\.\d{6}|7\d{8}/g;

/** All texts in an answer that could be canaries. */
export const tokensIn = (text: string): ReadonlySet<string> => new Set(text.match(TOKENS) ?? []);
