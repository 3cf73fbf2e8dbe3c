/** RFC 6902, with its own examples of appendix A, and what a hostile patch could try. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { FhirError } from '../../../src/core/errors.ts';
import type { Json } from '../../../src/core/json.ts';
import { parseJson } from '../../../src/core/parse-json.ts';
import { applyJsonPatch, MAX_OPERATIONS } from '../../../src/patching/json-patch.ts';

const json = (text: string): Json => {
  const parsed = parseJson(text);
  assert.ok(parsed.ok, text);
  return parsed.value;
};
const patched = (document: string, patch: string): string =>
  JSON.stringify(applyJsonPatch(json(document), json(patch)));
const refused = (document: string, patch: string): FhirError => {
  try {
    applyJsonPatch(json(document), json(patch));
  } catch (error) {
    assert.ok(error instanceof FhirError);
    assert.equal(error.status, 422);
    return error;
  }
  assert.fail(`not refused: ${patch}`);
};

const DONE: readonly (readonly [string, string, string, string])[] = [
  ['A.1 adds a member', '{"foo":"bar"}', '[{"op":"add","path":"/baz","value":"qux"}]', '{"foo":"bar","baz":"qux"}'],
  [
    'A.2 adds an item',
    '{"foo":["bar","baz"]}',
    '[{"op":"add","path":"/foo/1","value":"qux"}]',
    '{"foo":["bar","qux","baz"]}',
  ],
  ['A.3 removes a member', '{"baz":"qux","foo":"bar"}', '[{"op":"remove","path":"/baz"}]', '{"foo":"bar"}'],
  ['A.4 removes an item', '{"foo":["bar","qux","baz"]}', '[{"op":"remove","path":"/foo/1"}]', '{"foo":["bar","baz"]}'],
  [
    'A.5 replaces',
    '{"baz":"qux","foo":"bar"}',
    '[{"op":"replace","path":"/baz","value":"boo"}]',
    '{"baz":"boo","foo":"bar"}',
  ],
  [
    'A.6 moves a value',
    '{"foo":{"bar":"baz","waldo":"fred"},"qux":{"corge":"grault"}}',
    '[{"op":"move","from":"/foo/waldo","path":"/qux/thud"}]',
    '{"foo":{"bar":"baz"},"qux":{"corge":"grault","thud":"fred"}}',
  ],
  [
    'A.7 moves an item',
    '{"foo":["all","grass","cows","eat"]}',
    '[{"op":"move","from":"/foo/1","path":"/foo/3"}]',
    '{"foo":["all","cows","eat","grass"]}',
  ],
  [
    'A.8 tests',
    '{"baz":"qux","foo":["a",2,"c"]}',
    '[{"op":"test","path":"/baz","value":"qux"},{"op":"test","path":"/foo/1","value":2}]',
    '{"baz":"qux","foo":["a",2,"c"]}',
  ],
  [
    'A.10 adds an object',
    '{"foo":"bar"}',
    '[{"op":"add","path":"/child","value":{"grandchild":{}}}]',
    '{"foo":"bar","child":{"grandchild":{}}}',
  ],
  [
    'A.11 ignores what it does not know',
    '{"foo":"bar"}',
    '[{"op":"add","path":"/baz","value":"qux","xyz":123}]',
    '{"foo":"bar","baz":"qux"}',
  ],
  [
    'A.14 unescapes ~0 and ~1',
    '{"/":9,"~1":10}',
    '[{"op":"test","path":"/~01","value":10},{"op":"test","path":"/~1","value":9}]',
    '{"/":9,"~1":10}',
  ],
  [
    'A.16 adds a list to a list',
    '{"foo":["bar"]}',
    '[{"op":"add","path":"/foo/-","value":["abc","def"]}]',
    '{"foo":["bar",["abc","def"]]}',
  ],
  ['a list that is absent is made by "-"', '{"a":{}}', '[{"op":"add","path":"/a/b/-","value":1}]', '{"a":{"b":[1]}}'],
  ['a value is moved onto itself', '{"a":1}', '[{"op":"move","from":"/a","path":"/a"}]', '{"a":1}'],
  ['the whole is replaced', '{"a":1}', '[{"op":"replace","path":"","value":{"b":2}}]', '{"b":2}'],
  ['the empty name is a name', '{"":{"":1}}', '[{"op":"remove","path":"//"}]', '{"":{}}'],
  [
    'decimals keep their text',
    '{"a":1.50}',
    '[{"op":"copy","from":"/a","path":"/b"},{"op":"add","path":"/c","value":2.00}]',
    '{"a":1.50,"b":1.50,"c":2.00}',
  ],
  [
    'numbers are tested by their value',
    '{"a":1.50,"b":100,"c":-0.0,"d":12345678901234567890.1}',
    '[{"op":"test","path":"/a","value":1.5},{"op":"test","path":"/b","value":1.0e2},{"op":"test","path":"/c","value":0},{"op":"test","path":"/d","value":12345678901234567890.10}]',
    '{"a":1.50,"b":100,"c":-0.0,"d":12345678901234567890.1}',
  ],
];
for (const [name, document, patch, expected] of DONE) {
  test(`json patch: ${name}`, () => assert.equal(patched(document, patch), expected));
}

const REFUSED: readonly (readonly [string, string, string])[] = [
  ['A.9 a test that fails', '{"baz":"qux"}', '[{"op":"test","path":"/baz","value":"bar"}]'],
  ['A.12 a parent that is absent', '{"foo":"bar"}', '[{"op":"add","path":"/baz/bat","value":"qux"}]'],
  ['A.15 a text for a number', '{"/":9,"~1":10}', '[{"op":"test","path":"/~01","value":"10"}]'],
  [
    'a digit that a double would lose',
    '{"d":12345678901234567890.1}',
    '[{"op":"test","path":"/d","value":12345678901234567890.2}]',
  ],
  ['an unknown op', '{}', '[{"op":"spam","path":"/a"}]'],
  ['no value', '{}', '[{"op":"add","path":"/a"}]'],
  ['no from', '{}', '[{"op":"copy","path":"/a"}]'],
  ['an operation that is none', '{}', '["add"]'],
  ['a patch that is no list', '{}', '{"op":"add"}'],
  ['a pointer without a slash', '{"a":1}', '[{"op":"remove","path":"a"}]'],
  ['a bad escape', '{"a":1}', '[{"op":"remove","path":"/~2"}]'],
  ['a leading zero', '{"a":[1,2]}', '[{"op":"remove","path":"/a/01"}]'],
  ['an index beyond the end', '{"a":[1]}', '[{"op":"add","path":"/a/2","value":1}]'],
  ['a negative index', '{"a":[1]}', '[{"op":"replace","path":"/a/-1","value":1}]'],
  ['"-" for what is there', '{"a":[1]}', '[{"op":"remove","path":"/a/-"}]'],
  ['a move into itself', '{"a":{"b":1}}', '[{"op":"move","from":"/a","path":"/a/b"}]'],
  ['removing the whole', '{"a":1}', '[{"op":"remove","path":""}]'],
  ['replacing what is absent', '{}', '[{"op":"replace","path":"/a","value":1}]'],
  ['a step into a text', '{"a":"b"}', '[{"op":"add","path":"/a/0","value":1}]'],
  ['a step into a number kept as text', '{"a":1.50}', '[{"op":"copy","from":"/a/rawJSON","path":"/b"}]'],
  ['an inherited name', '{}', '[{"op":"copy","from":"/constructor/name","path":"/a"}]'],
  ['an inherited __proto__', '{}', '[{"op":"add","path":"/__proto__/polluted","value":1}]'],
  ['the length of a list', '{"a":[1]}', '[{"op":"copy","from":"/a/length","path":"/b"}]'],
  [
    'the way to a list through a prototype',
    '{}',
    '[{"op":"add","path":"/__proto__/-","value":{"x":1}},{"op":"test","path":"/x","value":1}]',
  ],
];
for (const [name, document, patch] of REFUSED) {
  test(`json patch: ${name} is refused`, () => {
    const { issues } = refused(document, patch);
    assert.ok(issues[0]?.diagnostics);
    assert.equal(Object.hasOwn(Object.prototype, 'polluted'), false);
  });
}

test('json patch: __proto__ is a name like others and changes no prototype', () => {
  const result = applyJsonPatch({}, json('[{"op":"add","path":"/__proto__","value":{"x":1}}]'));
  assert.equal(JSON.stringify(result), '{"__proto__":{"x":1}}');
  assert.equal(Object.getPrototypeOf(result), Object.prototype);
  assert.equal(({} as { x?: number }).x, undefined);
});

test('json patch: a refusal names the operation and no value', () => {
  const error = refused(
    '{"secret":"Canary1"}',
    '[{"op":"test","path":"/secret","value":"Canary1"},{"op":"test","path":"/secret","value":"Canary2"}]',
  );
  assert.match(error.issues[0]?.diagnostics ?? '', /^Operation 1:/);
  assert.doesNotMatch(JSON.stringify(error.issues), /Canary/);
});

test('json patch: copies that double, depth, operations and steps have bounds', () => {
  const copies = Array.from({ length: 40 }, (_, i) => ({ op: 'copy', from: '', path: `/c${i}` }));
  refused('{"a":"text"}', JSON.stringify(copies));
  const nested = Array.from({ length: 70 }, () => ({ op: 'copy', from: '/a', path: '/a/a' }));
  refused('{"a":{"a":{"a":1}}}', JSON.stringify(nested));
  const moved = Array.from({ length: 70 }, (_, i) => [
    { op: 'add', path: `/x${i}`, value: {} },
    { op: 'move', from: '/a', path: `/x${i}/a` },
    { op: 'move', from: `/x${i}`, path: '/a' },
  ]).flat();
  refused('{"a":1}', JSON.stringify(moved));
  const many = Array.from({ length: MAX_OPERATIONS + 1 }, () => ({ op: 'test', path: '/a', value: 1 }));
  refused('{"a":1}', JSON.stringify(many));
  patched('{"a":1}', JSON.stringify(many.slice(1)));
  refused('{"a":1}', JSON.stringify([{ op: 'remove', path: '/a'.repeat(65) }]));
});

test('json patch: what is given is not changed, and a failed patch leaves it as it was', () => {
  const plain = fc.jsonValue({ maxDepth: 4 });
  const pointer = fc.array(fc.constantFrom('a', 'b', '0', '1', '-', '__proto__', ''), { maxLength: 3 });
  const operation = fc.record({
    op: fc.constantFrom('add', 'remove', 'replace', 'move', 'copy', 'test'),
    path: pointer.map((steps) => steps.map((step) => `/${step}`).join('')),
    from: pointer.map((steps) => steps.map((step) => `/${step}`).join('')),
    value: plain,
  });
  const document = fc.oneof(plain, fc.record({ a: plain, b: fc.array(plain) }));
  fc.assert(
    fc.property(document, fc.array(operation, { maxLength: 6 }), (given, operations) => {
      const whole = json(JSON.stringify(given));
      const before = JSON.stringify(whole);
      try {
        applyJsonPatch(whole, json(JSON.stringify(operations)));
      } catch (error) {
        assert.ok(error instanceof FhirError && error.status === 422);
      }
      assert.equal(JSON.stringify(whole), before);
    }),
    { numRuns: 500 },
  );
});
