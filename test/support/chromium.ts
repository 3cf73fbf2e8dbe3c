/** The system's Chromium, driven by playwright-core; what cannot run here says why, and fails where CI requires it. */
import { existsSync } from 'node:fs';
import { type Browser, chromium } from 'playwright-core';

const CANDIDATES = [process.env['CHROMIUM'] ?? '', '/usr/bin/chromium', '/usr/bin/chromium-browser'];
const found = CANDIDATES.find((path) => path !== '' && existsSync(path));
const required = (process.env['CI_REQUIRES'] ?? '').split(',').includes('chromium');

/** Why tests with a browser are skipped; false where one is there, or where its absence must fail. */
export const skipWithoutChromium: string | false =
  found === undefined && !required
    ? 'no Chromium: install Debian package chromium, or set CHROMIUM to its path'
    : false;

/** Starts the browser without a window. */
export async function openChromium(): Promise<Browser> {
  if (found === undefined) throw new Error('CI_REQUIRES names chromium, and there is none');
  // The sandbox needs a user of its own; tests of CI often run as root, against pages of their own.
  return chromium.launch({ executablePath: found, args: ['--no-sandbox', '--disable-dev-shm-usage'] });
}
