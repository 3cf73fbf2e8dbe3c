/** Terms, uids, pseudonyms, cursors and event ids. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { DamagedRecordError } from '../../../src/core/errors.ts';
import { decodeBase32, encodeBase32 } from '../../../src/crypto/base32.ts';
import { sealedFromStore } from '../../../src/crypto/sealed.ts';
import { testSecrets } from '../../support/store-data.ts';

const { terms, pseudonyms, cursors, audit } = testSecrets();
const part = fc.string({ maxLength: 8 });
const parts = fc.tuple(part, part, part, part);
const block = fc.uint8Array({ minLength: 16, maxLength: 16 });
const ALPHABET = 'abcdefghijklmnopqrstuvwxyz234567';

test('terms: equal for equal parts, different however the same letters are shared out', () => {
  assert.equal(terms.term('T', 'p', 'c', 'v'), terms.term('T', 'p', 'c', 'v'));
  assert.match(terms.term('T', 'p', 'c', 'v'), /^[A-Za-z0-9_-]{22}$/);
  fc.assert(
    fc.property(parts, parts, (a, b) => {
      assert.equal(
        terms.term(...a) === terms.term(...b),
        a.every((one, i) => one === b[i]),
      );
    }),
  );
  const shared = [terms.term('ab', 'c', 'd', 'e'), terms.term('a', 'bc', 'd', 'e'), terms.term('ab', 'c', '', 'de')];
  assert.equal(new Set(shared).size, 3);
});

test('terms: another keyring gives other terms and uids', () => {
  const others = testSecrets().terms;
  assert.notEqual(terms.term('T', 'p', '', 'v'), others.term('T', 'p', '', 'v'));
  assert.notEqual(terms.uid('T', '1'), others.uid('T', '1'));
});

test('base32: 16 bytes and back, and one text alone for them', () => {
  fc.assert(
    fc.property(block, fc.nat(25), fc.nat(31), (bytes, at, value) => {
      const text = encodeBase32(bytes);
      assert.match(text, /^[a-z2-7]{26}$/);
      assert.deepEqual(decodeBase32(text), Buffer.from(bytes));
      const changed = text.slice(0, at) + ALPHABET.charAt(value) + text.slice(at + 1);
      const decoded = decodeBase32(changed);
      assert.ok(decoded === undefined || encodeBase32(decoded) === changed);
    }),
  );
  for (const text of ['', 'a'.repeat(25), 'a'.repeat(27), 'A'.repeat(26), `${'a'.repeat(25)}b`, '='.repeat(26)]) {
    assert.equal(decodeBase32(text), undefined);
  }
});

test('pseudonyms: turned back for their role and type alone', () => {
  const uid = terms.uid('Patient', '1');
  const pseudonym = pseudonyms.pseudonym('researcher', 'Patient', uid);
  assert.equal(pseudonyms.uidOf('researcher', 'Patient', pseudonym), uid);
  assert.notEqual(pseudonyms.uidOf('auditor', 'Patient', pseudonym), uid);
  assert.notEqual(pseudonyms.uidOf('researcher', 'Observation', pseudonym), uid);
  assert.equal(pseudonyms.uidOf('researcher', 'Patient', 'Patient-1'), undefined);
  assert.equal(pseudonyms.uidOf('researcher', 'Patient', pseudonym.toUpperCase()), undefined);
});

test('cursors: equal input gives equal text, and only the same binding opens it', () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), fc.string(), (plain, binding, other) => {
      const cursor = cursors.seal(plain, binding);
      assert.equal(cursor, cursors.seal(plain, binding));
      assert.equal(cursors.open(cursor, binding), Buffer.from(plain).toString());
      if (Buffer.from(other).compare(Buffer.from(binding)) !== 0) assert.equal(cursors.open(cursor, other), undefined);
    }),
  );
  const cursor = cursors.seal('position', 'b');
  for (let at = 0; at < cursor.length; at++) {
    const changed = cursor.slice(0, at) + (cursor[at] === 'A' ? 'B' : 'A') + cursor.slice(at + 1);
    assert.equal(cursors.open(changed, 'b'), undefined);
  }
  for (const odd of ['', 'A', `${cursor}=`, ` ${cursor}`, 'A'.repeat(20_000)])
    assert.equal(cursors.open(odd, 'b'), undefined);
});

test('event ids: name place and index, and cannot be made up', () => {
  fc.assert(
    fc.property(fc.maxSafeNat(), fc.nat(), (seq, index) => {
      assert.deepEqual(audit.parseEventId(audit.eventId(seq, index)), { seq, index });
    }),
  );
  fc.assert(
    fc.property(block, (bytes) => {
      const parsed = audit.parseEventId(encodeBase32(bytes));
      assert.ok(parsed === undefined || audit.eventId(parsed.seq, parsed.index) === encodeBase32(bytes));
    }),
  );
  assert.equal(audit.parseEventId('1'), undefined);
});

test('audit records: open to what was sealed, and no flipped bit passes', () => {
  const sealed = audit.seal('{"outcome":"0"}');
  assert.equal(audit.open(sealed), '{"outcome":"0"}');
  for (let bit = 0; bit < sealed.length * 8; bit++) {
    const copy = Uint8Array.from(sealed);
    copy[bit >> 3] = (copy[bit >> 3] ?? 0) ^ (1 << (bit & 7));
    assert.throws(() => audit.open(sealedFromStore(copy)), DamagedRecordError);
  }
  assert.throws(() => audit.open(sealedFromStore(Buffer.alloc(0))), DamagedRecordError);
});

test('links: depend on predecessor, sequence, chain and bytes', () => {
  const sealed = audit.seal('x');
  const prev = Buffer.alloc(32, 1);
  const links = [
    audit.link(prev, 1, 'a', sealed),
    audit.link(Buffer.alloc(32, 2), 1, 'a', sealed),
    audit.link(prev, 2, 'a', sealed),
    audit.link(prev, 1, 'b', sealed),
    audit.link(prev, 1, 'a', audit.seal('x')),
  ].map((link) => link.toString('hex'));
  assert.equal(new Set(links).size, 5);
  assert.equal(audit.link(prev, 1, 'a', sealed).toString('hex'), links[0]);
});
