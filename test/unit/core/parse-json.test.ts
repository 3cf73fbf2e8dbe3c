/** Laws of the strict JSON reader. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { isRawNumber } from '../../../src/core/json.ts';
import { MAX_DEPTH, parseJson } from '../../../src/core/parse-json.ts';

const parsedValue = (text: string) => {
  const parsed = parseJson(text);
  assert.ok(parsed.ok, `did not parse (${parsed.ok ? '' : parsed.fault.kind})`);
  return parsed.value;
};
const faultOf = (text: string) => {
  const parsed = parseJson(text);
  assert.ok(!parsed.ok, 'parsed');
  return parsed.fault;
};
const nested = (levels: number): string => '['.repeat(levels) + ']'.repeat(levels);

/** JSON text without white space, with numbers as people write them and keys in an order that objects keep. */
const numberText = fc
  .tuple(
    fc.constantFrom('', '-'),
    fc.oneof(fc.constant('0'), fc.bigInt({ min: 1n, max: 10n ** 25n }).map(String)),
    fc.oneof(
      fc.constant(''),
      fc.stringMatching(/^[0-9]{1,20}$/).map((digits) => `.${digits}`),
    ),
    fc.constantFrom('', 'e5', 'E-07', 'e+300'),
  )
  .map((parts) => parts.join(''));
const { json: jsonText } = fc.letrec<{ json: string }>((tie) => ({
  json: fc.oneof(
    { maxDepth: 5, withCrossShrink: true },
    numberText,
    fc.constantFrom('true', 'false', 'null', '""', '"é,[{:\\"}]\\\\"'),
    fc.string().map((text) => JSON.stringify(text)),
    fc.array(tie('json'), { maxLength: 4 }).map((items) => `[${items.join()}]`),
    fc
      .uniqueArray(fc.tuple(fc.string(), tie('json')), { maxLength: 4, selector: ([key]) => key })
      .map((members) => `{${members.map(([key, value]) => `${JSON.stringify(`k${key}`)}:${value}`).join()}}`),
  ),
}));

test('parseJson: any JSON is written again as it was read, decimals to the letter', () => {
  fc.assert(
    fc.property(jsonText, (text) => assert.equal(JSON.stringify(parsedValue(text)), text)),
    { numRuns: 500 },
  );
});

test('parseJson: agrees with JSON.parse where numbers are plain', () => {
  const arbitrary = fc.tuple(fc.jsonValue(), fc.constantFrom(undefined, 1, '\t'));
  fc.assert(
    fc.property(arbitrary, ([json, space]) => {
      const text = JSON.stringify(json, null, space);
      assert.deepEqual(parsedValue(text), JSON.parse(text));
    }),
    { numRuns: 200 },
  );
});

test('parseJson: any text is refused exactly when JSON.parse refuses it, and never throws', () => {
  const alphabet = fc.constantFrom(...'{}[]":,\\ \n0123456789.-+eEtrufalsn\u0000é', '"a"', '"a":', '\\u0061', 'null');
  const text = fc.oneof(
    fc.string(),
    fc.array(alphabet, { maxLength: 30 }).map((parts) => parts.join('')),
  );
  fc.assert(
    fc.property(text, (candidate) => {
      const parsed = parseJson(candidate);
      if (!parsed.ok && parsed.fault.kind === 'depth') return;
      assert.equal(parsed.ok || parsed.fault.kind === 'duplicate', isJson(candidate));
    }),
    { numRuns: 3000 },
  );
});

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

test('parseJson: a number that a double would change keeps its text, another stays a number', () => {
  for (const text of ['1.50', '1.0', '-0', '0.00', '1e3', '1E-22', '9007199254740993', '1.000000000000000000E-24']) {
    assert.ok(isRawNumber(parsedValue(text)), text);
    assert.equal(JSON.stringify(parsedValue(text)), text);
  }
  for (const text of ['0', '-1', '1.5', '120', '0.25']) assert.equal(parsedValue(text), Number(text));
  assert.equal(JSON.stringify(parsedValue('{"value":1.50,"other":[2.00,3]}')), '{"value":1.50,"other":[2.00,3]}');
});

test('parseJson: a duplicate key is found at any depth and however it is escaped', () => {
  for (const text of [
    '{"a":1,"a":2}',
    '{"a":1,"\\u0061":2}',
    '{"x":[{"b":{}},{"b":1,"c":[{"d":"}"}],"b":2}]}',
    '{"a" : {"a":1} , "a" :3}',
    '{"__proto__":1,"__proto__":2}',
    '{"":1,"":2}',
    '{"q\\"":1,"q\\"":2}',
  ]) {
    assert.equal(faultOf(text).kind, 'duplicate', text);
  }
  assert.deepEqual(faultOf('{"a":1,"\\u0061":2}'), { kind: 'duplicate', key: 'a' });
});

test('parseJson: equal keys of different objects, and equal strings, are no duplicates', () => {
  for (const text of ['[{"a":1},{"a":2}]', '{"a":{"a":{"a":1}}}', '{"a":"a","b":["a","a"]}', '{"a":",\\"a\\":"}']) {
    assert.deepEqual(parsedValue(text), JSON.parse(text));
  }
});

test('parseJson: a syntax error comes before a duplicate', () => {
  assert.equal(faultOf('{"a":1,"a":2').kind, 'syntax');
});

test('parseJson: the depth is bounded, however the text goes on', () => {
  assert.deepEqual(parsedValue(nested(MAX_DEPTH)), JSON.parse(nested(MAX_DEPTH)));
  assert.equal(faultOf(nested(MAX_DEPTH + 1)).kind, 'depth');
  assert.equal(faultOf('{"a":'.repeat(MAX_DEPTH + 1)).kind, 'depth');
  assert.equal(faultOf('['.repeat(500_000)).kind, 'depth');
  assert.deepEqual(parsedValue(`["${'['.repeat(200)}"]`), ['['.repeat(200)]);
});

test('parseJson: a key named __proto__ is a member like any other', () => {
  const value = parsedValue('{"__proto__":{"polluted":true},"n":1.0}');
  assert.ok(typeof value === 'object' && value !== null && Object.hasOwn(value, '__proto__'));
  assert.equal(Object.getPrototypeOf(value), Object.prototype);
});

test('parseJson: long hostile texts take time in proportion to their length', () => {
  const size = 200_000;
  const texts = [
    `"${'\\\\'.repeat(size)}"`,
    `"${'\\"'.repeat(size)}"`,
    '1'.repeat(size),
    '"'.repeat(size),
    '-'.repeat(size),
  ];
  const start = performance.now();
  for (const text of texts) parseJson(text);
  // A quadratic reader would take minutes; the bound is wide so that a busy machine passes.
  assert.ok(performance.now() - start < 5000);
});
