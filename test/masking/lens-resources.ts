/** Resources for the laws of the lens: real examples, enriched and edited by a list of generated choices. */
import { isArray, isObject, type Json, type JsonObject, type ResourceJson } from '../../src/core/json.ts';
import { stripOwned } from '../../src/masking/labels.ts';
import { fixtureFiles, resourcesIn, sharedFiles, whySkipped } from '../support/shared-data.ts';
import { SMALL } from './lens-fixtures.ts';
import { validate } from './lens-world.ts';

const EXAMPLES = 'hl7-r4-examples';
// Larger ones make a case slow and add nothing.
const MAX_LENGTH = 12_000;

const known = new Map<string, readonly ResourceJson[]>();

/** Valid examples of a type, read once. */
export function examplesOf(type: string): readonly ResourceJson[] {
  const found = known.get(type) ?? readExamples(type);
  known.set(type, found);
  return found;
}

// Fixtures of the repository, small ones made here, and HL7's where they are at hand.
function readExamples(type: string): readonly ResourceJson[] {
  const shared = whySkipped(EXAMPLES) === false ? sharedFiles(EXAMPLES) : [];
  const found = [...fixtureFiles(EXAMPLES), ...shared].flatMap(([, json]) => resourcesIn(json));
  return [...SMALL, ...found].flatMap((resource) => {
    const isFit = resource['resourceType'] === type && JSON.stringify(resource).length < MAX_LENGTH;
    return isFit && validate(resource, type).length === 0 ? [asStored(resource, type)] : [];
  });
}

// `meta` holds what a writer said alone: the rest stands beside the boxes.
function asStored({ meta, ...resource }: JsonObject, type: string): ResourceJson {
  const kept = isObject(meta) ? stripOwned(meta) : {};
  return { ...resource, resourceType: type, id: 'pat1', ...(Object.keys(kept).length > 0 ? { meta: kept } : {}) };
}

/** Draws from generated numbers; 0 when they are used up, so that shrinking means fewer changes. */
export interface Choices {
  below(bound: number): number;
  of<T>(items: readonly T[]): T | undefined;
}

export function choicesFrom(numbers: readonly number[]): Choices {
  let at = 0;
  const below = (bound: number): number => (bound > 0 ? (numbers[at++] ?? 0) % bound : 0);
  return { below, of: (items) => items[below(items.length)] };
}

const extension = (n: number): JsonObject => ({ url: `http://example.org/x${n % 3}`, valueString: `extension-${n}` });
const SSN = 'http://hl7.org/fhir/sid/us-ssn';
const NPI = 'http://hl7.org/fhir/sid/us-npi';
const MR_TYPE = { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/v2-0203', code: 'MR' }] };

const identifierOf = (n: number): JsonObject =>
  [
    { system: SSN, value: `999-00-${1000 + n}` },
    { type: MR_TYPE, system: 'http://hospital.example', value: `MRN-${n}` },
    { system: NPI, value: `${1_000_000_000 + n}` },
    { system: 'http://other.example', value: `other-${n}` },
    { type: MR_TYPE, system: SSN, value: `998-00-${1000 + n}` },
  ][n % 5] ?? {};

const participantOf = (n: number): JsonObject => ({
  actor: {
    reference: ['Patient/pat1', 'Patient/pat2', 'Patient/pat3', 'Practitioner/doc', 'Location/loc'][n % 5],
    ...(n % 2 === 0 ? { display: `actor-${n}` } : {}),
  },
  status: ['accepted', 'tentative', 'needs-action'][n % 3],
});

const containedOf = (n: number): JsonObject =>
  [
    { resourceType: 'Practitioner', id: `c${n}`, name: [{ family: `Contained-${n}` }], gender: 'male' },
    { resourceType: 'RelatedPerson', id: `c${n}`, patient: { reference: 'Patient/pat2' }, gender: 'female' },
    { resourceType: 'Organization', id: `c${n}`, name: `Org-${n}`, telecom: [{ value: `tel-${n}` }] },
  ][n % 3] ?? {};

/** Where a type may refer to a contained resource. */
const REFERRERS: Readonly<Record<string, string>> = {
  Patient: 'generalPractitioner',
  Observation: 'performer',
  Appointment: 'supportingInformation',
  MedicationRequest: 'supportingInformation',
};

const append = (resource: ResourceJson, name: string, item: Json): ResourceJson => {
  const list = resource[name];
  return { ...resource, [name]: [...(isArray(list) ? list : []), item] };
};

type Enrich = (resource: ResourceJson, choices: Choices) => ResourceJson;

const ENRICH: readonly Enrich[] = [
  (resource, choices) => append(resource, 'identifier', identifierOf(choices.below(40))),
  (resource, choices) => append(resource, 'participant', participantOf(choices.below(30))),
  (resource, choices) => append(resource, 'extension', extension(choices.below(40))),
  (resource, choices) => append(resource, 'address', { city: `City-${choices.below(40)}`, extension: [extension(7)] }),
  (resource, choices) => append(resource, 'telecom', { system: 'phone', value: `tel-${choices.below(40)}` }),
  (resource, choices) => append(resource, 'note', { text: `note-${choices.below(40)}` }),
  (resource, choices) => append(resource, 'reasonCode', { text: `reason-${choices.below(40)}` }),
  (resource, choices) => append(resource, 'referenceRange', { text: `range-${choices.below(40)}` }),
  (resource, choices) => {
    const n = choices.below(30);
    const referrer = REFERRERS[resource.resourceType];
    const with_ = append(resource, 'contained', containedOf(n));
    return referrer ? append(with_, referrer, { reference: `#c${n}`, display: `see c${n}` }) : with_;
  },
  (resource, choices) => ({
    ...resource,
    text: {
      status: choices.of(['generated', 'additional', 'extensions']) ?? 'generated',
      div: '<div xmlns="http://www.w3.org/1999/xhtml">told</div>',
    },
  }),
  (resource, choices) => ({
    ...resource,
    meta: {
      profile: ['http://example.org/profile'],
      security: [{ system: 'http://terminology.hl7.org/CodeSystem/v3-Confidentiality', code: 'N' }],
      tag: [{ system: 'http://example.org', code: `tag-${choices.below(9)}` }],
    },
  }),
  // A sibling beside any primitive, an extension inside any object.
  (resource, choices) => editAt(resource, choices, [addSibling, addExtension]),
  (resource, choices) => editAt(resource, choices, [addSibling, addExtension]),
];

/** A resource with one thing added; not checked. */
export const enrichOnce: Enrich = (resource, choices) => choices.of(ENRICH)?.(resource, choices) ?? resource;

/** A valid resource: an example with up to six things added. */
export function enrich(example: ResourceJson, choices: Choices): ResourceJson {
  let resource = example;
  for (let left = choices.below(7); left > 0; left--) {
    const added = enrichOnce(resource, choices);
    if (validate(added, resource.resourceType).length === 0) resource = added;
  }
  return resource;
}

/** What a client may send back: what it read, changed up to five times, and still valid. */
export function edit(seen: ResourceJson, other: ResourceJson, choices: Choices): ResourceJson {
  let edited = seen;
  for (let left = 1 + choices.below(5); left > 0; left--) {
    const next = editOnce(edited, other, choices);
    if (validate(next, seen.resourceType).length === 0) edited = next;
  }
  return edited;
}

function editOnce(seen: ResourceJson, other: ResourceJson, choices: Choices): ResourceJson {
  switch (choices.below(5)) {
    case 0: {
      const name = choices.of(Object.keys(other).filter((key) => key !== 'id' && key !== 'resourceType'));
      return name === undefined ? seen : { ...seen, [name]: other[name] };
    }
    case 1:
      return enrichOnce(seen, choices);
    default:
      return editAt(seen, choices, EDITS);
  }
}

interface Place {
  readonly holder: JsonObject;
  readonly name: string;
}
/** Gives the members of a holder changed, or undefined where it does not suit the place. */
type Edit = (place: Place, choices: Choices) => JsonObject | undefined;

const isPrimitive = (value: Json | undefined): boolean => value !== undefined && !isArray(value) && !isObject(value);
const without = ({ holder, name }: Place): JsonObject =>
  Object.fromEntries(Object.entries(holder).filter(([key]) => key !== name));
const listAt = ({ holder, name }: Place): readonly Json[] => {
  const value = holder[name];
  return isArray(value) && holder[`_${name}`] === undefined ? value : [];
};

const addSibling: Edit = ({ holder, name }, choices) =>
  isPrimitive(holder[name]) && name !== 'resourceType' && name !== 'id' && name !== 'url'
    ? { ...holder, [`_${name}`]: { extension: [extension(choices.below(40))] } }
    : undefined;

const addExtension: Edit = ({ holder, name }, choices) => {
  const value = holder[name];
  return isObject(value) ? { ...holder, [name]: { ...value, extension: [extension(choices.below(40))] } } : undefined;
};

const EDITS: readonly Edit[] = [
  addSibling,
  addExtension,
  (place) => without(place),
  (place, choices) => {
    const value = place.holder[place.name];
    return typeof value === 'string' ? { ...place.holder, [place.name]: changeText(value, choices) } : undefined;
  },
  (place) => {
    const value = place.holder[place.name];
    return typeof value === 'boolean' ? { ...place.holder, [place.name]: !value } : undefined;
  },
  (place, choices) => changeList(place, choices, (list, at) => list.filter((_, i) => i !== at)),
  (place, choices) => changeList(place, choices, (list, at) => [...list, ...list.slice(at, at + 1)]),
  (place, choices) => changeList(place, choices, (list, at) => [...list.slice(at), ...list.slice(0, at)]),
  (place, choices) =>
    changeList(place, choices, (list, at) => list.map((item, i) => (i === at && isObject(item) ? nudge(item) : item))),
];

const nudge = (item: JsonObject): JsonObject => ({ ...item, id: 'nudged' });

function changeList(
  place: Place,
  choices: Choices,
  change: (list: readonly Json[], at: number) => readonly Json[],
): JsonObject | undefined {
  const list = listAt(place);
  if (list.length === 0) return undefined;
  const changed = change(list, choices.below(list.length));
  return changed.length > 0 ? { ...place.holder, [place.name]: changed } : without(place);
}

const CODES = ['cancelled', 'proposed', 'pending', 'final', 'amended', 'active', 'accepted', 'male', 'Patient/pat2'];

function changeText(text: string, choices: Choices): string {
  if (/^\d{4}(-\d\d)?(-\d\d)?$/.test(text)) return '1999';
  if (/^[A-Z]\w+\/[\w.-]+$/.test(text)) return choices.of(['Patient/pat1', 'Patient/pat2', 'Practitioner/doc']) ?? text;
  if (/^[a-z-]+$/.test(text)) return choices.of([...CODES, text]) ?? text;
  return `${text}~${choices.below(9)}`;
}

/** Applies one of the edits at one place, drawn among all members at any depth. */
function editAt(resource: ResourceJson, choices: Choices, edits: readonly Edit[]): ResourceJson {
  const count = countMembers(resource);
  const target = choices.below(count);
  const change = choices.of(edits);
  let at = 0;
  const visit = (value: Json): Json => {
    if (isArray(value)) return value.map(visit);
    if (!isObject(value)) return value;
    let holder: JsonObject = value;
    for (const [name, member] of Object.entries(value)) {
      if (member === undefined) continue;
      if (at++ === target) return change?.({ holder: value, name }, choices) ?? value;
      const inner = visit(member);
      if (inner !== member) holder = { ...holder, [name]: inner };
    }
    return holder;
  };
  const changed = visit(resource);
  return isObject(changed) ? { ...changed, resourceType: resource.resourceType, id: 'pat1' } : resource;
}

function countMembers(value: Json | undefined): number {
  if (isArray(value)) return value.reduce<number>((sum, item) => sum + countMembers(item), 0);
  if (!isObject(value)) return 0;
  return Object.values(value).reduce<number>((sum, member) => sum + 1 + countMembers(member), 0);
}
