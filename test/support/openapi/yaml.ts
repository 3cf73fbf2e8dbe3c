/** Writes plain data as YAML 1.2: block style, every text that could be read as anything else in JSON's quotes. */

const PLAIN = /^[A-Za-z][A-Za-z0-9 ,./()'$_-]*[A-Za-z0-9.)]$|^[A-Za-z]$/;
const RESERVED = /^(?:true|false|null|yes|no|on|off|y|n)$/i;

/** The document's text. */
export const toYaml = (value: unknown): string => `${block(value, 0).trimStart()}\n`;

function block(value: unknown, depth: number): string {
  const indent = `\n${'  '.repeat(depth)}`;
  if (Array.isArray(value)) {
    if (value.length === 0) return ' []';
    return value.map((item) => `${indent}-${inItem(item, depth + 1)}`).join('');
  }
  if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value).filter(([, member]) => member !== undefined);
    if (entries.length === 0) return ' {}';
    return entries.map(([name, member]) => `${indent}${scalar(name)}:${block(member, depth + 1)}`).join('');
  }
  return ` ${scalar(value)}`;
}

// The first member of an object stands on the line of its dash.
function inItem(value: unknown, depth: number): string {
  return block(value, depth).replace(/^\n */, ' ');
}

function scalar(value: unknown): string {
  if (typeof value !== 'string') return JSON.stringify(value);
  return PLAIN.test(value) && !RESERVED.test(value) && !value.includes(': ') ? value : JSON.stringify(value);
}
