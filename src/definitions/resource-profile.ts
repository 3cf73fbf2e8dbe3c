/** Reads `profiles/resources/<Type>.json`: which class each element belongs to, and whose a resource is. */
import { isObject, type Json, type JsonObject } from '../core/json.ts';
import type { Faults } from './faults.ts';
import type { ItemBox, ItemClass, ResourceProfile, TypeDef } from './types.ts';

/** DESIGN.md idea 4; each class that a resource has anything in is one sealed box. */
export const CLASS_NAMES = ['identity', 'contact', 'clinical', 'narrative', 'restricted', 'structural'] as const;

const KEYS = ['$schema', 'type', 'classes', 'itemClasses', 'boxes', 'patient'];
/** The name of the class of items that no predicate fits. */
const OTHER = 'other';

interface Place {
  readonly file: string;
  readonly type: TypeDef;
  /** Looks a type up, to follow paths. */
  readonly typeOf: (name: string) => TypeDef | undefined;
  readonly faults: Faults;
}

/** Parses one file; faults are added, not thrown. */
export function parseResourceProfile(json: JsonObject, place: Place): ResourceProfile {
  const { file, type, faults } = place;
  faults.onlyKeys(file, '', json, KEYS);
  if (json['type'] !== type.name) faults.add(file, '/type', 'must be the name of the file');
  const classes = parseClasses(json['classes'], place);
  const itemClasses = parseItemClasses(json['itemClasses'] ?? {}, place);
  const boxes = new Map(
    [...classes].flatMap(([name, elements]) => elements.map((element) => [element, name] as const)),
  );
  return Object.freeze({
    type: type.name,
    classes,
    boxOf: (element: string): string => {
      const box = boxes.get(element);
      if (box === undefined) throw new Error(`${type.name} has no class for an element of this name`);
      return box;
    },
    itemBoxes: Object.freeze(parseBoxes(json['boxes'] ?? {}, itemClasses, place)),
    itemClasses,
    patient: Object.freeze(parsePatient(json['patient'], place)),
  });
}

function parseClasses(json: Json | undefined, place: Place): ReadonlyMap<string, readonly string[]> {
  const { file, type, faults } = place;
  const classes = new Map<string, readonly string[]>();
  const seen = new Set<string>();
  if (!isObject(json)) {
    faults.add(file, '/classes', 'is required: the class of each element');
    return classes;
  }
  faults.onlyKeys(file, '/classes', json, CLASS_NAMES);
  for (const [name, list] of Object.entries(json)) {
    const elements = faults.texts(file, `/classes/${name}`, list);
    for (const [index, element] of elements.entries()) {
      const fault = classFault(element, type, seen);
      if (fault) faults.add(file, `/classes/${name}/${index}`, fault);
      seen.add(element);
    }
    if (elements.length > 0) classes.set(name, Object.freeze(elements));
  }
  for (const element of type.elements.keys()) {
    if (element !== 'id' && !seen.has(element)) faults.add(file, '/classes', `has no class for ${element}`);
  }
  return classes;
}

function classFault(element: string, type: TypeDef, seen: ReadonlySet<string>): string | undefined {
  if (element === 'id') return 'id is never sealed and has no class';
  if (!type.elements.has(element)) return `${element} is no element of ${type.name}`;
  return seen.has(element) ? `${element} has a class already` : undefined;
}

function parseItemClasses(json: Json, place: Place): ReadonlyMap<string, readonly ItemClass[]> {
  const { file, faults } = place;
  const all = new Map<string, readonly ItemClass[]>();
  for (const [element, classes] of members(json, '/itemClasses', place)) {
    const pointer = `/itemClasses/${element}`;
    if (!isList(element, place)) faults.add(file, pointer, `${element} is no list of ${place.type.name}`);
    const parsed = members(classes, pointer, place).map(([name, expression]) => {
      if (name === OTHER) faults.add(file, `${pointer}/${name}`, 'is the class of what fits no other');
      return Object.freeze({ name, expression: faults.text(file, `${pointer}/${name}`, expression) });
    });
    all.set(element, Object.freeze(parsed));
  }
  return all;
}

function parseBoxes(
  json: Json,
  itemClasses: ReadonlyMap<string, readonly ItemClass[]>,
  place: Place,
): readonly ItemBox[] {
  const { file, faults } = place;
  return members(json, '/boxes', place).flatMap(([box, value]) => {
    const pointer = `/boxes/${box}`;
    if (CLASS_NAMES.some((name) => name === box)) faults.add(file, pointer, 'is the name of a class');
    if (!isObject(value)) {
      faults.add(file, pointer, 'must be {"element", "class"}');
      return [];
    }
    faults.onlyKeys(file, pointer, value, ['element', 'class']);
    const element = faults.text(file, `${pointer}/element`, value['element']);
    const itemClass = faults.text(file, `${pointer}/class`, value['class']);
    if (!itemClasses.get(element)?.some(({ name }) => name === itemClass)) {
      faults.add(file, `${pointer}/class`, `is no class of items of ${element}`);
    }
    return [Object.freeze({ box, element, itemClass })];
  });
}

function parsePatient(json: Json | undefined, place: Place): readonly string[] {
  const { file, type, faults } = place;
  const paths = faults.texts(file, '/patient', json);
  for (const [index, path] of paths.entries()) {
    const fits = path === 'id' ? type.name === 'Patient' : leadsToReference(path, place);
    if (!fits) faults.add(file, `/patient/${index}`, `${path} is no element of ${type.name} that can name a patient`);
  }
  return paths;
}

function leadsToReference(path: string, { type, typeOf }: Place): boolean {
  let at: TypeDef | undefined = type;
  for (const name of path.split('.')) at = typeOf(at?.elements.get(name)?.types[0]?.code ?? '');
  return at?.name === 'Reference';
}

function isList(element: string, { type }: Place): boolean {
  return (type.elements.get(element)?.max ?? 0) > 1;
}

function members(json: Json | undefined, pointer: string, { file, faults }: Place): readonly [string, Json][] {
  if (!isObject(json)) {
    faults.add(file, pointer, 'must be an object');
    return [];
  }
  return Object.entries(json).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]]));
}
