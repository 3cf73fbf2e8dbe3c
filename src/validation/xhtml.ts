/** What a narrative may hold (R4 narrative.html#xhtml, txt-1): HTML 4's basic elements, named here; all else is refused. */

const words = (text: string): ReadonlySet<string> => new Set(text.split(/\s+/).filter((word) => word !== ''));

/** HTML 4.0 chapters 7 to 11 and 15, `a` and `img`. */
export const ALLOWED_ELEMENTS = words(`
  div span p br hr h1 h2 h3 h4 h5 h6 a img map area b i u s strike big small tt em strong dfn code q samp kbd var abbr
  acronym cite blockquote address bdo sub sup ins del ul ol li dl dt dd pre center font
  table caption colgroup col thead tbody tfoot tr th td`);

/** Attributes of those elements that neither run nor submit anything. */
export const ALLOWED_ATTRIBUTES = words(`
  id class style title lang xml:lang xml:space xml:id dir accesskey tabindex name href rel rev type target charset hreflang
  src alt height width hspace vspace border longdesc usemap shape coords cite datetime summary frame rules cellspacing
  cellpadding align valign char charoff abbr axis headers scope rowspan colspan span nowrap bgcolor color face size
  clear start value compact noshade space`);

/** Attributes whose value is a URL. */
export const URL_ATTRIBUTES = words('href src cite longdesc usemap');

const SCHEME = /^([a-z][a-z0-9+.-]*):/;
const SCHEMES = words('http https mailto tel ftp urn cid');
const UNSAFE_STYLE = /url\(|expression\(|javascript:|vbscript:|@import|behavior:|-moz-binding|\\|\/\*/;
const IMAGE = /^data:image\/(?:png|gif|jpeg|jpg|bmp|webp)[;,]/;
// XML's own; HTML names more of them (`&colon;`, `&lpar;`), which would have to be known to see through.
const NAMED: ReadonlyMap<string, string> = new Map([
  ['amp', '&'],
  ['lt', '<'],
  ['gt', '>'],
  ['quot', '"'],
  ['apos', "'"],
]);
const REFERENCE = /&(?:#x([0-9a-f]{1,6})|#([0-9]{1,7})|([a-z]{2,4}));/g;

/** Whether a link names a scheme that does not run; relative links and `#` are fine. */
export function isSafeUrl(value: string, element: string): boolean {
  const url = decode(value);
  if (url === undefined) return false;
  const scheme = SCHEME.exec(url)?.[1];
  return scheme === undefined || SCHEMES.has(scheme) || (element === 'img' && IMAGE.test(url));
}

/** Whether a style only styles: it fetches nothing, runs nothing and hides nothing behind escapes. */
export function isSafeStyle(value: string): boolean {
  const style = decode(value);
  return style !== undefined && !UNSAFE_STYLE.test(style);
}

// As a browser reads it: character references resolved, white space and control characters dropped, lower case.
function decode(value: string): string | undefined {
  let unknown = false;
  const plain = value.toLowerCase().replace(REFERENCE, (_all, hex?: string, decimal?: string, name?: string) => {
    const point = name === undefined ? Number.parseInt(hex ?? decimal ?? '', hex === undefined ? 10 : 16) : 0;
    const character = name === undefined ? characterOf(point) : NAMED.get(name);
    unknown ||= character === undefined;
    return character ?? '';
  });
  // What still starts like a reference has a form that some browser may read as one.
  if (unknown || /&(?:#|[a-z]+;)/.test(value.toLowerCase().replace(REFERENCE, ''))) return undefined;
  return [...plain].filter((c) => c > ' ' && c !== '\u007f').join('');
}

function characterOf(point: number): string | undefined {
  if (point > 0x10ffff) return undefined;
  return point > 0x20 ? String.fromCodePoint(point).toLowerCase() : '';
}
