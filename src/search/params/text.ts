/** `_text` and `_content`: words of the narrative, or of all that a resource says (R4 search.html#text). */
import { badRequest } from '../../core/errors.ts';
import { isArray, isObject, type Json, member } from '../../core/json.ts';
import { EVERY } from '../../core/plan.ts';
import { perhaps } from '../bounds.ts';
import { withoutEscapes } from '../escapes.ts';
import { normalise } from '../normalise.ts';
import type { ParameterType, ParseContext } from './parameter-type.ts';

/** The type of both: nothing is indexed, since words tell too much, so what the other criteria leave is looked at. */
export const text: ParameterType = {
  modifiers: new Set(),
  parse: (written, { name }: ParseContext) => {
    const words = wordsIn(withoutEscapes(written));
    if (words.length === 0) throw badRequest(`'${name}' takes one word or several, all of which must be there.`);
    return { kind: 'words', words };
  },
  index: () => [],
  bounds: () => perhaps(EVERY),
  matches: (value, { value: resource }, { param }) => {
    if (value.kind !== 'words' || !isObject(resource)) return false;
    const read = param.code === '_text' ? NARRATIVE : CONTENT;
    const words = read.get(resource) ?? new Set(textsIn(resource, param.code).flatMap(wordsIn));
    read.set(resource, words);
    return value.words.every((word) => words.has(word));
  },
  parts: () => [],
};

// A resource is compared with many words, under several criteria: it is read once.
const NARRATIVE = new WeakMap<object, ReadonlySet<string>>();
const CONTENT = new WeakMap<object, ReadonlySet<string>>();

const wordsIn = (written: string): readonly string[] =>
  normalise(written)
    .split(/[^\p{L}\p{N}]+/u)
    .filter((word) => word !== '');

function textsIn(resource: Json, code: string): readonly string[] {
  if (code === '_content') return stringsIn(resource);
  const narrative = isObject(resource) ? member(resource, 'text') : undefined;
  const div = isObject(narrative) ? member(narrative, 'div') : undefined;
  return typeof div === 'string' ? [withoutTags(div)] : [];
}

// JSON is at most 64 levels deep.
function stringsIn(value: Json | undefined): readonly string[] {
  if (typeof value === 'string') return [value.startsWith('<div') ? withoutTags(value) : value];
  if (isArray(value)) return value.flatMap(stringsIn);
  return isObject(value) ? Object.values(value).flatMap(stringsIn) : [];
}

const withoutTags = (xhtml: string): string => xhtml.replace(/<[^<>]*>/g, ' ');
