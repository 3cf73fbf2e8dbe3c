/** Indents JSON text for `_pretty` without parsing it, so that every number keeps its text. */

const STEP = '  ';

/** The same JSON over several lines. The text must be valid JSON. */
export function indentJson(text: string): string {
  const out: string[] = [];
  let depth = 0;
  const line = (): string => `\n${STEP.repeat(depth)}`;
  for (let i = 0; i < text.length; i++) {
    const c = text.charAt(i);
    if (c === '"') {
      const end = endOfString(text, i);
      out.push(text.slice(i, end));
      i = end - 1;
    } else if (c === '{' || c === '[') {
      const closing = nextVisible(text, i + 1);
      if (isCloser(text.charAt(closing))) {
        out.push(c, text.charAt(closing));
        i = closing;
      } else {
        depth++;
        out.push(c, line());
      }
    } else if (isCloser(c)) {
      depth--;
      out.push(line(), c);
    } else if (c === ',') out.push(c, line());
    else if (c === ':') out.push(': ');
    else if (!isSpace(c)) out.push(c);
  }
  return out.join('');
}

const isCloser = (c: string): boolean => c === '}' || c === ']';
const isSpace = (c: string): boolean => c === ' ' || c === '\n' || c === '\r' || c === '\t';

function nextVisible(text: string, from: number): number {
  let at = from;
  while (isSpace(text.charAt(at))) at++;
  return at;
}

function endOfString(text: string, start: number): number {
  let at = start + 1;
  while (at < text.length && text.charAt(at) !== '"') at += text.charAt(at) === '\\' ? 2 : 1;
  return at + 1;
}
