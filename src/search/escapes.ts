/** R4 search.html#escaping: `\,`, `\|`, `\$` and `\\` stand for themselves. */

/** Splits at a separator that no backslash escapes; the escapes stay in the parts. */
export function splitUnescaped(text: string, separator: ',' | '|' | '$'): readonly string[] {
  const parts: string[] = [];
  let start = 0;
  for (let i = 0; i < text.length; i++) {
    const c = text.charAt(i);
    if (c === '\\') i++;
    else if (c === separator) {
      parts.push(text.slice(start, i));
      start = i + 1;
    }
  }
  parts.push(text.slice(start));
  return parts;
}

/** Takes the escapes away; a backslash before anything else is a backslash. */
export const withoutEscapes = (text: string): string => text.replace(/\\([,|$\\])/g, '$1');
