/** Patches for the trace: edits of what is shown, and probes of what either world holds out of sight. */
import type { Built } from '../security/canary-resource.ts';
import type { Random } from './random.ts';
import { type Asked, type Parts, storedAs, tagOf } from './trace.ts';

const JSON_PATCH = 'application/json-patch+json';

/** A patch of `ref`, or of something that was shown. */
export function patchAsked(parts: Parts, ref: string): Asked {
  const { random, bodies } = parts;
  const target = random.chance(0.8) ? (random.pick([...bodies.keys()]) ?? ref) : ref;
  const stored = random.pick(storedAs(parts.population, target))?.resource ??
    bodies.get(target) ?? { resourceType: 'x' };
  const isJson = random.chance(0.6);
  const headers: Record<string, string> = isJson ? { 'Content-Type': JSON_PATCH } : {};
  if (random.chance(0.15)) headers['If-Match'] = tagOf(random);
  const count = 1 + random.below(2);
  const operations = Array.from({ length: count }, () =>
    isJson ? jsonOperation(random, stored) : fhirPathOperation(random, target.split('/')[0] ?? '', stored),
  );
  const body = isJson ? operations : { resourceType: 'Parameters', parameter: operations };
  return { method: 'PATCH', path: `/${target}`, options: { body, headers } };
}

// Any place of what is stored, seen or not.
function anyPlace(random: Random, resource: Built): readonly [way: string[], value: Built] {
  const way: string[] = [];
  let value: Built = resource;
  for (let depth = 1 + random.below(4); depth > 0 && typeof value === 'object' && value !== null; depth--) {
    const name = random.pick(Object.keys(value).filter((each) => each !== 'resourceType' && each !== 'id'));
    if (name === undefined) break;
    way.push(name);
    value = value[name];
  }
  return [way, value];
}

function jsonOperation(random: Random, resource: Built): Built {
  const [way, value] = anyPlace(random, resource);
  const pointer = `/${way.map((step) => step.replaceAll('~', '~0').replaceAll('/', '~1')).join('/')}`;
  const [other] = anyPlace(random, resource);
  const op = random.pick(['test', 'test', 'copy', 'move', 'remove', 'replace', 'add']);
  const from = op === 'copy' || op === 'move' ? { from: pointer } : {};
  const path = random.chance(0.2) && way.length > 0 ? `/${[...way.slice(0, -1), '-'].join('/')}` : pointer;
  return { op, ...from, path: 'from' in from ? `/${other.join('/')}` : path, value: altered(random, value) };
}

const altered = (random: Random, value: Built): Built =>
  random.chance(0.6)
    ? (value ?? null)
    : JSON.parse(JSON.stringify(value ?? null).replace(/(?:Canary|Edited|Hidden)/, 'Edited'));

function fhirPathOperation(random: Random, type: string, resource: Built): Built {
  const [way] = anyPlace(random, resource);
  const steps = way.map((step) => (/^\d+$/.test(step) ? `[${step}]` : `.${step}`)).join('');
  const texts = JSON.stringify(resource).match(/(?:Canary|Hidden)[a-z]*\d{6}/g) ?? ['x'];
  const name = way.findLast((step) => !/^\d+$/.test(step)) ?? 'identifier';
  const path = random.pick([
    `${type}${steps}`,
    `${type}.${way[0] ?? 'identifier'}.where(value = '${random.pick(texts)}')`,
    `${type}.${way[0] ?? 'identifier'}.where(text = '${random.pick(texts)}' or id.exists())`,
    `${type}.${way[0] ?? 'identifier'}`,
  ]);
  const more = [
    { name: 'name', valueString: name },
    { name: 'index', valueInteger: random.below(3) },
    { name: 'source', valueInteger: random.below(2) },
    { name: 'destination', valueInteger: random.below(2) },
    { name: 'value', valueString: random.pick(texts) },
  ];
  const kind = random.pick(['add', 'insert', 'delete', 'delete', 'replace', 'move']);
  return { name: 'operation', part: [{ name: 'type', valueCode: kind }, { name: 'path', valueString: path }, ...more] };
}
