/** Reads the parameters of a history (R4 http.html#history): everything wrong is a 400 that names the parameter. */
import { badRequest, notSupported } from '../core/errors.ts';
import type { HistoryQuery, VersionRef } from '../core/plan.ts';
import { isControl, type Parameter, readControls } from './control-parameters.ts';
import { parseDateRange } from './date-range.ts';
import { refuseUnknown } from './parse-query.ts';
import type { SearchQuery } from './query.ts';
import { readSubsets } from './subset.ts';

/** What a history asks, after parsing. */
export interface HistoryAsked extends Pick<SearchQuery, 'count' | 'total' | 'summaryCount' | 'self'> {
  readonly times: Pick<HistoryQuery, 'since' | 'at'>;
  /** What follows this version. */
  readonly after?: VersionRef;
}

export interface HistoryText {
  /** In their order, decoded. */
  readonly parameters: readonly Parameter[];
  /** An unknown parameter is a 400 and not left out. */
  readonly strict: boolean;
  /** From the cursor. */
  readonly after?: string;
}

const NO_ELEMENTS: ReadonlySet<string> = new Set();
const MILLISECOND = 1_000_000n;
const TIMES: ReadonlySet<string> = new Set(['_since', '_at']);
const codeOf = ([name]: Parameter): string => name.split(':', 1)[0] ?? name;

/** Parses what a history asks; throws `FhirError` 400. */
export function parseHistory({ parameters, strict, after }: HistoryText): HistoryAsked {
  const times = parameters.filter((one) => TIMES.has(codeOf(one)));
  const controls = parameters.filter((one) => isControl(codeOf(one)));
  const unknown = parameters.filter((one) => !TIMES.has(codeOf(one)) && !isControl(codeOf(one)));
  const { count, total, summaryCount, self, sort } = readControls(controls);
  if (sort !== undefined) throw notSupported(`'_sort' is not supported in histories: they are newest first.`);
  // What it says beside `count` is left out; a bad value is 400 all the same.
  readSubsets(
    NO_ELEMENTS,
    controls.filter(([name]) => name === '_summary'),
    'search',
  );
  if (strict) refuseUnknown(new Set(unknown.map(([name]) => name)));
  return {
    count,
    total,
    summaryCount,
    times: readTimes(times),
    self: [...times, ...self],
    ...(after === undefined ? {} : { after: versionIn(after) }),
  };
}

/** A version as a cursor holds it. */
export const versionText = ({ uid, version }: VersionRef): string => `${uid}/${version}`;

function versionIn(text: string): VersionRef {
  const [uid = '', version] = text.split('/');
  return { uid, version: Number(version) };
}

function readTimes(given: readonly Parameter[]): HistoryAsked['times'] {
  const since = rangeOf(given, '_since');
  const at = rangeOf(given, '_at');
  return {
    ...(since === undefined ? {} : { since: roundUp(since.from) }),
    ...(at === undefined ? {} : { at: { from: Number(at.from / MILLISECOND), to: roundUp(at.to) } }),
  };
}

// The first millisecond at or after an instant.
const roundUp = (instant: bigint): number => Number((instant + MILLISECOND - 1n) / MILLISECOND);

function rangeOf(given: readonly Parameter[], code: string): ReturnType<typeof parseDateRange> {
  const [first, second] = given.filter((one) => codeOf(one) === code);
  if (!first) return undefined;
  if (second) throw badRequest(`'${code}' is given more than once.`);
  if (first[0] !== code) throw badRequest(`'${code}' takes no modifier.`);
  // A plus sign that was not escaped in a URL arrives as a space.
  const range = parseDateRange(first[1].replace(' ', '+'));
  if (!range) throw badRequest(`'${code}' takes a time such as 2020-05-31T10:00:00Z, or a date.`);
  return range;
}
