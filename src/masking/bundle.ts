/** A Bundle of masked resources as text; what goes in is masked, so what comes out is. */
import type { Masked } from '../core/brands.ts';
import type { Json, JsonObject } from '../core/json.ts';
import type { MaskedText } from '../core/record.ts';

export interface MaskedEntry {
  /** Members beside the resource: `fullUrl`, `search`, … */
  readonly members: JsonObject;
  /** Absent for what has no content, such as a deletion in a history. */
  readonly resource?: MaskedText;
}

/** Members beside the entries, then the entries, then outcomes that the server says of itself. */
export function maskedBundle(
  head: JsonObject,
  entries: readonly MaskedEntry[],
  outcomes: readonly JsonObject[],
): Masked<{ readonly text: string }> {
  const parts = [
    ...entries.map(({ members, resource }) => joinObject(members, resource ? `"resource":${resource.text}` : '')),
    ...outcomes.map((outcome) => JSON.stringify(outcome satisfies Json)),
  ];
  const text = joinObject(head, parts.length > 0 ? `"entry":[${parts.join(',')}]` : '');
  return { text } as Masked<{ text: string }>;
}

function joinObject(members: JsonObject, last: string): string {
  const first = JSON.stringify(members).slice(1, -1);
  return `{${[first, last].filter((part) => part !== '').join(',')}}`;
}
