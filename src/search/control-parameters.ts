/** Parameters that shape a search's answer and select nothing: `_count`, `_total`, `_sort` and their like. */
import { badRequest, notSupported } from '../core/errors.ts';
import type { SearchQuery } from './query.ts';
import { SUBSET_PARAMETERS } from './subset.ts';

export type Parameter = readonly [string, string];

/** R4's largest page here (CONTRACT.md). */
const MAX_COUNT = 500;
const DEFAULT_COUNT = 20;

// What an answer is written as; read by the edge.
const FORMAT = new Set(['_format', '_pretty']);
// To leave out an order or an include that was asked for would be a silently different answer (CONTRACT.md).
const REFUSED = new Set(['_filter', '_list', '_containedType', 'near', '_include', '_revinclude']);
const CONTROL = new Set(['_count', '_total', '_sort', '_contained', '_cursor', ...SUBSET_PARAMETERS]);

/** Whether a parameter, by its name without a modifier, is one of these. */
export const isControl = (code: string): boolean => FORMAT.has(code) || REFUSED.has(code) || CONTROL.has(code);

export type Controls = Pick<SearchQuery, 'count' | 'total' | 'summaryCount'> & {
  readonly sort: string | undefined;
  readonly self: readonly Parameter[];
};

/** Reads them; throws 400 for a bad value, a second one, or what is not supported. */
export function readControls(parameters: readonly Parameter[]): Controls {
  const given = new Map<string, string>();
  for (const [name, value] of parameters) {
    const [code = ''] = name.split(':');
    if (REFUSED.has(code)) throw notSupported(`'${code}' is not supported by this server.`);
    if (code === '_cursor') throw badRequest(`'_cursor' stands alone: follow the link as it was given.`);
    if (FORMAT.has(code)) continue;
    if (name !== code) throw badRequest(`'${code}' takes no modifier.`);
    if (given.has(code)) throw badRequest(`'${code}' is given more than once.`);
    given.set(code, value);
  }
  const count = readCount(given.get('_count'));
  refuseContained(given.get('_contained'));
  return {
    count: Math.max(1, count),
    total: readTotal(given.get('_total')),
    summaryCount: count === 0 || given.get('_summary') === 'count',
    sort: given.get('_sort'),
    self: [...given],
  };
}

// R4 search.html#contained: `false`, the default, is what is done here.
function refuseContained(text: string | undefined): void {
  if (text === undefined || text === 'false') return;
  if (text === 'true' || text === 'both') throw notSupported(`'_contained=${text}' is not supported by this server.`);
  throw badRequest(`'_contained' takes true, both or false.`);
}

function readCount(text: string | undefined): number {
  if (text === undefined) return DEFAULT_COUNT;
  if (!/^\d{1,9}$/.test(text)) throw badRequest(`'_count' takes a number from 0 to ${MAX_COUNT}.`);
  return Math.min(Number(text), MAX_COUNT);
}

function readTotal(text: string | undefined): SearchQuery['total'] {
  if (text === undefined) return 'none';
  if (text === 'none' || text === 'accurate' || text === 'estimate') return text;
  throw badRequest(`'_total' takes none, estimate or accurate.`);
}
