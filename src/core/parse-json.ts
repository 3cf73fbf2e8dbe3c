/** Reads JSON text strictly: no duplicate keys, bounded depth, decimals keep their text. */
import { type Json, rawNumber } from './json.ts';

/** R4 sets no limit; CONTRACT.md does: 64 levels. */
export const MAX_DEPTH = 64;

export type JsonFault = { readonly kind: 'syntax' | 'depth' } | { readonly kind: 'duplicate'; readonly key: string };
export type ParsedJson =
  | { readonly ok: true; readonly value: Json }
  | { readonly ok: false; readonly fault: JsonFault };

interface Scan {
  fault: JsonFault | undefined;
  oddNumber: boolean;
}

/** Parses a text; the fault says which of the three refusals applies. Never throws. */
export function parseJson(text: string): ParsedJson {
  const scan = scanJson(text);
  if (scan.fault?.kind === 'depth') return { ok: false, fault: scan.fault };
  try {
    const value: Json = scan.oddNumber ? JSON.parse(text, keepNumberText) : JSON.parse(text);
    // Duplicates are reported only for text that is JSON: a syntax error comes first.
    return scan.fault ? { ok: false, fault: scan.fault } : { ok: true, value };
  } catch {
    return { ok: false, fault: { kind: 'syntax' } };
  }
}

function keepNumberText(_key: string, value: unknown, context?: { source?: string }): unknown {
  if (typeof value !== 'number' || context?.source === undefined) return value;
  return String(value) === context.source ? value : rawNumber(context.source);
}

// One pass over the text, looking at brackets, keys and numbers alone; JSON.parse judges the grammar.
function scanJson(text: string): Scan {
  const scan: Scan = { fault: undefined, oddNumber: false };
  const keys: (Set<string> | undefined)[] = [];
  let expectKey = false;
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i);
    if (c === 0x22) {
      const end = endOfString(text, i);
      if (expectKey) noteKey(scan, keys.at(-1), text.slice(i, end + 1));
      expectKey = false;
      i = end;
    } else if (c === 0x7b || c === 0x5b) {
      keys.push(c === 0x7b ? new Set() : undefined);
      expectKey = c === 0x7b;
      if (keys.length > MAX_DEPTH) return { ...scan, fault: { kind: 'depth' } };
    } else if (c === 0x7d || c === 0x5d) {
      keys.pop();
      expectKey = false;
    } else if (c === 0x2c) {
      expectKey = keys.at(-1) !== undefined;
    } else if (c === 0x2d || (c >= 0x30 && c <= 0x39)) {
      const end = endOfNumber(text, i);
      const number = text.slice(i, end);
      if (String(Number(number)) !== number) scan.oddNumber = true;
      i = end - 1;
    }
  }
  return scan;
}

function endOfString(text: string, start: number): number {
  let end = text.indexOf('"', start + 1);
  while (end > 0 && isEscaped(text, end)) end = text.indexOf('"', end + 1);
  return end < 0 ? text.length : end;
}

function isEscaped(text: string, at: number): boolean {
  let slashes = 0;
  while (text.charCodeAt(at - 1 - slashes) === 0x5c) slashes++;
  return slashes % 2 === 1;
}

function endOfNumber(text: string, start: number): number {
  let end = start + 1;
  while (end < text.length && '0123456789+-.eE'.includes(text.charAt(end))) end++;
  return end;
}

function noteKey(scan: Scan, seen: Set<string> | undefined, quoted: string): void {
  const key = quoted.includes('\\') ? unescapeKey(quoted) : quoted.slice(1, -1);
  if (seen?.has(key)) scan.fault ??= { kind: 'duplicate', key };
  seen?.add(key);
}

function unescapeKey(quoted: string): string {
  try {
    return String(JSON.parse(quoted));
  } catch {
    return quoted; // Not JSON: JSON.parse of the whole text will say so.
  }
}
