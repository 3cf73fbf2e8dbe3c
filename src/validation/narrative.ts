/** Whether a narrative's div is XHTML that is safe to show: basic elements, nothing that runs, nothing fetched by style. */
import { ALLOWED_ATTRIBUTES, ALLOWED_ELEMENTS, isSafeStyle, isSafeUrl, URL_ATTRIBUTES } from './xhtml.ts';

const TAG_NAME = /[A-Za-z][A-Za-z0-9]{0,20}/y;
const ATTRIBUTE = /\s+([A-Za-z_][\w:.-]{0,40})\s*=\s*(?:"([^"<]*)"|'([^'<]*)')/y;
const TAG_END = /\s*(\/?)>/y;
const ENTITY = /&(?:[A-Za-z][A-Za-z0-9]{0,30}|#[0-9]{1,7}|#x[0-9A-Fa-f]{1,6});/y;

interface Reader {
  readonly text: string;
  at: number;
  /** Names of the elements that are open. */
  readonly open: string[];
  /** Text that is no white space, or an image (txt-2). */
  content: boolean;
}

/** What is wrong with a div; undefined when nothing is. Linear in its length. */
export function narrativeFault(div: string): string | undefined {
  const reader: Reader = { text: div.trim(), at: 0, open: [], content: false };
  if (!/^<div[\s>]/.test(reader.text)) return 'must be a div element';
  while (reader.at < reader.text.length) {
    const fault = readNext(reader);
    if (fault !== undefined) return fault;
    if (reader.open.length === 0 && reader.at < reader.text.length)
      return 'must be one div element and nothing after it';
  }
  if (reader.open.length > 0) return 'has an element that is not closed';
  return reader.content ? undefined : 'must have some content';
}

function readNext(reader: Reader): string | undefined {
  if (reader.text.startsWith('<!--', reader.at)) return readComment(reader);
  if (reader.text.startsWith('</', reader.at)) return readCloseTag(reader);
  if (reader.text.startsWith('<', reader.at)) return readOpenTag(reader);
  return readText(reader);
}

function readComment(reader: Reader): string | undefined {
  const end = reader.text.indexOf('--', reader.at + 4);
  if (end < 0 || reader.text.charAt(end + 2) !== '>') return 'has a comment that is no XML';
  reader.at = end + 3;
  return undefined;
}

function readCloseTag(reader: Reader): string | undefined {
  reader.at += 2;
  const name = match(TAG_NAME, reader)?.[0];
  if (name === undefined || match(TAG_END, reader)?.[1] !== '' || reader.open.pop() !== name) {
    return 'has an end tag that closes nothing';
  }
  return undefined;
}

function readOpenTag(reader: Reader): string | undefined {
  reader.at++;
  const name = match(TAG_NAME, reader)?.[0];
  if (name === undefined) return 'is no XHTML: a "<" that starts no element';
  if (!ALLOWED_ELEMENTS.has(name)) return 'has an element that a narrative may not have';
  const seen = new Set<string>();
  for (let found = match(ATTRIBUTE, reader); found; found = match(ATTRIBUTE, reader)) {
    const attribute = found[1] ?? '';
    if (seen.has(attribute)) return 'has an attribute twice';
    seen.add(attribute);
    const fault = attributeFault(name, attribute, found[2] ?? found[3] ?? '');
    if (fault !== undefined) return fault;
  }
  const end = match(TAG_END, reader);
  if (!end) return 'has a tag that is no XML';
  if (end[1] === '') reader.open.push(name);
  if (name === 'img') reader.content = true;
  return undefined;
}

function attributeFault(element: string, attribute: string, value: string): string | undefined {
  if (attribute === 'xmlns') {
    return value === 'http://www.w3.org/1999/xhtml' ? undefined : 'must be in the XHTML namespace';
  }
  if (!ALLOWED_ATTRIBUTES.has(attribute)) return 'has an attribute that a narrative may not have';
  if (URL_ATTRIBUTES.has(attribute) && !isSafeUrl(value, element)) return 'has a link that a narrative may not have';
  if (attribute === 'style' && !isSafeStyle(value)) return 'has a style that a narrative may not have';
  return entityFault(value);
}

function readText(reader: Reader): string | undefined {
  const tag = reader.text.indexOf('<', reader.at);
  const part = reader.text.slice(reader.at, tag < 0 ? reader.text.length : tag);
  reader.content ||= part.trim() !== '';
  reader.at += part.length;
  return entityFault(part);
}

function entityFault(text: string): string | undefined {
  for (let at = text.indexOf('&'); at >= 0; at = text.indexOf('&', at + 1)) {
    ENTITY.lastIndex = at;
    if (!ENTITY.test(text)) return 'has an "&" that starts no entity';
  }
  return undefined;
}

function match(pattern: RegExp, reader: Reader): RegExpExecArray | undefined {
  pattern.lastIndex = reader.at;
  const found = pattern.exec(reader.text);
  if (!found) return undefined;
  reader.at = pattern.lastIndex;
  return found;
}
