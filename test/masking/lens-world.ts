/** The shipped views over plain resources: `get` and `put` of the lens without a store. */
import { join } from 'node:path';
import { isArray, isObject, type Json, type JsonObject, type ResourceJson } from '../../src/core/json.ts';
import { createFaults } from '../../src/definitions/faults.ts';
import type { ViewSpec } from '../../src/definitions/role-file.ts';
import { classPredicates, createClassifier } from '../../src/fhirpath/classify.ts';
import { loadRules } from '../../src/load-rules.ts';
import { checkView } from '../../src/masking/check-view.ts';
import { putResource } from '../../src/masking/lens.ts';
import { type Seeing, seeResource } from '../../src/masking/see.ts';
import { compileView, type View } from '../../src/masking/view.ts';
import { createValidator } from '../../src/validation/validate.ts';

export const PROFILES = join(import.meta.dirname, '../../profiles');
export const { definitions, policy } = loadRules(PROFILES, { enforceDemands: false });
export const classify = createClassifier(definitions);
export const validate = createValidator(definitions);
export const BASE_URL = 'http://veil.example/fhir';
/** Who `%patient` is. */
export const PATIENT = 'Patient/pat1';

/** Roles that look together. */
export interface Caller {
  readonly name: string;
  readonly type: string;
  readonly seeing: Seeing;
  readonly views: readonly View[];
}

/** A lens under test: `get` and `put` of one caller. */
export interface LensUnderTest {
  get(stored: ResourceJson): ResourceJson;
  put(stored: ResourceJson, edited: JsonObject): { readonly resource: ResourceJson; readonly changed: boolean };
}

/** A caller with these roles; views that do not open the type are left out. */
export function callerOf(roles: readonly string[], type: string): Caller {
  const views = roles.flatMap((role) => policy.roles.get(role)?.views.get(type) ?? []);
  const open = roles.some((role) => policy.roles.get(role)?.file.otherTypes);
  return callerWith(views, type, (other) => {
    const found = roles.flatMap((role) => policy.roles.get(role)?.views.get(other) ?? []);
    return found.length === 0 && open ? 'all' : found;
  });
}

/** A caller with views made for a test. */
export function callerWith(views: readonly View[], type: string, contained: Seeing['contained'] = () => []): Caller {
  return {
    name: `${views.map((view) => view.role).join('+')} on ${type}`,
    type,
    views,
    seeing: {
      views,
      contained,
      context: {
        definitions,
        baseUrl: BASE_URL,
        variables: { patient: PATIENT },
        classify: (of, element, item) => classify(of, element, item.value ?? null),
        pseudonymOf: (of, id) => `pseudonym-${of}-${id}`,
        over89: () => false,
      },
    },
  };
}

/** Every view that is shipped, and some roles together; roles that have the same view of a type stand as one. */
export function shippedCallers(): readonly Caller[] {
  const single = new Map<string, { readonly role: string; readonly type: string; readonly others: string[] }>();
  for (const [role, { views }] of policy.roles) {
    for (const [type, view] of views) {
      if (type === 'AuditEvent') continue;
      const key = textOf(view);
      const same = single.get(key);
      if (same) same.others.push(role);
      else single.set(key, { role, type, others: [] });
    }
  }
  const together: readonly (readonly [roles: readonly string[], type: string])[] = [
    [['nurse', 'scheduler'], 'Patient'],
    [['billing', 'physician'], 'Patient'],
    [['pharmacist', 'nurse'], 'Observation'],
    [['billing', 'pharmacist'], 'MedicationRequest'],
    [['scheduler', 'patient'], 'Appointment'],
  ];
  const callers = [...single.values()].map(({ role, type, others }) => {
    const caller = callerOf([role], type);
    return others.length > 0 ? { ...caller, name: `${caller.name} (as ${others.join(', ')})` } : caller;
  });
  return [...callers, ...together.map(([roles, type]) => callerOf(roles, type))].filter(
    ({ views }) => views.length > 0,
  );
}

function textOf({ type, spec }: View): string {
  const { show, rules, meta, always, write } = spec;
  const paths = (list: ViewSpec['write']): unknown => list.map(({ path, values }) => [path, values]);
  return JSON.stringify([type, paths(show), rules.map((each) => [each.path, each.do]), meta, always, paths(write)]);
}

/**
 * Each shipped view as if its role might write all: what a view hides must be safe whatever a role may write. Views
 * that differ in their writes alone stand once.
 */
export function openedCallers(): readonly Caller[] {
  const opened = new Map<string, Caller>();
  for (const { views, type, seeing } of shippedCallers()) {
    const [view] = views;
    if (!view || views.length > 1 || view.spec.write.some(({ path, values }) => path === '*' && !values)) continue;
    const { show, rules, meta, always } = view.spec;
    const caller = callerWith(
      [viewOf(type, { show, rules, meta, always, write: listed('*') })],
      type,
      seeing.contained,
    );
    const key = JSON.stringify([type, show.map(({ path }) => path), rules, meta]);
    if (!opened.has(key)) opened.set(key, { ...caller, name: `${view.role} on ${type}, writing all` });
  }
  return [...opened.values()];
}

/** Whether a caller sees an Organization's name or the mark that stands for it (VIEWS.md). */
export function marksNames({ seeing, type, views }: Caller, of: string): boolean {
  const found = type === of ? views : seeing.contained(of);
  return found !== 'all' && found.length > 0 && found.every((view) => view.spec.always.includes('name'));
}

/** The lens of a caller, as the server composes it (`create-lens.ts`). */
export function lensOf(caller: Caller): LensUnderTest {
  const { seeing, views, type } = caller;
  return {
    get: (stored) => seeResource(stored, { type, id: stored.id ?? '', version: 1, lastUpdated: 0 }, seeing),
    put: (stored, edited) =>
      putResource({
        type,
        id: stored.id ?? '',
        stored,
        edited,
        seeing,
        writers: views.map((view) => ({ view, write: view.write })),
      }),
  };
}

const specOf = (type: string, view: Partial<ViewSpec>): ViewSpec => ({
  role: 'tester',
  type,
  interactions: new Set(['read']),
  compartment: false,
  clearance: { kind: 'except', labels: [] },
  show: [{ path: '*', pointer: '/show/0' }],
  rules: [],
  write: [],
  create: [],
  meta: 'show',
  always: [],
  file: 'tester.json',
  pointer: '',
  ...view,
});

/** Compiles a view for a test; throws what the compiler finds wrong. */
export function viewOf(type: string, view: Partial<ViewSpec>): View {
  const faults = createFaults();
  const classes = (of: string, element: string) =>
    element === '' ? new Map<string, string>() : classPredicates(definitions, of, element);
  const compiled = compileView({ definitions, faults, spec: specOf(type, view), classes });
  checkView({ definitions, faults, view: compiled });
  faults.throwIfAny();
  return compiled;
}

/** A rule as a role file has it. */
export const rule = (
  path: string,
  does: ViewSpec['rules'][number]['do'],
  more: object = {},
): ViewSpec['rules'][number] => ({
  id: `${does}-${path}`,
  path,
  do: does,
  reveals: true,
  pointer: `/rules/${path}`,
  ...more,
});

export const listed = (...paths: readonly string[]): ViewSpec['show'] =>
  paths.map((path) => ({ path, pointer: `/show/${path}` }));

/** JSON whose decimals are plain numbers and whose objects have a prototype: for `deepEqual`. */
export const plainJson = (value: Json | undefined): unknown =>
  value === undefined ? undefined : JSON.parse(JSON.stringify(value));

/** All leaves with their paths; `indices: 'left-out'` gives items no number. */
export function leavesOf(value: Json | undefined, indices: 'named' | 'left-out', path = ''): readonly string[] {
  if (value === undefined) return [];
  if (isArray(value))
    return value.flatMap((item, i) => leavesOf(item, indices, indices === 'named' ? `${path}[${i}]` : path));
  if (isObject(value))
    return Object.entries(value).flatMap(([name, member]) => leavesOf(member, indices, `${path}.${name}`));
  return value === null ? [] : [`${path} = ${JSON.stringify(value)}`];
}
