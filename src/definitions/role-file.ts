/** Reads `profiles/roles/<role>.json`: what a role may see and do, as data (DESIGN.md "Views as data"). */
import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { ConfigurationError } from '../core/errors.ts';
import type { Json, JsonObject } from '../core/json.ts';
import { isArray, isObject } from '../core/json.ts';
import { parseJson } from '../core/parse-json.ts';
import type { Interaction } from '../core/request.ts';
import type { Faults } from './faults.ts';

/** Security labels that a role may see beside unlabelled resources. */
export type Clearance =
  | { readonly kind: 'only'; readonly labels: readonly string[] }
  | { readonly kind: 'except'; readonly labels: readonly string[] };

export const ACTION_NAMES = [
  'hide',
  'mask',
  'year',
  'month',
  'zip3',
  'last4',
  'initial',
  'age-cap',
  'pseudonym',
  'replace',
] as const;
export type ActionName = (typeof ACTION_NAMES)[number];

export interface RuleSpec {
  readonly id: string;
  readonly path: string;
  readonly do: ActionName;
  /** For `replace`. */
  readonly with?: Json;
  /** Id of a rule on the same element that acts first. */
  readonly after?: string;
  /** A predicate of this rule reads a restricted element, and its author says that this is meant. */
  readonly reveals: boolean;
  readonly pointer: string;
}

export interface WriteSpec {
  readonly path: string;
  /** The values that may be written, if they are few. */
  readonly values?: readonly string[];
  readonly pointer: string;
}

/** A role's view of one resource type, as its file says. */
export interface ViewSpec {
  readonly role: string;
  readonly type: string;
  readonly interactions: ReadonlySet<Interaction>;
  /** Only resources of the token's patient. */
  readonly compartment: boolean;
  readonly where?: string;
  readonly clearance: Clearance;
  readonly show: readonly { readonly path: string; readonly pointer: string }[];
  readonly rules: readonly RuleSpec[];
  readonly write: readonly WriteSpec[];
  /** What may be set on create, where it differs from `write`. */
  readonly create: readonly WriteSpec[];
  readonly meta: 'show' | 'hide';
  /** Elements that stand in every answer: a marker where the resource has none (an invariant may ask for it). */
  readonly always: readonly string[];
  readonly file: string;
  readonly pointer: string;
}

export interface RoleFile {
  readonly file: string;
  readonly role: string;
  readonly why: string;
  readonly purposes: readonly string[];
  /** Refused beside any other role. */
  readonly alone: boolean;
  /** Requests a minute instead of `RATE_LIMIT`. */
  readonly rateLimit?: number;
  /** `amr` values, one of which a token must have outside demo mode. */
  readonly demands?: { readonly amr: readonly string[]; readonly acr: readonly string[] };
  readonly views: ReadonlyMap<string, ViewSpec>;
  /** The view of every type that is not named, contained types without definitions included. */
  readonly otherTypes: boolean;
}

const INTERACTIONS: ReadonlySet<string> = new Set<Interaction>([
  'read',
  'vread',
  'create',
  'update',
  'patch',
  'delete',
  'history-instance',
  'history-type',
  'search-type',
]);
const ROLE_KEYS = ['$schema', 'role', 'why', 'purposes', 'alone', 'rateLimit', 'demands', 'clearance', 'resources'];
const VIEW_KEYS = [
  'interactions',
  'compartment',
  'where',
  'clearance',
  'show',
  'rules',
  'write',
  'create',
  'meta',
  'always',
];
const RULE_KEYS = ['id', 'path', 'do', 'with', 'after', 'reveals'];

/** Reads every role file of a profiles folder; what is wrong is added to the faults, with file and JSON pointer. */
export function loadRoleFiles(
  profilesDir: string,
  servedTypes: readonly string[],
  faults: Faults,
): readonly RoleFile[] {
  const folder = join(profilesDir, 'roles');
  const files = listJson(folder);
  const roles = files.map((name) => readRole(join(folder, name), servedTypes, faults));
  if (files.length === 0) faults.add(folder, '', 'holds no role; a server without roles could show nothing');
  return roles.filter((role) => role !== undefined);
}

function listJson(folder: string): readonly string[] {
  try {
    return readdirSync(folder)
      .filter((name) => name.endsWith('.json'))
      .sort();
  } catch (cause) {
    throw new ConfigurationError([`PROFILES_DIR: cannot read ${folder} (${String((cause as Error).message)})`]);
  }
}

function readRole(file: string, servedTypes: readonly string[], faults: Faults): RoleFile | undefined {
  const parsed = parseJson(readFileSync(file, 'utf8'));
  if (!parsed.ok || !isObject(parsed.value)) {
    faults.add(file, '', parsed.ok ? 'must be a JSON object' : `is no JSON that can be used (${parsed.fault.kind})`);
    return undefined;
  }
  return parseRole(parsed.value, file, servedTypes, faults);
}

/** Parses one role; faults are added, not thrown. */
export function parseRole(json: JsonObject, file: string, servedTypes: readonly string[], faults: Faults): RoleFile {
  faults.onlyKeys(file, '', json, ROLE_KEYS);
  const role = faults.text(file, '/role', json['role']);
  if (role !== basename(file, '.json')) faults.add(file, '/role', 'must be the name of the file');
  const clearance = parseClearance(json['clearance'], file, '/clearance', faults) ?? { kind: 'only', labels: [] };
  const resources = isObject(json['resources']) ? json['resources'] : {};
  if (!isObject(json['resources'])) faults.add(file, '/resources', 'is required: the types that the role may see');
  const views = new Map<string, ViewSpec>();
  for (const [type, value] of Object.entries(resources)) {
    const pointer = `/resources/${type}`;
    if (!isObject(value)) faults.add(file, pointer, 'must be an object');
    else if (type !== '*' && !servedTypes.includes(type))
      faults.add(file, pointer, 'is no type that this server serves');
    else views.set(type, parseView(value, { role, type, file, pointer, clearance }, faults));
  }
  return {
    file,
    role,
    why: faults.text(file, '/why', json['why']),
    purposes: json['purposes'] === undefined ? [] : faults.texts(file, '/purposes', json['purposes']),
    alone: faults.flag(file, '/alone', json['alone']),
    ...parseRateLimit(json['rateLimit'], file, faults),
    ...(json['demands'] === undefined ? {} : { demands: parseDemands(json['demands'], file, faults) }),
    views: spreadOthers(views, servedTypes),
    otherTypes: Object.hasOwn(resources, '*'),
  };
}

// "*" stands for every served type that is not named, AuditEvent aside: nobody sees it by accident.
function spreadOthers(views: Map<string, ViewSpec>, servedTypes: readonly string[]): ReadonlyMap<string, ViewSpec> {
  const others = views.get('*');
  views.delete('*');
  if (!others) return views;
  for (const type of servedTypes) {
    if (type !== 'AuditEvent' && !views.has(type)) views.set(type, { ...others, type });
  }
  return views;
}

function parseRateLimit(json: Json | undefined, file: string, faults: Faults): { rateLimit?: number } {
  if (json === undefined) return {};
  if (typeof json === 'number' && Number.isInteger(json) && json > 0) return { rateLimit: json };
  faults.add(file, '/rateLimit', 'must be a whole number of requests a minute');
  return {};
}

function parseDemands(json: Json, file: string, faults: Faults): { amr: readonly string[]; acr: readonly string[] } {
  if (!isObject(json)) {
    faults.add(file, '/demands', 'must be an object with "amr", "acr" or both');
    return { amr: [], acr: [] };
  }
  faults.onlyKeys(file, '/demands', json, ['amr', 'acr']);
  const list = (name: string) => (json[name] === undefined ? [] : faults.texts(file, `/demands/${name}`, json[name]));
  return { amr: list('amr'), acr: list('acr') };
}

function parseClearance(json: Json | undefined, file: string, at: string, faults: Faults): Clearance | undefined {
  if (json === undefined) return undefined;
  if (isArray(json)) return { kind: 'only', labels: faults.texts(file, at, json) };
  if (isObject(json) && Object.keys(json).join() === 'except') {
    return { kind: 'except', labels: faults.texts(file, `${at}/except`, json['except']) };
  }
  faults.add(file, at, 'must be a list of labels, or {"except": [labels]}');
  return { kind: 'only', labels: [] };
}

interface ViewPlace {
  readonly role: string;
  readonly type: string;
  readonly file: string;
  readonly pointer: string;
  readonly clearance: Clearance;
}

function parseView(json: JsonObject, place: ViewPlace, faults: Faults): ViewSpec {
  const { file, pointer } = place;
  faults.onlyKeys(file, pointer, json, VIEW_KEYS);
  const interactions = faults.texts(file, `${pointer}/interactions`, json['interactions']);
  for (const name of interactions) {
    if (!INTERACTIONS.has(name)) faults.add(file, `${pointer}/interactions`, `${name} is no interaction`);
  }
  const write = parseWrites(json['write'] ?? [], file, `${pointer}/write`, faults);
  return {
    role: place.role,
    type: place.type,
    interactions: new Set(interactions.filter((name): name is Interaction => INTERACTIONS.has(name))),
    compartment: parseCompartment(json['compartment'], file, pointer, faults),
    ...(json['where'] === undefined ? {} : { where: faults.text(file, `${pointer}/where`, json['where']) }),
    clearance: parseClearance(json['clearance'], file, `${pointer}/clearance`, faults) ?? place.clearance,
    show: faults
      .texts(file, `${pointer}/show`, json['show'])
      .map((path, index) => ({ path, pointer: `${pointer}/show/${index}` })),
    rules: parseRules(json['rules'] ?? [], file, `${pointer}/rules`, faults),
    write,
    create: json['create'] === undefined ? write : parseWrites(json['create'], file, `${pointer}/create`, faults),
    always: json['always'] === undefined ? [] : faults.texts(file, `${pointer}/always`, json['always']),
    meta: parseMeta(json['meta'], file, pointer, faults),
    file,
    pointer,
  };
}

function parseCompartment(json: Json | undefined, file: string, pointer: string, faults: Faults): boolean {
  if (json !== undefined && json !== 'patient') faults.add(file, `${pointer}/compartment`, 'can only be "patient"');
  // Anything but its absence restricts: a misspelt filter never opens.
  return json !== undefined;
}

function parseMeta(json: Json | undefined, file: string, pointer: string, faults: Faults): 'show' | 'hide' {
  if (json !== undefined && json !== 'hide' && json !== 'show') {
    faults.add(file, `${pointer}/meta`, 'must be "show" or "hide"');
  }
  return json === undefined || json === 'show' ? 'show' : 'hide';
}

function parseRules(json: Json, file: string, at: string, faults: Faults): readonly RuleSpec[] {
  return faults.objects(file, at, json).map((rule, index) => {
    const pointer = `${at}/${index}`;
    faults.onlyKeys(file, pointer, rule, RULE_KEYS);
    const action = faults.text(file, `${pointer}/do`, rule['do']);
    const known = ACTION_NAMES.find((name) => name === action);
    if (!known) faults.add(file, `${pointer}/do`, `must be one of ${ACTION_NAMES.join(', ')}`);
    if ((action === 'replace') !== (rule['with'] !== undefined)) {
      faults.add(file, `${pointer}/with`, 'goes with "replace", and "replace" needs it');
    }
    return {
      id: faults.text(file, `${pointer}/id`, rule['id']),
      path: faults.text(file, `${pointer}/path`, rule['path']),
      do: known ?? 'hide',
      ...(rule['with'] === undefined ? {} : { with: rule['with'] }),
      ...(rule['after'] === undefined ? {} : { after: faults.text(file, `${pointer}/after`, rule['after']) }),
      reveals: faults.flag(file, `${pointer}/reveals`, rule['reveals']),
      pointer,
    };
  });
}

function parseWrites(json: Json, file: string, at: string, faults: Faults): readonly WriteSpec[] {
  if (!isArray(json)) {
    faults.add(file, at, 'must be a list of paths');
    return [];
  }
  return json.map((entry, index): WriteSpec => {
    const pointer = `${at}/${index}`;
    if (typeof entry === 'string') return { path: entry, pointer };
    if (!isObject(entry)) {
      faults.add(file, pointer, 'must be a path, or {"path", "values"}');
      return { path: '', pointer };
    }
    faults.onlyKeys(file, pointer, entry, ['path', 'values']);
    return {
      path: faults.text(file, `${pointer}/path`, entry['path']),
      values: faults.texts(file, `${pointer}/values`, entry['values']),
      pointer,
    };
  });
}
