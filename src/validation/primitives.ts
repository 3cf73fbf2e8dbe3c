/** The formats of R4's primitive types (R4 datatypes.html#primitive); every check is linear in the length of the text. */
import { isNumber, type Json, numberText } from '../core/json.ts';

type Check = (value: Json) => boolean;

// R4 datatypes.html#string: at most 1 MB.
const MAX_TEXT = 1024 * 1024;
const CODE = /^\S+(?:\s\S+)*$/;
const URI = /^\S+$/;
const OID = /^urn:oid:[0-2](?:\.(?:0|[1-9][0-9]*))+$/;
const UUID = /^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const ID = /^[A-Za-z0-9\-.]{1,64}$/;
const DATE = /^(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?$/;
const DATE_TIME = /^(\d{4})-(\d{2})-(\d{2})T(.{8,40})$/s;
const ZONED_TIME =
  /^(?:[01]\d|2[0-3]):[0-5]\d:(?:[0-5]\d|60)(?:\.\d{1,20})?(?:Z|[+-](?:(?:0\d|1[0-3]):[0-5]\d|14:00))$/;
const TIME = /^(?:[01]\d|2[0-3]):[0-5]\d:(?:[0-5]\d|60)(?:\.\d{1,20})?$/;
const INTEGER = /^(?:0|-?[1-9]\d{0,9})$/;
// R4 datatypes.html#decimal allows any JSON number; a bound keeps arithmetic on them finite.
const MAX_DECIMAL = 100;

const text =
  (fits: (text: string) => boolean): Check =>
  (value) =>
    typeof value === 'string' && value !== '' && value.length <= MAX_TEXT && fits(value);
const integer =
  (min: number, max: number): Check =>
  (value) =>
    isNumber(value) && INTEGER.test(numberText(value)) && inRange(Number(numberText(value)), min, max);

const MAX_INT = 2_147_483_647;
const uri = text((value) => URI.test(value) && isPlainText(value));

/** Whether a JSON value has the format of a primitive type; the names are R4's, `xhtml` aside. */
export const PRIMITIVES: ReadonlyMap<string, Check> = new Map<string, Check>([
  ['boolean', (value) => typeof value === 'boolean'],
  ['integer', integer(-MAX_INT - 1, MAX_INT)],
  ['unsignedInt', integer(0, MAX_INT)],
  ['positiveInt', integer(1, MAX_INT)],
  ['decimal', (value) => isNumber(value) && numberText(value).length <= MAX_DECIMAL],
  ['string', text(isPlainText)],
  ['markdown', text(isPlainText)],
  ['code', text((value) => CODE.test(value) && isPlainText(value))],
  ['id', text((value) => ID.test(value))],
  ['uri', uri],
  ['url', uri],
  ['canonical', uri],
  ['oid', text((value) => OID.test(value))],
  ['uuid', text((value) => UUID.test(value))],
  ['base64Binary', text(isBase64)],
  ['date', text(isDate)],
  ['dateTime', text((value) => isDate(value) || isZonedDateTime(value))],
  ['instant', text(isZonedDateTime)],
  ['time', text((value) => TIME.test(value))],
]);

function inRange(value: number, min: number, max: number): boolean {
  return value >= min && value <= max;
}

// No character that XML cannot carry, no half of a surrogate pair: neither would come back as it was sent.
function isPlainText(value: string): boolean {
  for (let i = 0; i < value.length; i++) {
    const c = value.charCodeAt(i);
    if (c < 0x20 && c !== 0x09 && c !== 0x0a && c !== 0x0d) return false;
  }
  return value.isWellFormed();
}

function isDate(value: string): boolean {
  const [, year, month, day] = DATE.exec(value) ?? [];
  return year !== undefined && isCalendarDay(Number(year), month, day);
}

function isZonedDateTime(value: string): boolean {
  const [, year, month, day, time] = DATE_TIME.exec(value) ?? [];
  return time !== undefined && isCalendarDay(Number(year), month, day) && ZONED_TIME.test(time);
}

function isCalendarDay(year: number, month: string | undefined, day: string | undefined): boolean {
  if (year === 0) return false;
  if (month === undefined) return true;
  if (!inRange(Number(month), 1, 12)) return false;
  return day === undefined || inRange(Number(day), 1, daysIn(year, Number(month)));
}

function daysIn(year: number, month: number): number {
  if (month === 2) return (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0 ? 29 : 28;
  return [4, 6, 9, 11].includes(month) ? 30 : 31;
}

// R4's expression for it is ambiguous on white space, which would make it quadratic.
function isBase64(value: string): boolean {
  let characters = 0;
  let padding = 0;
  for (let i = 0; i < value.length; i++) {
    const c = value.charCodeAt(i);
    if (c === 0x20 || (c >= 0x09 && c <= 0x0d)) continue;
    if (c === 0x3d) padding++;
    else if (padding > 0 || !isBase64Character(c)) return false;
    characters++;
  }
  return characters > 0 && characters % 4 === 0 && padding <= 2;
}

function isBase64Character(c: number): boolean {
  return inRange(c, 0x41, 0x5a) || inRange(c, 0x61, 0x7a) || inRange(c, 0x30, 0x39) || c === 0x2b || c === 0x2f;
}
