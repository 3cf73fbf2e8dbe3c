/** The vault: what was sealed opens in its place alone, and any change of it shows. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { DamagedRecordError } from '../../../src/core/errors.ts';
import { sealedFromStore } from '../../../src/crypto/sealed.ts';
import { testSecrets } from '../../support/store-data.ts';

const { vault } = testSecrets();
const key = vault.newKey('p.a.1', 1);
const other = vault.newKey('p.b.1', 1);
const identity = { type: 'Patient', id: '1', version: 3 };
const boxes = new Map([
  ['identity', '{"name":[{"family":"Müller"}]}'],
  ['contact', '{"telecom":[]}'],
]);
const sealed = vault.sealBoxes(key, identity, boxes);
const row = {
  ...identity,
  uid: 'u1',
  lastUpdated: 7,
  deleted: false,
  keyId: key.id,
  rowTerms: ['t1', 't2'],
  boxes: sealed,
};
const rowMac = vault.rowMac(key, row, row.rowTerms, sealed);

const flipped = (bytes: Uint8Array, bit: number): Uint8Array => {
  const copy = Uint8Array.from(bytes);
  copy[bit >> 3] = (copy[bit >> 3] ?? 0) ^ (1 << (bit & 7));
  return copy;
};

test('vault: boxes open to what was sealed, and no other box is there', () => {
  assert.deepEqual(vault.boxNames(sealed), ['identity', 'contact']);
  for (const [name, text] of boxes) assert.equal(vault.openBox(key, identity, sealed, name), text);
  assert.equal(vault.openBox(key, identity, sealed, 'ssn'), undefined);
});

test('vault: random texts round trip', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string({ maxLength: 20 }), fc.string({ unit: 'binary' }), { maxKeys: 5 }), (texts) => {
      const some = new Map(Object.entries(texts));
      const bytes = vault.sealBoxes(key, identity, some);
      assert.deepEqual(vault.boxNames(bytes), [...some.keys()]);
      for (const [name, text] of some) assert.equal(vault.openBox(key, identity, bytes, name), text);
    }),
    { numRuns: 50 },
  );
});

test('vault: the same text never gives the same bytes', () => {
  const seen = new Set(
    Array.from({ length: 600 }, () => Buffer.from(vault.sealBoxes(key, identity, boxes)).toString('hex')),
  );
  assert.equal(seen.size, 600);
});

test('vault: every single flipped bit of sealed boxes shows', () => {
  for (let bit = 0; bit < sealed.length * 8; bit++) {
    const changed = sealedFromStore(flipped(sealed, bit));
    const attempt = (): void => {
      vault.checkRow(key, { ...row, boxes: changed, rowMac });
      for (const name of boxes.keys()) assert.ok(vault.openBox(key, identity, changed, name) !== undefined);
    };
    assert.throws(attempt, DamagedRecordError, `bit ${bit}`);
  }
});

test('vault: a cut or lengthened buffer does not open', () => {
  for (let length = 0; length < sealed.length; length++) {
    assert.throws(() => vault.boxNames(sealedFromStore(sealed.subarray(0, length))), DamagedRecordError);
  }
  assert.throws(() => vault.boxNames(sealedFromStore(Buffer.concat([sealed, Buffer.of(0)]))), DamagedRecordError);
});

test('vault: a box moved to another resource, type, version, class or key does not open', () => {
  const places = [
    { ...identity, id: '2' },
    { ...identity, type: 'Person' },
    { ...identity, version: 4 },
  ];
  for (const place of places) assert.throws(() => vault.openBox(key, place, sealed, 'identity'), DamagedRecordError);
  const renamed = Buffer.from(sealed);
  renamed.write('idenTITY', renamed.indexOf('identity'));
  assert.throws(() => vault.openBox(key, identity, sealedFromStore(renamed), 'idenTITY'), DamagedRecordError);
  assert.throws(() => vault.openBox(other, identity, sealed, 'identity'), DamagedRecordError);
});

test('vault: any change of a row in clear breaks its MAC', () => {
  vault.checkRow(key, { ...row, rowMac });
  const changes = [
    { type: 'Person' },
    { id: '2' },
    { uid: 'u2' },
    { version: 4 },
    { lastUpdated: 8 },
    { deleted: true },
    { keyId: other.id },
    { rowTerms: ['t1'] },
    { rowTerms: ['t1t2'] },
    { rowTerms: ['t2', 't1'] },
    { rowTerms: [] },
    { boxes: vault.sealBoxes(key, identity, boxes) },
    { boxes: vault.sealBoxes(key, identity, new Map([...boxes].slice(0, 1))) },
    { rowMac: sealedFromStore(Buffer.alloc(32)) },
    { rowMac: sealedFromStore(Buffer.alloc(0)) },
  ];
  for (const change of changes) {
    assert.throws(() => vault.checkRow(key, { ...row, rowMac, ...change }), DamagedRecordError);
  }
  assert.throws(() => vault.checkRow(other, { ...row, keyId: other.id, rowMac }), DamagedRecordError);
});

test('vault: a wrapped key opens under its own root, owner, id and version alone', () => {
  const wrapped = vault.wrap(key, 'a');
  const again = vault.unwrap(wrapped);
  assert.equal(vault.openBox(again, identity, sealed, 'contact'), boxes.get('contact'));
  const changes = [
    { owner: 'b' },
    { keyId: 'p.b.1' },
    { version: 2 },
    { wrappedBy: 'root:none' },
    { wrappedBy: 'key:p.b.1' },
  ];
  for (const change of changes) assert.throws(() => vault.unwrap({ ...wrapped, ...change }), DamagedRecordError);
  for (let bit = 0; bit < wrapped.wrapped.length * 8; bit++) {
    const bytes = sealedFromStore(flipped(wrapped.wrapped, bit));
    assert.throws(() => vault.unwrap({ ...wrapped, wrapped: bytes }), DamagedRecordError);
  }
  assert.throws(() => testSecrets().vault.unwrap(wrapped), DamagedRecordError);
});

test("vault: a key wrapped under an owner's key needs that key", () => {
  const shared = vault.newKey('r.x.1', 1);
  const wrapped = vault.wrap(shared, 'a', key);
  const bytes = vault.sealBoxes(shared, identity, boxes);
  assert.equal(vault.openBox(vault.unwrap(wrapped, key), identity, bytes, 'contact'), boxes.get('contact'));
  assert.throws(() => vault.unwrap(wrapped), DamagedRecordError);
  assert.throws(() => vault.unwrap(wrapped, other), DamagedRecordError);
});

test('vault: a data key shows nothing of its bytes', () => {
  assert.deepEqual(Object.keys(key), ['id', 'version']);
  assert.equal(JSON.stringify(key), '{"id":"p.a.1","version":1}');
});
