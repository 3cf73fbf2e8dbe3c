/** References among the entries of a transaction (R4 http.html#trules, bundle.html#references). */
import { isArray, isObject, type Json, type JsonObject } from '../core/json.ts';

/** What a link stands for; undefined leaves it as it is. */
export type Resolve = (link: string) => string | undefined;

// R4: references, and elements of the types uri, url, oid, uuid and canonical that hold the very text of a fullUrl.
const LINKS: ReadonlySet<string> = new Set([
  ...['reference', 'url', 'source', 'instantiatesUri', 'instantiatesCanonical'],
  ...['valueUri', 'valueUrl', 'valueOid', 'valueUuid', 'valueCanonical'],
]);

/** The JSON with its links resolved; what has none is shared, not copied. */
export function resolveLinks(json: Json, resolve: Resolve): Json {
  if (isArray(json)) return json.map((item) => resolveLinks(item, resolve));
  if (!isObject(json)) return json;
  return Object.fromEntries(
    Object.entries(json).map(([name, value]) => [
      name,
      value === undefined ? value : resolveMember(name, value, resolve),
    ]),
  );
}

function resolveMember(name: string, value: Json, resolve: Resolve): Json {
  if (typeof value === 'string') {
    if (LINKS.has(name)) return resolve(value) ?? value;
    return name === 'div' ? resolveNarrative(value, resolve) : value;
  }
  if (isArray(value) && LINKS.has(name)) {
    return value.map((item) => (typeof item === 'string' ? (resolve(item) ?? item) : resolveLinks(item, resolve)));
  }
  return resolveLinks(value, resolve);
}

// R4: <a href> and <img src> of a narrative as well.
const resolveNarrative = (div: string, resolve: Resolve): string =>
  div.replace(/\b(href|src)="([^"<>]{1,2048})"/g, (whole, name: string, link: string) => {
    const found = resolve(link);
    return found === undefined ? whole : `${name}="${found}"`;
  });

const CONDITIONAL = /^([A-Z][A-Za-z]{1,40})\?(.+)$/s;

export interface ConditionalReference {
  readonly text: string;
  readonly type: string;
  readonly criteria: readonly (readonly [string, string])[];
}

/** The conditional references of a body, `Patient?identifier=…`, each text once. */
export function conditionalReferences(body: JsonObject): readonly ConditionalReference[] {
  const found = new Map<string, ConditionalReference>();
  const visit = (json: Json): void => {
    if (isArray(json)) for (const item of json) visit(item);
    if (!isObject(json)) return;
    const { reference } = json;
    const match = typeof reference === 'string' ? CONDITIONAL.exec(reference) : null;
    if (match?.[1] && match[2]) {
      const criteria = [...new URLSearchParams(match[2])];
      found.set(match[0], { text: match[0], type: match[1], criteria });
    }
    for (const value of Object.values(json)) if (value !== undefined) visit(value);
  };
  visit(body);
  return [...found.values()];
}
