/** What two worlds hold: the same to one role's eyes by VIEWS.md, and as different as can be to all others. */
import type { Definitions } from '../../src/definitions/types.ts';
import { createValidator, type Validator } from '../../src/validation/validate.ts';
import { type Built, type Canary, createCanaryMaker, OTHER, OWNER, TOKENS } from '../security/canary-resource.ts';
import { cellOf, expectationOf, TYPES, withheld } from '../security/canary-views.ts';
import type { Random } from './random.ts';

export interface Stored {
  readonly type: string;
  readonly id: string;
  readonly resource: Built;
  /** Versions before it, oldest first. */
  readonly earlier?: readonly Built[];
  /** Written and deleted again. */
  readonly deleted?: true;
}

export interface Population {
  readonly left: readonly Stored[];
  readonly right: readonly Stored[];
  /** Values that the role sees, and values hidden from it in either world. */
  readonly visible: readonly string[];
  readonly hidden: readonly string[];
  /** Ids of the resources that the role sees, and of those it does not. */
  readonly seen: readonly string[];
  readonly unseen: readonly string[];
}

interface Growing {
  left: Stored[];
  right: Stored[];
  visible: Set<string>;
  hidden: Set<string>;
  seen: Set<string>;
  unseen: Set<string>;
}

const MANY: ReadonlySet<string> = new Set(['Patient', 'Observation', 'MedicationRequest', 'Appointment']);
const ACT_CODE = 'http://terminology.hl7.org/CodeSystem/v3-ActCode';
const CONFIDENTIALITY = 'http://terminology.hl7.org/CodeSystem/v3-Confidentiality';
const LABELS = ['PSYTHPN', 'SOC-NEW'];
const HIV_STATUS = { system: 'http://loinc.org', code: '55277-8' };
const COUNSELLING_NOTE = { system: 'http://loinc.org', code: '34864-9' };

/** Populations for a role; both worlds are loaded in the order given. */
export function populate({ definitions, role, random }: PopulationOptions, types = TYPES): Population {
  const validate = createValidator(definitions);
  const maker = createCanaryMaker(definitions, 2);
  const grown: Growing = {
    left: [],
    right: [],
    visible: new Set(),
    hidden: new Set(),
    seen: new Set(),
    unseen: new Set(),
  };
  for (const type of types) {
    if (cellOf(role, type) === null && !MANY.has(type)) continue;
    const many = !MANY.has(type) || cellOf(role, type) === null ? 1 : 3;
    for (let variant = 0; variant < many; variant++) {
      const built = maker.build(type, { variant, contained: variant === 0 && MANY.has(type) });
      const id = `can-${type.toLowerCase()}-${variant}`;
      addPair(grown, { definitions, validate, role, random }, { type, id, ...built });
    }
    addUnseen(grown, { definitions, validate, role, random }, type, (variant) =>
      maker.build(type, { variant, contained: false }),
    );
  }
  const lists = { visible: [...grown.visible], hidden: [...grown.hidden] };
  return { left: grown.left, right: grown.right, ...lists, seen: [...grown.seen], unseen: [...grown.unseen] };
}

export interface PopulationOptions {
  readonly definitions: Definitions;
  readonly role: string;
  readonly random: Random;
}

interface For extends PopulationOptions {
  readonly validate: Validator;
}

interface Source {
  readonly type: string;
  readonly id: string;
  readonly resource: Built;
  readonly canaries: readonly Canary[];
}

// One resource, in the right world with other values wherever the role does not look.
function addPair(
  grown: Growing,
  { definitions, validate, role, random }: For,
  { type, id, resource, canaries }: Source,
): void {
  const outside = role === 'patient' && type === 'Patient' && id !== OWNER;
  const isHidden = (canary: Canary): boolean => outside || expectationOf(role, type, canary) === 'absent';
  const other = new Map<string, string>();
  for (const canary of canaries) {
    if (!isHidden(canary)) {
      grown.visible.add(canary.value);
      continue;
    }
    const replaced = isAltered(role, canary) ? otherDay(canary.value) : replacement(canary.value, random);
    other.set(canary.value, replaced);
    grown.hidden.add(canary.value).add(replaced);
  }
  let right = JSON.parse(JSON.stringify(resource).replace(TOKENS, (token) => other.get(token) ?? token));
  const isGone = (canary: Canary): boolean =>
    isHidden(canary) && !isAltered(role, canary) && !(role === 'researcher' && isListed(role, type, canary));
  for (const name of droppable(definitions, type, canaries, isGone)) {
    if (!random.chance(0.4)) continue;
    const without = structuredClone(right);
    for (const each of TOGETHER.find((names) => names.includes(name)) ?? [name]) drop(definitions, without, type, each);
    // R4's invariants ask for some elements beside others: those stay.
    if (validate(without, type).length === 0) right = without;
  }
  const left = JSON.parse(JSON.stringify(resource));
  if (!withheld(role, type, 'HIV')) labelHidden(left, canaries, isHidden);
  if (Array.isArray(right.identifier)) dropItems(right, canaries, isHidden);
  const label = LABELS.find((code) => withheld(role, type, code) && isLabelled(type));
  const hidden = JSON.parse(JSON.stringify(resource).replace(TOKENS, (token) => replacement(token, random)));
  grown.left.push({ type, id, ...withPast({ ...left, id }, { ...left, id }, label) });
  grown.right.push({ type, id, ...withPast({ ...right, id }, { ...hidden, id }, label) });
  (outside || cellOf(role, type) === null ? grown.unseen : grown.seen).add(`${type}/${id}`);
}

/** Elements that R4 wants there or absent together (app-2, con-4). */
const TOGETHER: readonly (readonly string[])[] = [
  ['start', 'end'],
  ['clinicalStatus', 'abatement'],
];

const security = (system: string, code: string) => [{ system, code }];

// A version that a label hides between two that the role sees: that there is one is not hidden, what it says is.
function withPast(seen: Built, hidden: Built, label: string | undefined): Pick<Stored, 'resource' | 'earlier'> {
  if (label === undefined) return { resource: seen };
  const between = { ...hidden, meta: { ...hidden.meta, security: security(ACT_CODE, label) } };
  const now = { ...seen, meta: { ...seen.meta, security: security(CONFIDENTIALITY, 'N') } };
  return { resource: now, earlier: [seen, between] };
}

// The server gives a label for a code that the role does not see: the label must not tell of it.
function labelHidden(resource: Built, canaries: readonly Canary[], isHidden: (canary: Canary) => boolean): void {
  const own = canaries.filter(({ path, contained }) => contained === undefined && path[0] === 'reasonCode');
  if (own.length === 0 || !own.every(isHidden) || !Array.isArray(resource.reasonCode)) return;
  resource.reasonCode = [{ coding: [HIV_STATUS] }];
}

// Shown by year, or by pseudonym: what a world has there, the other has too.
const ALTERED: ReadonlySet<string> = new Set(['birthDate', 'deceased', 'effective', 'authoredOn', 'subject']);

const isAltered = (role: string, { path, contained }: Canary): boolean =>
  role === 'researcher' && contained === undefined && ALTERED.has(path[0] ?? '');

// Of some elements only what holds no value of its own is hidden, such as ids: the element itself is seen.
function isListed(role: string, type: string, { path }: Canary): boolean {
  const cell = cellOf(role, type);
  return cell !== null && 'list' in cell && cell.list.some((place) => place.split('.')[0] === path[0]);
}

function otherDay(value: string): string {
  const [, year, month] = /^(\d{4})-(\d\d)-\d\d$/.exec(value) ?? [];
  if (year === undefined) return value.startsWith('Canary') ? `Hidden${value.slice(-6)}` : value;
  return `${year}-${String((Number(month) % 12) + 1).padStart(2, '0')}-17`;
}

/** Another value of the same kind; the last four characters stay, since billing sees those of an SSN. */
function replacement(value: string, random: Random): string {
  if (value.startsWith('Canary')) return `Hidden${'x'.repeat(random.below(3))}${value.slice(-6)}`;
  if (value.startsWith('Q2FuYXJ5')) return Buffer.from(`Hidden${value.slice(-8, -2)}`).toString('base64');
  if (/^\d{4}-/.test(value)) return `${Number(value.slice(0, 4)) + 900}${value.slice(4)}`.replace('-02-29', '-02-28');
  if (value.includes(':')) return value.replace('11:', '12:');
  return `8${value.slice(1)}`;
}

// Elements of which the role sees nothing, and which R4 lets be absent.
function droppable(
  definitions: Definitions,
  type: string,
  canaries: readonly Canary[],
  isHidden: (canary: Canary) => boolean,
): readonly string[] {
  const names = new Set(canaries.filter(({ contained }) => contained === undefined).map(({ path }) => path[0] ?? ''));
  return [...names].filter((name) => {
    const element = definitions.type(type)?.elements.get(name);
    const own = canaries.filter(({ path, contained }) => contained === undefined && path[0] === name);
    return element?.min === 0 && name !== 'meta' && own.every(isHidden);
  });
}

function drop(definitions: Definitions, resource: Built, type: string, name: string): void {
  for (const key of Object.keys(resource)) {
    const property = definitions.type(type)?.properties.get(key.replace(/^_/, ''));
    if (property?.element.name === name) delete resource[key];
  }
  // What is contained must be pointed to, and the pointers stand in the resource's own extension.
  if (name === 'extension') delete resource.contained;
}

function dropItems(resource: Built, canaries: readonly Canary[], isHidden: (canary: Canary) => boolean): void {
  const kinds = ['SSN', 'MRN', 'NPI', 'other'];
  const kept = resource.identifier.filter((_: unknown, i: number) => {
    const own = canaries.filter(({ path, contained }) => !contained && path[0] === `identifier:${kinds[i]}`);
    return own.length === 0 || !own.every(isHidden);
  });
  if (kept.length > 0) resource.identifier = kept;
}

// Rows out of sight: some in one world, some in the other, some in both with other content, some deleted.
function addUnseen(grown: Growing, { role, random }: For, type: string, build: (variant: number) => Built): void {
  if (cellOf(role, type) === null) return;
  const makers: ((resource: Built) => void)[] = LABELS.filter(
    (label) => withheld(role, type, label) && isLabelled(type),
  ).map((code) => (resource: Built) => {
    resource.meta.security = [{ system: ACT_CODE, code }];
  });
  if (withheld(role, type, 'PSYTHPN') && isLabelled(type)) {
    makers.push((resource) => {
      resource.extension = [{ url: 'http://example.org/note', valueCoding: COUNSELLING_NOTE }];
      // What is contained must be pointed to, and the pointers stood in the extension.
      delete resource.contained;
    });
  }
  if (role === 'patient' && isOwned(type)) makers.push((resource) => disown(resource));
  if (role === 'pharmacist' && type === 'Observation') makers.push((resource) => resource.category.shift());
  if (role === 'researcher' && type === 'Observation')
    makers.push((resource) => resource.code.coding.push({ system: 'http://loinc.org', code: '30525-0' }));
  for (const [i, make] of makers.entries()) {
    const id = `unseen-${type.toLowerCase()}-${i}`;
    const built = [build(i), build(i + 1)];
    // In its past it was in sight: the current version hides that too.
    const [past, otherPast] = built.map(({ resource }) => ({ ...structuredClone(resource), id }));
    for (const { resource, canaries } of built) {
      make(resource);
      for (const canary of canaries.slice(0, 200)) grown.hidden.add(canary.value);
    }
    const [a, b] = built;
    const where = random.below(4);
    if (where !== 1) grown.left.push({ type, id, resource: { ...a.resource, id }, earlier: [past] });
    if (where !== 0) {
      const earlier = random.chance(0.5) ? { earlier: [otherPast, past] } : {};
      grown.right.push({
        type,
        id,
        resource: { ...b.resource, id },
        ...earlier,
        ...(where === 3 ? { deleted: true } : {}),
      });
    }
    grown.unseen.add(`${type}/${id}`);
  }
}

// VIEWS.md names no clearance for the other types.
const isLabelled = (type: string): boolean =>
  ['Observation', 'MedicationRequest', 'Appointment', 'Condition', 'Encounter', 'Consent', 'Provenance'].includes(type);
const isOwned = (type: string): boolean =>
  ['Observation', 'MedicationRequest', 'Appointment', 'Coverage'].includes(type);

function disown(resource: Built): void {
  for (const name of ['subject', 'beneficiary']) {
    if (resource[name]) resource[name].reference = `Patient/${OTHER}`;
  }
  for (const participant of resource.participant ?? []) participant.actor.reference = `Patient/${OTHER}`;
}
