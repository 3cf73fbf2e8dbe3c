/** Headers that tell a version (R4 http.html#versions). */

export interface VersionOf {
  readonly version: number;
  readonly lastUpdated: number;
}

/** The entity tag of a version. */
export const tagOf = (version: number): string => `W/"${version}"`;

/** `ETag` and `Last-Modified`. */
export const versionHeaders = (of: VersionOf): Record<string, string> => ({
  ETag: tagOf(of.version),
  'Last-Modified': new Date(of.lastUpdated).toUTCString(),
});

/** Whether a list of entity tags, weak or strong, holds the version; `*` any. */
export function matchesTag(header: string, version: number): boolean {
  return header.split(',').some((tag) => {
    const text = tag.trim();
    return text === '*' || text.replace(/^W\//, '') === `"${version}"`;
  });
}
