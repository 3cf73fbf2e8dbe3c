/** Row terms: what row filters read, kept with every version (DESIGN.md idea 3). */
import { isArray, isObject, type Json, type JsonObject, member, type ResourceJson } from '../core/json.ts';
import type { Term, Uid } from '../core/plan.ts';
import type { TermMaker } from '../core/secrets.ts';
import { ASSIGNED_LABELS, type AssignedLabel } from '../definitions/label-file.ts';
import type { Labeller } from '../definitions/labeller.ts';
import type { Definitions, Sensitivity } from '../definitions/types.ts';
import { type CompiledPath, compilePath } from '../fhirpath/path.ts';
import { targetOf } from './params/reference.ts';
import { rowParameter } from './term-names.ts';
import { nodesAt } from './values.ts';

const PATIENT = rowParameter('$patient');
const LABEL = rowParameter('$label');
const ASSIGNED = rowParameter('$assigned');
const MODIFIER_EXTENSION = rowParameter('$modifier-extension');

/** The patient, by uid, is an owner of the row. */
export const patientRowTerm = (terms: TermMaker, type: string, patient: Uid): Term =>
  terms.term(type, PATIENT, '', patient);

/** Sensitive labels as rows carry them; `OTHER` is any sensitivity that the server does not know. */
export type RowLabel = 'PSY' | 'PSYTHPN' | 'ETH' | 'HIV' | 'SEX' | 'GDIS' | 'R' | 'V' | 'OTHER';
export const ROW_LABELS: readonly RowLabel[] = ['PSY', 'PSYTHPN', 'ETH', 'HIV', 'SEX', 'GDIS', 'R', 'V', 'OTHER'];

/** The row carries the label. */
export const labelRowTerm = (terms: TermMaker, type: string, label: RowLabel): Term =>
  terms.term(type, LABEL, '', label);

// The server gave the row this label, whatever its writer sent.
const assignedRowTerm = (terms: TermMaker, type: string, label: AssignedLabel): Term =>
  terms.term(type, ASSIGNED, '', label);

/** Makes the test whether the server gave a row a label; a type's terms are worked out once, since every row is asked. */
export function createLabelTest(terms: TermMaker): (type: string, rowTerms: ReadonlySet<Term>) => boolean {
  const known = new Map<string, readonly Term[]>();
  return (type, rowTerms) => {
    const found = known.get(type) ?? ASSIGNED_LABELS.map((label) => assignedRowTerm(terms, type, label));
    known.set(type, found);
    return found.some((term) => rowTerms.has(term));
  };
}

/** The row has a `modifierExtension` at this place: `''` for the root, `component`, `dosageInstruction`. */
export const modifierExtensionRowTerm = (terms: TermMaker, type: string, path: string): Term =>
  terms.term(type, MODIFIER_EXTENSION, '', path);

export interface RowTermsContext {
  readonly definitions: Definitions;
  readonly terms: TermMaker;
  readonly baseUrl: string;
  /** The labels that the server gives by itself. */
  readonly assign: Labeller;
}

/** Makes the function that gives the row terms which every row has: owners, labels, modifier extensions. */
export function createRowTerms(context: RowTermsContext): (resource: ResourceJson) => readonly Term[] {
  const { definitions, terms, assign } = context;
  const ownerPaths = new Map(definitions.servedTypes.map((type) => [type, compileOwners(definitions, type)]));
  return (resource) => {
    const type = resource.resourceType;
    const owners = ownersOf(resource, ownerPaths.get(type) ?? [], context);
    const assigned = assign(resource).map(({ code }) => code);
    const labels = new Set<RowLabel>([...labelsOf(resource, definitions.sensitivity), ...assigned]);
    return [
      ...[...owners].map((patient) => patientRowTerm(terms, type, terms.uid('Patient', patient))),
      ...[...labels].map((label) => labelRowTerm(terms, type, label)),
      ...assigned.map((label) => assignedRowTerm(terms, type, label)),
      ...[...modifierExtensionPaths(resource)].map((path) => modifierExtensionRowTerm(terms, type, path)),
    ];
  };
}

const compileOwners = (definitions: Definitions, type: string): readonly (CompiledPath | 'id')[] =>
  definitions.profile(type).patient.map((path) => (path === 'id' ? 'id' : compilePath(definitions, type, path)));

function ownersOf(
  resource: ResourceJson,
  paths: readonly (CompiledPath | 'id')[],
  { baseUrl }: RowTermsContext,
): ReadonlySet<string> {
  const owners = new Set<string>();
  for (const path of paths) {
    if (path === 'id') {
      if (resource.id !== undefined) owners.add(resource.id);
      continue;
    }
    for (const node of nodesAt(path, resource)) {
      const target = targetOf(node, baseUrl);
      if (target?.type === 'Patient') owners.add(target.id);
    }
  }
  return owners;
}

const ACT_CODE = 'http://terminology.hl7.org/CodeSystem/v3-ActCode';
const CONFIDENTIALITY = 'http://terminology.hl7.org/CodeSystem/v3-Confidentiality';

/** The sensitive labels in `meta.security`. */
export function labelsOf(resource: ResourceJson, sensitivity: Sensitivity): ReadonlySet<RowLabel> {
  const meta = member(resource, 'meta');
  const security = isObject(meta) ? member(meta, 'security') : undefined;
  const labels = (isArray(security) ? security : []).filter(isObject).map((coding) => labelOf(coding, sensitivity));
  return new Set(labels.filter((label) => label !== undefined));
}

// A coding without a system counts by its code: to withhold what was meant to be withheld is the safer mistake.
function labelOf(coding: JsonObject, sensitivity: Sensitivity): RowLabel | undefined {
  const system = member(coding, 'system') ?? undefined;
  const written = member(coding, 'code');
  if (typeof written !== 'string') return undefined;
  const code = written.toUpperCase();
  const isActCode = system === ACT_CODE || system === undefined;
  const isConfidentiality = system === CONFIDENTIALITY || system === undefined;
  if (isConfidentiality && (code === 'R' || code === 'V')) return code;
  if (!isActCode) return undefined;
  const known = ROW_LABELS.find((label) => label === code && label !== 'OTHER' && label !== 'R' && label !== 'V');
  if (known) return known;
  // An unknown code is a sensitivity only where its system says that it is an ActCode at all.
  const isUnknown = system === ACT_CODE && !sensitivity.isActCode(written) && !sensitivity.isActCode(code);
  return isUnknown || sensitivity.isSensitive(written) || sensitivity.isSensitive(code) ? 'OTHER' : undefined;
}

/** Element paths at which a `modifierExtension` stands; contained resources and extensions are not looked into. */
export function modifierExtensionPaths(resource: ResourceJson): ReadonlySet<string> {
  const found = new Set<string>();
  const visit = (value: Json | undefined, path: string): void => {
    if (isArray(value)) for (const item of value) visit(item, path);
    if (!isObject(value)) return;
    for (const name of Object.keys(value)) {
      if (name === 'modifierExtension') found.add(path);
      else if (name !== 'extension' && !(path === '' && name === 'contained')) {
        visit(value[name], path === '' ? name : `${path}.${name}`);
      }
    }
  };
  visit(resource, '');
  return found;
}
