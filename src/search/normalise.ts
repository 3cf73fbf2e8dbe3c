/** Strings as a search compares them: without case, accents, width and surplus white space (R4 search.html#string). */

// Marks that write accents and vowel points; those that make other letters (Kana, Indic scripts) stay.
const ACCENTS = new RegExp(
  [
    '[\\u0300-\\u036f]|[\\u1ab0-\\u1aff]|[\\u1dc0-\\u1dff]|[\\u20d0-\\u20ff]|[\\ufe20-\\ufe2f]', // Latin, Greek
    '[\\u0483-\\u0487]', // Cyrillic
    '[\\u0591-\\u05bd]|\\u05bf|\\u05c1|\\u05c2', // Hebrew
    '[\\u0610-\\u061a]|[\\u064b-\\u065f]|\\u0670', // Arabic
  ].join('|'),
  'g',
);
const INVISIBLE = /\p{Cf}/gu;
const WHITE = /[\s\u0085]+/g;
const PLAIN = /^[ -~]*$/;
const SPACES = / {2,}/g;
const LETTERS: Readonly<Record<string, string>> = {
  ς: 'σ',
  ø: 'o',
  ł: 'l',
  đ: 'd',
  ħ: 'h',
  ŧ: 't',
  ı: 'i',
  æ: 'ae',
  œ: 'oe',
};
const FOLDED = /[ςøłđħŧıæœ]/g;

/** The form in which two strings are the same to a search; applying it twice changes nothing more. */
export function normalise(text: string): string {
  // Most names are plain: they need none of Unicode's tables.
  if (PLAIN.test(text)) return text.toLowerCase().replace(SPACES, ' ').trim();
  return fold(fold(text.toWellFormed())).replace(WHITE, ' ').trim();
}

// Upper case first, since `ß` is `SS` there; a second round folds what the first has taken apart.
const fold = (text: string): string =>
  text
    .normalize('NFKD')
    .replace(INVISIBLE, '')
    .toUpperCase()
    .toLowerCase()
    .normalize('NFKD')
    .replace(ACCENTS, '')
    .replace(FOLDED, (letter) => LETTERS[letter] ?? letter)
    .normalize('NFC');

/** The form in which codes are compared; systems known to be case-sensitive are left alone (CONTRACT.md). */
export const foldCode = (system: string | undefined, code: string): string =>
  system === UCUM ? code : code.toUpperCase().toLowerCase();

const UCUM = 'http://unitsofmeasure.org';

const PREFIX_LENGTHS = [2, 3, 4, 6, 8, 12];

/** The longest prefix of an indexed length that a normalised text has; undefined for less than two letters. */
export function indexedPrefix(normal: string): string | undefined {
  return prefixesOf(normal).at(-1);
}

/** The prefixes, of 2, 3, 4, 6, 8 and 12 code points, under which a normalised text is indexed. */
export function prefixesOf(normal: string): readonly string[] {
  const points = [...normal.slice(0, 24)];
  return PREFIX_LENGTHS.filter((length) => length <= points.length).map((length) => points.slice(0, length).join(''));
}
