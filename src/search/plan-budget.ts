/** Bounds the terms that one query may ask for, before any of them is looked up (CONTRACT.md `too-costly`). */
import { tooCostly } from '../core/errors.ts';
import type { TermMaker } from '../core/secrets.ts';
import type { PlanContext } from './plan.ts';

// A query of fifty plain criteria asks for some hundred; a store takes 4,096 leaves.
const MOST_TERMS = 4096;

/** The same context for one query: each term is made once, and too many of them are a 403. */
export function withinBudget({ terms, uidOf }: PlanContext): PlanContext {
  const known = new Map<string, string>();
  let asked = 0;
  const spend = (): void => {
    asked++;
    if (asked > MOST_TERMS) throw tooCostly('The search asks for too many values and ranges at once. Use fewer.');
  };
  const term: TermMaker['term'] = (type, parameter, itemClass, value) => {
    spend();
    const key = JSON.stringify([type, parameter, itemClass, value]);
    const made = known.get(key) ?? terms.term(type, parameter, itemClass, value);
    known.set(key, made);
    return made;
  };
  return {
    terms: { term, uid: terms.uid },
    uidOf: (type, id) => {
      spend();
      return uidOf(type, id);
    },
  };
}
