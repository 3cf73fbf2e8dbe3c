/** Splits search values as R4 search.html#escaping says, and reads tokens. */
import { badRequest } from '../core/errors.ts';

/** At most so many alternatives in one value. */
const MAX_ALTERNATIVES = 200;

/** A token value: `system|code`, `|code`, `code`, `system|`. Undefined means that any will do. */
export interface TokenValue {
  /** Empty: none. */
  readonly system?: string;
  readonly code?: string;
}

/** The alternatives of a value, still escaped; 400 for an empty one. */
export function alternatives(parameter: string, value: string): readonly string[] {
  const parts = split(value, ',');
  if (parts.some((part) => part === '')) throw badRequest(`The parameter "${parameter}" has an empty value.`);
  if (parts.length > MAX_ALTERNATIVES) throw badRequest(`The parameter "${parameter}" has too many alternatives.`);
  return parts;
}

/** Reads one alternative as a token, folded to lower case (CONTRACT.md "token case"). */
export function readToken(parameter: string, value: string): TokenValue {
  const parts = split(value, '|').map((part) => unescapeValue(part).toLowerCase());
  const [first = '', second] = parts;
  if (parts.length > 2 || (second === '' && first === '')) {
    throw badRequest(`The value of "${parameter}" is no token. Write it as system|code or code.`);
  }
  if (second === undefined) return { code: first };
  return second === '' ? { system: first } : { system: first, code: second };
}

/** Whether a token names a coding. */
export function tokenFits(token: TokenValue, system: string, code: string): boolean {
  return (
    (token.system === undefined || token.system === system.toLowerCase()) &&
    (token.code === undefined || token.code === code.toLowerCase())
  );
}

/** Splits at a separator that no backslash precedes; the parts keep their escapes. */
export function split(text: string, separator: ',' | '|'): readonly string[] {
  const parts: string[] = [];
  let start = 0;
  for (let i = 0; i < text.length; i++) {
    if (text[i] === '\\') i++;
    else if (text[i] === separator) {
      parts.push(text.slice(start, i));
      start = i + 1;
    }
  }
  parts.push(text.slice(start));
  return parts;
}

/** Takes the backslash off `\,`, `\|`, `\$` and `\\`. */
export const unescapeValue = (text: string): string => text.replace(/\\([,|$\\])/g, '$1');
