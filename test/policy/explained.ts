/** What a report of `policy explain` says that a caller sees, laid over the resource: compared with what the lens gives. */
import { isArray, isObject, type Json, type JsonObject, type ResourceJson } from '../../src/core/json.ts';
import type { Finding } from '../../src/masking/explain.ts';

/** Stands where an altered element is: anything may be there. */
const ALTERED = 'altered: anything may stand here';

/** The resource as the findings describe it: hidden elements gone, altered ones replaced by a wildcard. */
export function asExplained(resource: ResourceJson, findings: readonly Finding[]): Json | undefined {
  const effects = new Map(findings.map(({ path, effect }) => [path, effect]));
  return describe(resource, resource.resourceType, effects);
}

type Effects = ReadonlyMap<string, Finding['effect']>;

function describe(value: Json | undefined, path: string, effects: Effects): Json | undefined {
  const effect = effects.get(path);
  if (effect === 'hidden') return undefined;
  if (effect === 'altered') return ALTERED;
  if (!isObject(value)) return value;
  const out: Record<string, Json> = {};
  for (const key of Object.keys(value)) describeMember(value, key, { out, path: `${path}.${plain(key)}`, effects });
  return Object.keys(out).length > 0 ? out : undefined;
}

const plain = (key: string): string => (key.startsWith('_') ? key.slice(1) : key);

interface Member {
  readonly out: Record<string, Json>;
  readonly path: string;
  readonly effects: Effects;
}

function describeMember(object: JsonObject, key: string, { out, path, effects }: Member): void {
  const member = object[key];
  const one = (item: Json | undefined, at: string): Json | undefined =>
    key === plain(key) && effects.get(`${at}.value`) === 'hidden' ? undefined : describe(item, at, effects);
  if (!isArray(member)) {
    const described = one(member, path);
    if (described !== undefined) out[key] = described;
    return;
  }
  const items = member.flatMap((item, i) => {
    if (effects.get(`${path}[${i}]`) === 'hidden') return [];
    return [item === null ? null : (one(item, `${path}[${i}]`) ?? null)];
  });
  if (items.some((item) => item !== null))
    out[key] =
      isObject(items.find((item) => item !== null) ?? null) && key === plain(key)
        ? items.filter((item) => item !== null)
        : items;
}

/** Where what is seen is not what was explained; marks and the server's part of `meta` aside. */
export function differences(explained: Json | undefined, seen: Json | undefined, path: string): readonly string[] {
  if (explained === ALTERED || isMark(seen)) return [];
  if (isArray(explained) && isArray(seen)) {
    const left = seen.filter((item) => !isMark(item));
    if (explained.length !== left.length) return [`${path}: ${explained.length} items explained, ${left.length} seen`];
    return explained.flatMap((item, i) => differences(item, left[i], `${path}[${i}]`));
  }
  if (isObject(explained) && isObject(seen)) {
    const names = [...new Set([...Object.keys(explained), ...Object.keys(seen)])];
    return names.flatMap((name) => {
      // A wildcard covers value and sibling.
      if (explained[plain(name)] === ALTERED || explained[`_${name}`] === ALTERED) return [];
      return differences(explained[name], seen[name], `${path}.${name}`);
    });
  }
  return JSON.stringify(explained) === JSON.stringify(seen) ? [] : [path];
}

const isMark = (value: Json | undefined): boolean =>
  value !== undefined && value !== null && JSON.stringify(value).includes('"valueCode":"masked"');
