/** Numbers compared as decimals: `1.50` equals `1.5`, and no double rounds two different ones together. */
import { isRawNumber, type Json } from '../core/json.ts';

const NUMBER = /^([+-]?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d{1,9}))?$/;

/** One text for all texts of a number: sign, digits without zeros at the ends, exponent. */
export function canonicalDecimal(text: string): string {
  const match = NUMBER.exec(text);
  if (!match) return text;
  const [, sign, whole = '', fraction = '', exponent = '0'] = match;
  const digits = stripZeros(whole + fraction);
  if (digits.text === '') return '0';
  return `${sign === '-' ? '-' : ''}${digits.text}e${Number(exponent) - fraction.length + digits.dropped}`;
}

/** A test for one number, fast for those that a double holds as they were written. */
export function equalsNumber(text: string): (value: Json) => boolean {
  const canonical = canonicalDecimal(text);
  const double = Number(text);
  const exact = canonicalDecimal(String(double)) === canonical;
  return (value) =>
    typeof value === 'number'
      ? exact && value === double
      : isRawNumber(value) && canonicalDecimal(value.rawJSON) === canonical;
}

function stripZeros(digits: string): { text: string; dropped: number } {
  let start = 0;
  let end = digits.length;
  while (start < end && digits.charCodeAt(start) === 0x30) start++;
  while (end > start && digits.charCodeAt(end - 1) === 0x30) end--;
  return { text: digits.slice(start, end), dropped: digits.length - end };
}
