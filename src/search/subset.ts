/** Reads `_elements` and `_summary`: which parts of a resource to answer with (R4 search.html#elements, #summary). */
import type { Subset } from '../core/access.ts';
import { badRequest } from '../core/errors.ts';

/** The parameters that ask for parts of a resource. */
export const SUBSET_PARAMETERS = ['_elements', '_summary'] as const;

const MAX_NAMES = 100;
// `count` shows no resource at all, so that a read knows nothing of it.
const SUMMARIES = { search: ['true', 'text', 'data', 'count', 'false'], read: ['true', 'text', 'data', 'false'] };

/** What a request asks for, in no order: each is laid over what the others leave. Throws 400 for a bad value. */
export function readSubsets(
  elements: ReadonlySet<string>,
  parameters: readonly (readonly [string, string])[],
  kind: keyof typeof SUMMARIES,
): readonly Subset[] {
  return SUBSET_PARAMETERS.flatMap((name) => {
    const given = parameters.filter(([code]) => code.split(':', 1)[0] === name);
    const [first, second] = given;
    if (!first) return [];
    if (second) throw badRequest(`'${name}' is given more than once.`);
    if (first[0] !== name) throw badRequest(`'${name}' takes no modifier.`);
    return name === '_elements' ? [readElements(elements, first[1])] : readSummary(first[1], kind);
  });
}

function readElements(elements: ReadonlySet<string>, text: string): Subset {
  const names = text.split(',').map((name) => name.trim());
  if (names.length > MAX_NAMES) throw badRequest(`'_elements' takes ${MAX_NAMES} names at most.`);
  const unknown = names.find((name) => !elements.has(name));
  if (unknown === undefined) return { kind: 'elements', names: new Set(names) };
  throw badRequest(`'_elements' names '${unknown.slice(0, 64)}', which is no element at the top of the type.`);
}

function readSummary(text: string, kind: keyof typeof SUMMARIES): readonly Subset[] {
  if (!SUMMARIES[kind].includes(text)) throw badRequest(`'_summary' takes ${SUMMARIES[kind].join(', ')}.`);
  if (text === 'true') return [{ kind: 'summary' }];
  return text === 'text' || text === 'data' ? [{ kind: text }] : [];
}
