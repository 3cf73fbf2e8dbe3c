/** The laws of the lens (DESIGN.md idea 1), over any implementation: the shipped one must hold them, broken ones not. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { FhirError, type Issue } from '../../src/core/errors.ts';
import { equalJson, isArray, isObject, type JsonObject, type ResourceJson } from '../../src/core/json.ts';
import { guessOf, twinOf } from './lens-hidden.ts';
import { type Choices, choicesFrom, edit, enrich, examplesOf } from './lens-resources.ts';
import { hiddenOf, minus, reachableIn, sightOf } from './lens-sight.ts';
import { type Caller, type LensUnderTest, leavesOf, lensOf, marksNames, plainJson } from './lens-world.ts';

export interface Tally {
  cases: number;
  /** Writes that changed something and were let through. */
  changed: number;
  /** Writes refused with 403 or 409. */
  refused: number;
  /** Cases in which something was hidden from the writer and the write went through. */
  kept: number;
  /** Right and wrong guesses of a hidden value that were compared. */
  guesses: number;
  /** Writes done in two worlds that differ in what is hidden alone. */
  worlds: number;
}

export interface LawOptions {
  readonly runs: number;
  /** Stands in for the shipped lens: to see a broken one fail. */
  readonly lens?: LensUnderTest;
}

interface Under {
  readonly lens: LensUnderTest;
  readonly caller: Caller;
  readonly tally: Tally;
}

/** Checks all laws for one caller; throws with the smallest case found. */
export function checkLaws(caller: Caller, options: LawOptions): Tally {
  const { runs, lens = lensOf(caller) } = options;
  const examples = examplesOf(caller.type);
  assert.ok(examples.length > 0, `no example of ${caller.type}`);
  const tally: Tally = { cases: 0, changed: 0, refused: 0, kept: 0, guesses: 0, worlds: 0 };
  const numbers = fc.array(fc.nat(5039), { maxLength: 40, size: 'max' });
  const property = fc.property(fc.nat(), fc.nat(), numbers, numbers, (first, second, made, edits) => {
    const stored = enrich(pick(examples, first), choicesFrom(made));
    tally.cases++;
    const seen = lens.get(stored);
    getPut(lens, stored, seen);
    const choices = choicesFrom(edits);
    const edited = edit(seen, pick(examples, second), choices);
    checkWrite({ lens, caller, tally }, { stored, seen, edited });
    checkWorlds({ lens, caller, tally }, { stored, seen, edited: pick([edited, edited, seen], first) }, choices);
    checkGuess({ lens, caller, tally }, { stored, seen, edited }, choices);
  });
  // Of a planted lens any failure will do; of the shipped one the smallest is wanted.
  fc.assert(property, { numRuns: runs, seed: 4711, endOnFailure: options.lens !== undefined });
  return tally;
}

// Those whose writes must get through while something is hidden, or the laws would be about refusals alone.
const KEEPS = new Set(['physician on Patient', 'scheduler on Patient', 'scheduler on Appointment']);

/** One test a caller, with so many cases each. */
export function testLaws(callers: readonly Caller[], runs: number): void {
  for (const caller of callers) {
    test(`lens: ${caller.name} keeps the laws in ${runs} cases`, () => {
      const tally = checkLaws(caller, { runs });
      assert.ok(tally.changed + tally.refused > runs / 5, JSON.stringify(tally));
      if (KEEPS.has(caller.name)) {
        assert.ok(Math.min(tally.kept, tally.guesses, tally.worlds) > 0, JSON.stringify(tally));
      }
    });
  }
}

function pick<T>(items: readonly T[], n: number): T {
  const found = items[n % items.length];
  assert.ok(found);
  return found;
}

/** What was read, sent back, changes nothing. */
function getPut(lens: LensUnderTest, stored: ResourceJson, seen: ResourceJson): void {
  const result = attempt(lens, stored, seen);
  if (!result.done) assert.fail(`GetPut: refused with ${result.status}`);
  assert.equal(result.changed, false, 'GetPut: nothing changed');
  if (!equalJson(result.resource, stored)) assert.deepEqual(plainJson(result.resource), plainJson(stored), 'GetPut');
}

interface Write {
  readonly stored: ResourceJson;
  readonly seen: ResourceJson;
  readonly edited: ResourceJson;
}

function checkWrite({ lens, caller, tally }: Under, { stored, seen, edited }: Write): void {
  const result = attempt(lens, stored, edited);
  if (!result.done) {
    if (result.status === 422) assert.ok(hasDangling(edited, seen), 'put threw 422');
    else tally.refused++;
    return;
  }
  const again = lens.get(result.resource);
  const isMarked = (type: string): boolean => marksNames(caller, type);
  assert.deepEqual(sightOf(again, isMarked), sightOf(edited, isMarked), 'PutGet');
  const hidden = hiddenOf(stored, seen);
  const left = hiddenOf(result.resource, again);
  assert.deepEqual(minus(hidden, left), [], 'hidden stays: nothing is lost');
  // What nothing refers to any more is neither shown nor lost: only there something more can be hidden.
  if (sameContained(seen, edited)) assert.deepEqual(minus(left, hidden), [], 'hidden stays: nothing is added');
  if (!result.changed) assert.deepEqual(plainJson(result.resource), plainJson(stored), 'unchanged');
  if (result.changed) tally.changed++;
  if (result.changed && hidden.length > 0) tally.kept++;
}

function sameContained(seen: ResourceJson, edited: ResourceJson): boolean {
  const idsIn = (list: readonly unknown[]): string => JSON.stringify(list);
  const sent = isArray(edited['contained']) ? edited['contained'] : [];
  return idsIn(reachableIn(edited)) === idsIn(sent) && idsIn(sent) === idsIn(reachableIn(seen));
}

/** One edit, in two worlds that the caller cannot tell apart: the same answer, and they still look the same. */
function checkWorlds({ lens, tally }: Under, { stored, edited }: Write, choices: Choices): void {
  const twin = twinOf(stored, lens.get, choices);
  if (!twin) return;
  tally.worlds++;
  const [here, there] = [attempt(lens, stored, edited), attempt(lens, twin, edited)];
  assert.deepEqual(answerOf(lens, there), answerOf(lens, here), 'two worlds');
}

/** A guess of a hidden value gets one answer, be it right or wrong. */
function checkGuess({ lens, tally }: Under, { stored }: Write, choices: Choices): void {
  const guess = guessOf(stored, lens.get, choices);
  if (!guess) return;
  tally.guesses++;
  const [right, wrong] = [attempt(lens, stored, guess.sent), attempt(lens, guess.elsewhere, guess.sent)];
  assert.deepEqual(answerOf(lens, wrong), answerOf(lens, right), 'right and wrong guess');
}

type Attempt =
  | { readonly done: true; readonly resource: ResourceJson; readonly changed: boolean }
  | { readonly done: false; readonly status: number; readonly issues: readonly Issue[] };

const answerOf = (lens: LensUnderTest, result: Attempt): unknown =>
  result.done ? { changed: result.changed, seen: plainJson(lens.get(result.resource)) } : result;

function attempt(lens: LensUnderTest, stored: ResourceJson, edited: JsonObject): Attempt {
  try {
    return { done: true, ...lens.put(stored, edited) };
  } catch (error) {
    assert.ok(error instanceof FhirError, `put threw ${String(error)}`);
    assert.ok([403, 409, 422].includes(error.status), `put threw ${error.status}`);
    return { done: false, status: error.status, issues: error.issues };
  }
}

// R4 references.html#contained: `#id` names a contained resource of the same body.
function hasDangling(edited: JsonObject, seen: JsonObject): boolean {
  const contained = isArray(edited['contained']) ? edited['contained'] : [];
  const ids = contained.map((each) => (isObject(each) ? `.reference = "#${String(each['id'])}"` : ''));
  const named = leavesOf(edited, 'left-out').filter((leaf) => leaf.includes('.reference = "#'));
  const before = leavesOf(seen, 'left-out');
  return named.some((leaf) => !ids.some((id) => leaf.endsWith(id)) || !before.includes(leaf));
}
