/** Which labels the server gives to a resource: by the codes in it, wherever they stand (ADR 0014). */
import { isArray, isObject, type Json, type JsonObject, member, type ResourceJson } from '../core/json.ts';
import { ASSIGNED_LABELS, type AssignedLabel, ICD_10_CM, type LabelFile } from './label-file.ts';

/** Gives the labels of a resource, in the order of `ASSIGNED_LABELS`, each as the Coding that stands in `meta.security`. */
export type Labeller = (resource: JsonObject) => readonly LabelCoding[];

export interface LabelCoding {
  readonly system: string;
  readonly code: AssignedLabel;
  readonly display: string;
  readonly [name: string]: string;
}

const ACT_CODE = 'http://terminology.hl7.org/CodeSystem/v3-ActCode';
const SNOMED = 'http://snomed.info/sct';

// Other names under which the same systems are sent.
const ALIASES: ReadonlyMap<string, string> = new Map([
  ['urn:oid:2.16.840.1.113883.6.1', 'http://loinc.org'],
  ['urn:oid:2.16.840.1.113883.6.96', SNOMED],
  ['urn:oid:2.16.840.1.113883.6.88', 'http://www.nlm.nih.gov/research/umls/rxnorm'],
  ['urn:oid:2.16.840.1.113883.6.90', ICD_10_CM],
]);

/** Those of the labels that a list of codings does not hold. */
export const missingLabels = (labels: readonly LabelCoding[], present: Json | undefined): readonly LabelCoding[] =>
  labels.filter(
    ({ system, code }) =>
      !isArray(present) ||
      !present.some((one) => isObject(one) && member(one, 'system') === system && member(one, 'code') === code),
  );

/** The resource with the labels in `meta.security`. */
export function withAssigned(resource: ResourceJson, labels: readonly LabelCoding[]): ResourceJson {
  if (labels.length === 0) return resource;
  const meta = member(resource, 'meta');
  return { ...resource, meta: addLabels(isObject(meta) ? meta : {}, labels) };
}

/** `meta` with the labels that it does not hold behind those that it does. */
export function addLabels(meta: JsonObject, labels: readonly LabelCoding[]): JsonObject {
  const present = member(meta, 'security');
  const missing = missingLabels(labels, present);
  return missing.length === 0 ? meta : { ...meta, security: [...(isArray(present) ? present : []), ...missing] };
}

interface Codes {
  /** `system|code` to labels. */
  readonly exact: ReadonlyMap<string, ReadonlySet<AssignedLabel>>;
  /** ICD-10-CM codes that stand for all below them, to labels. */
  readonly below: ReadonlyMap<string, ReadonlySet<AssignedLabel>>;
}

/** Makes the labeller of a profiles folder. */
export function createLabeller(files: readonly LabelFile[]): Labeller {
  const codes = indexCodes(files);
  const codings = new Map(files.map(({ label, display }) => [label, { system: ACT_CODE, code: label, display }]));
  return (resource) => {
    const found = new Set<AssignedLabel>();
    for (const [name, value] of Object.entries(resource)) {
      // What `meta` says of a resource is its writer's word, and no content.
      if (name !== 'meta') collect(value, codes, found);
    }
    return ASSIGNED_LABELS.filter((label) => found.has(label)).flatMap((label) => codings.get(label) ?? []);
  };
}

function indexCodes(files: readonly LabelFile[]): Codes {
  const exact = new Map<string, Set<AssignedLabel>>();
  const below = new Map<string, Set<AssignedLabel>>();
  for (const { label, groups } of files) {
    for (const { system, codes } of groups) {
      for (const one of codes) {
        const code = normalCode(system, one.code);
        const into = one.below ? below : exact;
        const key = one.below ? code : `${system}|${code}`;
        into.set(key, (into.get(key) ?? new Set()).add(label));
      }
    }
  }
  return { exact, below };
}

// Codings stand in CodeableConcepts, in values, in extensions, in contained resources: no list of places is complete.
function collect(value: Json | undefined, codes: Codes, found: Set<AssignedLabel>): void {
  if (isArray(value)) {
    for (const item of value) collect(item, codes, found);
  } else if (isObject(value)) {
    const system = member(value, 'system');
    const code = member(value, 'code');
    if (typeof system === 'string' && typeof code === 'string') findLabels(system, code, codes, found);
    for (const name of Object.keys(value)) collect(value[name], codes, found);
  }
}

function findLabels(sent: string, sentCode: string, codes: Codes, found: Set<AssignedLabel>): void {
  const system = normalSystem(sent);
  const code = normalCode(system, sentCode);
  for (const label of codes.exact.get(`${system}|${code}`) ?? []) found.add(label);
  if (system !== ICD_10_CM) return;
  // ICD-10-CM codes have seven characters at most; a longer text could only repeat their beginnings.
  for (let length = 1; length <= Math.min(code.length, 7); length++) {
    for (const label of codes.below.get(code.slice(0, length)) ?? []) found.add(label);
  }
}

// A system that is written a little otherwise names the same codes: to withhold is the safer mistake.
function normalSystem(sent: string): string {
  const plain = sent
    .trim()
    .replace(/^https:/, 'http:')
    .replace(/\/$/, '');
  if (plain.startsWith(`${SNOMED}/`)) return SNOMED;
  return ALIASES.get(plain) ?? plain;
}

function normalCode(system: string, code: string): string {
  const plain = code.trim();
  return system === ICD_10_CM ? plain.replaceAll('.', '').toUpperCase() : plain;
}
