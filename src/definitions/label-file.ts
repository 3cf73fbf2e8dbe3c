/** Reads `profiles/labels/<label>.json`: which codes make a resource sensitive, as data (VIEWS.md, last paragraph). */
import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { isObject, type Json, type JsonObject } from '../core/json.ts';
import { parseJson } from '../core/parse-json.ts';
import type { Faults } from './faults.ts';

/** The v3 ActCode sensitivities that the server assigns by itself. */
export const ASSIGNED_LABELS = ['PSY', 'PSYTHPN', 'ETH', 'HIV', 'SEX', 'GDIS'] as const;
export type AssignedLabel = (typeof ASSIGNED_LABELS)[number];

/** A code that carries the label; with `below` every code that begins with it does, too (ICD-10-CM). */
export interface LabelledCode {
  readonly code: string;
  readonly display: string;
  readonly below: boolean;
}

/** Codes of one system from one source. */
export interface CodeGroup {
  readonly name: string;
  /** Where the codes were taken from, for the one who must judge them. */
  readonly source: string;
  readonly system: string;
  readonly codes: readonly LabelledCode[];
}

export interface LabelFile {
  readonly label: AssignedLabel;
  readonly display: string;
  readonly groups: readonly CodeGroup[];
}

/** The one system whose codes stand below another by their first letters. */
export const ICD_10_CM = 'http://hl7.org/fhir/sid/icd-10-cm';

const FILE_KEYS = ['$schema', 'label', 'display', 'why', 'groups'];
const GROUP_KEYS = ['name', 'source', 'system', 'codes'];
const CODE_KEYS = ['code', 'display', 'below'];
// R4 datatypes.html#code and #uri: what could never be equal to a sent one is a slip of the pen.
const CODE = /^[^\s]+( [^\s]+)*$/;
const URI = /^[a-z][a-z0-9+.-]*:\S+$/;

/** Reads the file of every label; a missing one is a fault, since it would mean that nothing is sensitive. */
export function loadLabelFiles(profilesDir: string, faults: Faults): readonly LabelFile[] {
  return ASSIGNED_LABELS.flatMap((label) => {
    const file = join(profilesDir, 'labels', `${label}.json`);
    const json = readObject(file, faults);
    return json ? [parseLabelFile(json, file, faults)] : [];
  });
}

function readObject(file: string, faults: Faults): JsonObject | undefined {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch {
    faults.add(file, '', 'is required and cannot be read');
    return undefined;
  }
  const parsed = parseJson(text);
  if (parsed.ok && isObject(parsed.value)) return parsed.value;
  faults.add(file, '', parsed.ok ? 'must be a JSON object' : `is no JSON that can be used (${parsed.fault.kind})`);
  return undefined;
}

/** Parses one label; faults are added, not thrown. */
export function parseLabelFile(json: JsonObject, file: string, faults: Faults): LabelFile {
  faults.onlyKeys(file, '', json, FILE_KEYS);
  const named = faults.text(file, '/label', json['label']);
  const label = ASSIGNED_LABELS.find((known) => known === named);
  if (!label) faults.add(file, '/label', `must be one of ${ASSIGNED_LABELS.join(', ')}`);
  else if (label !== basename(file, '.json')) faults.add(file, '/label', 'must be the name of the file');
  faults.text(file, '/why', json['why']);
  const groups = faults
    .objects(file, '/groups', json['groups'] ?? null)
    .map((group, index) => parseGroup(group, file, `/groups/${index}`, faults));
  if (groups.length === 0) faults.add(file, '/groups', 'holds no codes: the label would never be assigned');
  return { label: label ?? 'PSY', display: faults.text(file, '/display', json['display']), groups };
}

function parseGroup(json: JsonObject, file: string, pointer: string, faults: Faults): CodeGroup {
  faults.onlyKeys(file, pointer, json, GROUP_KEYS);
  const system = faults.text(file, `${pointer}/system`, json['system']);
  if (!URI.test(system)) faults.add(file, `${pointer}/system`, 'must be the URI of a code system');
  const codes = faults
    .objects(file, `${pointer}/codes`, json['codes'] ?? null)
    .map((code, index) => parseCode(code, { file, pointer: `${pointer}/codes/${index}`, system }, faults));
  if (codes.length === 0) faults.add(file, `${pointer}/codes`, 'holds no code');
  refuseTwins(codes, file, pointer, faults);
  return {
    name: faults.text(file, `${pointer}/name`, json['name']),
    source: faults.text(file, `${pointer}/source`, json['source']),
    system,
    codes,
  };
}

interface CodePlace {
  readonly file: string;
  readonly pointer: string;
  readonly system: string;
}

function parseCode(json: JsonObject, { file, pointer, system }: CodePlace, faults: Faults): LabelledCode {
  faults.onlyKeys(file, pointer, json, CODE_KEYS);
  const below = faults.flag(file, `${pointer}/below`, json['below']);
  if (below && system !== ICD_10_CM) faults.add(file, `${pointer}/below`, 'goes with ICD-10-CM alone');
  return {
    code: codeOf(json['code'], file, `${pointer}/code`, faults),
    display: faults.text(file, `${pointer}/display`, json['display']),
    below,
  };
}

function codeOf(json: Json | undefined, file: string, pointer: string, faults: Faults): string {
  const code = faults.text(file, pointer, json);
  if (code !== '' && !CODE.test(code)) faults.add(file, pointer, 'is no code');
  return code;
}

function refuseTwins(codes: readonly LabelledCode[], file: string, pointer: string, faults: Faults): void {
  const seen = new Set<string>();
  for (const [index, { code }] of codes.entries()) {
    if (seen.has(code)) faults.add(file, `${pointer}/codes/${index}/code`, 'stands in this group already');
    seen.add(code);
  }
}
