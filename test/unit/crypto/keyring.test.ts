/** The keyring file: round trip, permissions, refusals. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { ConfigurationError } from '../../../src/core/errors.ts';
import { fileKeyProvider } from '../../../src/crypto/key-provider.ts';
import { createKeyring, keyringText, parseKeyring } from '../../../src/crypto/keyring.ts';
import { readKeyringFile, writeKeyringFile } from '../../../src/crypto/keyring-file.ts';
import { createSecrets } from '../../../src/crypto/secrets.ts';

const folder = mkdtempSync(join(tmpdir(), 'veil-keyring-'));
after(() => rmSync(folder, { recursive: true }));
const keyring = createKeyring({ demo: false, random: randomBytes });

test('keyring file: reads back with mode 0600 and is never overwritten', async () => {
  const path = join(folder, 'new', 'keyring.json');
  writeKeyringFile(path, keyring);
  assert.equal(statSync(path).mode & 0o777, 0o600);
  const before = readFileSync(path, 'utf8');
  assert.throws(() => writeKeyringFile(path, createKeyring({ demo: true, random: randomBytes })), ConfigurationError);
  assert.equal(readFileSync(path, 'utf8'), before);
  const read = await fileKeyProvider(path).keyring();
  assert.equal(createSecrets(read).fingerprint, createSecrets(keyring).fingerprint);
  assert.equal(read.demo, false);
});

test('keyring file: one that group or others may read is refused', () => {
  const path = join(folder, 'open.json');
  writeKeyringFile(path, keyring);
  for (const mode of [0o640, 0o604, 0o620]) {
    chmodSync(path, mode);
    assert.throws(() => readKeyringFile(path), ConfigurationError);
  }
  chmodSync(path, 0o400);
  assert.equal(readKeyringFile(path).index, keyring.index);
});

test('keyring file: a missing one and a folder are refused', () => {
  assert.throws(() => readKeyringFile(join(folder, 'none.json')), ConfigurationError);
  chmodSync(folder, 0o700);
  assert.throws(() => readKeyringFile(folder), ConfigurationError);
});

test('keyring: text that is not a keyring is refused without telling what it holds', () => {
  const good = JSON.parse(keyringText(keyring));
  const [id] = Object.keys(good.roots);
  const secret = good.roots[id ?? ''];
  const bad = [
    '',
    'null',
    '[]',
    secret,
    JSON.stringify({ ...good, format: 2 }),
    JSON.stringify({ ...good, demo: 'no' }),
    JSON.stringify({ ...good, roots: {} }),
    JSON.stringify({ ...good, roots: { [id ?? '']: secret.slice(4) } }),
    JSON.stringify({ ...good, roots: { [id ?? '']: 7 } }),
    JSON.stringify({ ...good, roots: { 'a b': secret } }),
    JSON.stringify({ ...good, data: 'other' }),
    JSON.stringify({ ...good, index: undefined }),
  ];
  for (const text of bad) {
    assert.throws(
      () => parseKeyring(text, 'keyring.json'),
      (error) => error instanceof ConfigurationError && !error.message.includes(secret),
    );
  }
  assert.equal(parseKeyring(JSON.stringify(good), 'keyring.json').data, keyring.data);
});

test('keyring: printing it shows no key', () => {
  const [root] = keyring.roots.values();
  const hex = root?.export().toString('hex') ?? '';
  assert.ok(hex.length === 64 && !JSON.stringify({ ...keyring, roots: [...keyring.roots] }).includes(hex.slice(0, 12)));
});

test('keyring: another root for new wraps changes no term, and old wraps still open', () => {
  const [id, root] = [...keyring.roots][0] ?? [];
  assert.ok(id && root);
  const added = createKeyring({ demo: false, random: randomBytes });
  const rotated = { ...keyring, roots: new Map([...keyring.roots, ...added.roots]), data: added.data };
  const [before, after_] = [createSecrets(keyring), createSecrets(rotated)];
  assert.equal(before.fingerprint, after_.fingerprint);
  assert.equal(before.terms.uid('Patient', '1'), after_.terms.uid('Patient', '1'));
  const wrapped = before.vault.wrap(before.vault.newKey('k', 1), 'o');
  assert.equal(after_.vault.unwrap(wrapped).id, 'k');
  assert.equal(after_.vault.wrap(after_.vault.newKey('k', 1), 'o').wrappedBy, `root:${added.data}`);
});
