/** The keyring as a file: mode 0600, never overwritten, durable before it is used. */
import { closeSync, constants, fstatSync, fsyncSync, mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { ConfigurationError } from '../core/errors.ts';
import { type Keyring, keyringText, parseKeyring } from './keyring.ts';

const OTHERS = 0o077;

/** Reads a keyring; refuses one that group or others may read. Throws `ConfigurationError`. */
export function readKeyringFile(path: string): Keyring {
  const file = open(path, constants.O_RDONLY);
  try {
    const stat = fstatSync(file);
    if (!stat.isFile()) throw fault(path, 'is not a file');
    if ((stat.mode & OTHERS) !== 0) throw fault(path, 'is open to group or others: run chmod 600 on it');
    return parseKeyring(readFileSync(file, 'utf8'), path);
  } finally {
    closeSync(file);
  }
}

/** Writes a new keyring file with mode 0600; throws `ConfigurationError` when there is a file already. */
export function writeKeyringFile(path: string, keyring: Keyring): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const file = open(path, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL);
  try {
    writeFileSync(file, keyringText(keyring));
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  syncFolder(dirname(path));
}

function syncFolder(path: string): void {
  const folder = openSync(path, constants.O_RDONLY);
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}

function open(path: string, flags: number): number {
  try {
    return openSync(path, flags, 0o600);
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
    if (code === 'ENOENT') throw fault(path, 'does not exist: make it with veil keys init');
    if (code === 'EEXIST') throw fault(path, 'exists already and is not overwritten');
    throw fault(path, `cannot be opened (${String(code)})`);
  }
}

const fault = (path: string, what: string): ConfigurationError =>
  new ConfigurationError([`KEYRING_FILE ${path}: ${what}`]);
