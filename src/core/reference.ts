/** Literal references (R4 references.html#literal): `Type/id`, with a version, or absolute under the base URL. */

export interface LiteralReference {
  readonly type: string;
  readonly id: string;
  readonly version?: string;
}

/** R4 datatypes.html#id. */
export const ID = /^[A-Za-z0-9\-.]{1,64}$/;

const RELATIVE = /^([A-Z][A-Za-z]{1,40})\/([A-Za-z0-9\-.]{1,64})(?:\/_history\/([A-Za-z0-9\-.]{1,64}))?$/;

/** Reads a reference to this server; undefined for other servers, fragments, `urn:` and logical references. */
export function parseReference(text: string, baseUrl: string): LiteralReference | undefined {
  const relative = text.startsWith(`${baseUrl}/`) ? text.slice(baseUrl.length + 1) : text;
  const match = RELATIVE.exec(relative);
  if (!match?.[1] || !match[2]) return undefined;
  return { type: match[1], id: match[2], ...(match[3] ? { version: match[3] } : {}) };
}
