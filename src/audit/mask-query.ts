/** Hides the values of a recorded query that its reader may not search by; the names stay (VIEWS.md AuditEvent). */

/** Whether the reader may search the type by the parameter, a chain or modifier included in its name. */
export type MayTell = (type: string | undefined, parameter: string) => boolean;

/** What R4 allows as a parameter's name, with modifiers and chains. Anything else may itself be a value. */
const NAME = /^[A-Za-z_][A-Za-z0-9_:.-]{0,127}$/;
const HIDDEN = '***';

/** The query with each value that may not be told as `***`. */
export function maskQuery(query: string, type: string | undefined, mayTell: MayTell): string {
  return query
    .split('&')
    .map((part) => maskPart(part, type, mayTell))
    .join('&');
}

function maskPart(part: string, type: string | undefined, mayTell: MayTell): string {
  const equals = part.indexOf('=');
  const name = decode(equals < 0 ? part : part.slice(0, equals));
  if (part === '') return part;
  if (name === undefined || !NAME.test(name)) return HIDDEN;
  if (mayTell(type, name)) return part;
  // Without an equals sign nobody can say whether it was meant as a name or as a value.
  return equals < 0 ? HIDDEN : `${part.slice(0, equals)}=${HIDDEN}`;
}

function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    return undefined;
  }
}
