/** Media types and their parameters (RFC 9110 8.3), as far as FHIR asks. */

export interface MediaType {
  /** Lower case, without parameters. */
  readonly type: string;
  /** Names in lower case, quotes taken off. */
  readonly parameters: ReadonlyMap<string, string>;
}

/** Reads one media type or media range; never throws. */
export function parseMediaType(text: string): MediaType {
  const [type = '', ...rest] = text.split(';');
  const parameters = rest.map((part): [string, string] => {
    const at = part.indexOf('=');
    const name = at < 0 ? part : part.slice(0, at);
    const value = at < 0 ? '' : part.slice(at + 1).trim();
    return [name.trim().toLowerCase(), value.startsWith('"') && value.endsWith('"') ? value.slice(1, -1) : value];
  });
  return { type: type.trim().toLowerCase(), parameters: new Map(parameters) };
}

/** Whether a type speaks of the release that is served (R4 versioning.html#mt-version). */
export const isServedVersion = ({ parameters }: MediaType): boolean =>
  ['4.0', '4.0.1'].includes(parameters.get('fhirversion') ?? '4.0');
