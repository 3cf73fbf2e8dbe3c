/** Known answers: what these give under one keyring must never change, or stored data could not be found or opened. */
import assert from 'node:assert/strict';
import { createSecretKey } from 'node:crypto';
import { test } from 'node:test';
import { deriveKey } from '../../../src/crypto/derive.ts';
import { createKeyring } from '../../../src/crypto/keyring.ts';
import { sealedFromStore } from '../../../src/crypto/sealed.ts';
import { createSecrets } from '../../../src/crypto/secrets.ts';

const secrets = createSecrets(createKeyring({ demo: true, random: (bytes) => Buffer.alloc(bytes, 7) }));

test('hkdf: agrees with RFC 5869 as computed by hand', () => {
  const root = createSecretKey(Buffer.alloc(32, 7));
  assert.equal(
    deriveKey(root, 'terms').export().toString('hex'),
    '89c4a0380828535108448b0403b6468652a7fb927ed831d9905f128cc7fb663a',
  );
});

test('terms: known values under a known root', () => {
  const { terms } = secrets;
  assert.equal(terms.term('Observation', 'code', '', 'http://loinc.org|8480-6'), 'xcrTiC-4llDGctgzgm06XA');
  assert.equal(terms.term('Patient', 'identifier', 'MRN', '123'), '_b6mIoYKuLcaXvhUwq87qg');
  assert.equal(terms.uid('Patient', '1'), 'NboaZvcKg-7cGxAdNV8Hyg');
});

test('pseudonyms, cursors, event ids and links: known values under a known root', () => {
  const { pseudonyms, cursors, audit, terms, fingerprint } = secrets;
  assert.equal(fingerprint, 'P4OGrDtVEqCrvCqM');
  assert.equal(pseudonyms.pseudonym('researcher', 'Patient', terms.uid('Patient', '1')), '3qrdnxtnrerqjdgumykkfe3c3i');
  assert.equal(cursors.seal('position', 'binding'), 'GfmdC8duf1a6ycATl99bP3sPzNOjwEqz5RKZoR5L4XRWxSI0');
  assert.equal(audit.eventId(12, 3), 'ivo6crubylgtewhgdvjc5zhkpa');
  const link = audit.link(new Uint8Array(32), 1, 'main', sealedFromStore(Buffer.from('sealed')));
  assert.equal(link.toString('hex'), '144bf58bb5792c9e17e3b1f2b16772b4aa5b6505e93bd82feb1bf933599b6760');
});

test('boxes and wrapped keys: what an earlier version sealed opens', () => {
  const { vault } = secrets;
  const from = (text: string) => sealedFromStore(Buffer.from(text, 'base64url'));
  const key = vault.unwrap({
    keyId: 'p.x.1',
    version: 1,
    owner: 'x',
    wrappedBy: 'root:BwcHBwcH',
    wrapped: from('I2z9Ujdf_Bs2ki-AA9CJF1C0jDruO1pyKap4nsAqpKtuo0ADb-iR82cNfnprJHNOvY5OelK2n5j6pUnw'),
  });
  const identity = { type: 'Patient', id: '1', version: 2 };
  const boxes = from(
    'AQIIaWRlbnRpdHkAAAAr37mynFtK0C8sCEUmpSwSCJsk3D6q-i4EKsSFdnwnOtTcFk0Hbl17LEfD_gdjb250YWN0AAAAHnH9J2jvcCKFe2eiGTX8SIyHKqVbEI6HK3nl2I26HQ',
  );
  assert.equal(vault.openBox(key, identity, boxes, 'identity'), '{"active":true}');
  const row = { ...identity, uid: 'u', lastUpdated: 5, deleted: false, keyId: 'p.x.1', rowTerms: ['a', 'b'], boxes };
  vault.checkRow(key, { ...row, rowMac: from('mnli7xl7uFKR7RBn1rCDKccmuIke3uSBVwS_dzPwm3c') });
  assert.equal(
    secrets.audit.open(from('AQ9lecoQFRIc3kgBPEqRm0dzIYo7r_LcXVrFY6dhUgBkpGqQCJOYau6E2wbuOtFANcUiKA')),
    '{"v":1}',
  );
});
