/** The laws of the lens (DESIGN.md idea 1), over any implementation: the shipped one must hold them, broken ones not. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { FhirError } from '../../src/core/errors.ts';
import { equalJson, isArray, isObject, type Json, type JsonObject, type ResourceJson } from '../../src/core/json.ts';
import { choicesFrom, edit, enrich, examplesOf } from './lens-resources.ts';
import { type Caller, type LensUnderTest, leavesOf, lensOf, plainJson } from './lens-world.ts';

export interface Tally {
  cases: number;
  /** Writes that changed something and were let through. */
  changed: number;
  /** Writes refused with 403 or 409. */
  refused: number;
  /** Cases in which something was hidden from the writer and the write went through. */
  kept: number;
}

export interface LawOptions {
  readonly runs: number;
  /** Stands in for the shipped lens: to see a broken one fail. */
  readonly lens?: LensUnderTest;
}

/** Checks all laws for one caller; throws with the smallest case found. */
export function checkLaws(caller: Caller, { runs, lens = lensOf(caller) }: LawOptions): Tally {
  const examples = examplesOf(caller.type);
  assert.ok(examples.length > 0, `no example of ${caller.type}`);
  const tally: Tally = { cases: 0, changed: 0, refused: 0, kept: 0 };
  const numbers = fc.array(fc.nat(5039), { maxLength: 40, size: 'max' });
  const property = fc.property(fc.nat(), fc.nat(), numbers, numbers, (first, second, made, edits) => {
    const stored = enrich(pick(examples, first), choicesFrom(made));
    const other = pick(examples, second);
    tally.cases++;
    getPut(lens, stored);
    const seen = lens.get(stored);
    checkWrite(lens, { stored, edited: edit(seen, other, choicesFrom(edits)) }, tally);
  });
  fc.assert(property, { numRuns: runs, seed: 4711 });
  return tally;
}

const pick = (examples: readonly ResourceJson[], n: number): ResourceJson => {
  const found = examples[n % examples.length];
  assert.ok(found);
  return found;
};

/** What was read, sent back, changes nothing. */
function getPut(lens: LensUnderTest, stored: ResourceJson): void {
  const { resource, changed } = lens.put(stored, lens.get(stored));
  assert.equal(changed, false, 'GetPut: nothing changed');
  assert.deepEqual(plainJson(resource), plainJson(stored), 'GetPut: what is stored');
}

interface Write {
  readonly stored: ResourceJson;
  readonly edited: ResourceJson;
}

function checkWrite(lens: LensUnderTest, { stored, edited }: Write, tally: Tally): void {
  const result = attempt(lens, stored, edited);
  if (result === 'dangling') {
    assert.ok(hasDangling(edited), 'put threw 422');
    return;
  }
  if (result === 'refused') {
    tally.refused++;
    return;
  }
  const again = lens.get(result.resource);
  assert.deepEqual(sightOf(again, edited), sightOf(edited, edited), 'PutGet');
  const hidden = hiddenOf(stored, lens.get(stored));
  assert.deepEqual(hiddenOf(result.resource, again), hidden, 'hidden stays');
  if (!result.changed) assert.deepEqual(plainJson(result.resource), plainJson(stored), 'unchanged');
  if (result.changed) tally.changed++;
  if (result.changed && hidden.length > 0) tally.kept++;
}

function attempt(lens: LensUnderTest, stored: ResourceJson, edited: JsonObject) {
  try {
    return lens.put(stored, edited);
  } catch (error) {
    assert.ok(error instanceof FhirError, `put threw ${String(error)}`);
    if (error.status === 422) return 'dangling';
    assert.ok(error.status === 403 || error.status === 409, `put threw ${error.status}`);
    return 'refused';
  }
}

// R4 references.html#contained: `#id` names a contained resource of the same body.
function hasDangling(edited: JsonObject): boolean {
  const contained = isArray(edited['contained']) ? edited['contained'] : [];
  const ids = contained.map((each) => (isObject(each) ? `.reference = "#${String(each['id'])}"` : ''));
  const named = leavesOf(edited, 'left-out').filter((leaf) => leaf.includes('.reference = "#'));
  return named.some((leaf) => !ids.some((id) => leaf.endsWith(id)));
}

// `meta` is the server's (R4 http.html#update: what an update leaves out of it stays); its tags are checked apart.
// dom-3 hides a contained resource that nothing refers to: it is neither shown nor lost.
function sightOf(resource: ResourceJson, sent: ResourceJson): unknown {
  const { meta: _meta, ...rest } = resource;
  return plainJson(withReferredOnly(rest, sent));
}

function withReferredOnly(resource: JsonObject, sent: JsonObject): JsonObject {
  const { contained, ...rest } = resource;
  const named = leavesOf(sent, 'left-out').join('\n');
  const kept = (isArray(contained) ? contained : []).filter((each) => {
    const id = isObject(each) ? each['id'] : undefined;
    return named.includes(`"#${String(id)}"`) || leavesOf(each, 'left-out').some((leaf) => leaf.endsWith('"#"'));
  });
  return kept.length > 0 ? { ...rest, contained: kept } : rest;
}

/** What of a resource does not reach its reader, as paths with values; without `meta`, narrative and `contained`. */
export function hiddenOf(stored: ResourceJson, seen: ResourceJson): readonly string[] {
  const counts = new Map<string, number>();
  for (const leaf of leavesOf(bodyOf(seen), 'left-out')) counts.set(leaf, (counts.get(leaf) ?? 0) + 1);
  const hidden = leavesOf(bodyOf(stored), 'left-out').filter((leaf) => {
    const shown = counts.get(leaf) ?? 0;
    if (shown > 0) counts.set(leaf, shown - 1);
    return shown === 0;
  });
  return hidden.sort();
}

function bodyOf({ meta: _meta, text: _text, contained: _contained, ...body }: JsonObject): JsonObject {
  return body;
}

/** The contained resources of `stored` that `seen` does not show at all. */
export function hiddenContained(stored: ResourceJson, seen: ResourceJson): readonly Json[] {
  const list = (of: JsonObject): readonly Json[] => (isArray(of['contained']) ? of['contained'] : []);
  const shown = new Set(list(seen).map((each) => (isObject(each) ? each['id'] : undefined)));
  return list(stored).filter((each) => isObject(each) && !shown.has(each['id']));
}

export { equalJson };
