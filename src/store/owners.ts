/** Which patients own a resource: the ends of the paths that its profile names. */
import { parseBox } from '../core/box-text.ts';
import { isArray, isObject, type Json, member, type ResourceJson } from '../core/json.ts';
import type { OpenRecord } from '../core/record.ts';
import { parseReference } from '../core/reference.ts';
import type { ResourceProfile } from '../definitions/types.ts';

const PATIENT = 'Patient';

/** Ids of the owning patients, each once, sorted. */
export function ownersOf(profile: ResourceProfile, resource: ResourceJson, baseUrl: string): readonly string[] {
  const ids = new Set<string>();
  for (const path of profile.patient) {
    for (const value of ends(resource, path.split('.'))) {
      const id = patientId(value, baseUrl);
      if (id !== undefined) ids.add(id);
    }
  }
  return [...ids].toSorted();
}

/**
 * The owners of a stored version. Of its boxes only those are opened that name owners: whose record it is must not cost
 * the opening of what nobody asked for. None for a deletion.
 */
export function ownersOfRecord(profile: ResourceProfile, record: OpenRecord, baseUrl: string): readonly string[] {
  if (record.deleted) return [];
  const elements = profile.patient.map((path) => path.split('.')[0] ?? '').filter((element) => element !== 'id');
  const boxes = [...new Set(elements.map((element) => profile.boxOf(element)))];
  const members = boxes.map((box) => record.open(box)).map((text) => (text === undefined ? {} : parseBox(text)));
  return ownersOf(profile, Object.assign({ resourceType: record.type, id: record.id }, ...members), baseUrl);
}

function patientId(value: Json, baseUrl: string): string | undefined {
  if (typeof value === 'string') return value; // Patient's own `id`
  const reference = isObject(value) ? member(value, 'reference') : undefined;
  const target = typeof reference === 'string' ? parseReference(reference, baseUrl) : undefined;
  return target?.type === PATIENT ? target.id : undefined;
}

function ends(value: Json, path: readonly string[]): readonly Json[] {
  if (isArray(value)) return value.flatMap((item) => ends(item, path));
  const [name, ...rest] = path;
  if (name === undefined) return [value];
  const next = isObject(value) ? member(value, name) : undefined;
  return next === undefined ? [] : ends(next, rest);
}
