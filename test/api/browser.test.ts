/** A SMART app in a real browser signs in by the demo issuer and shows what its user may see, and no more. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { openChromium, skipWithoutChromium } from '../support/chromium.ts';
import { type ServerProcess, startServer } from '../support/server-process.ts';
import { newApp, requestOf } from '../support/smart-app.ts';
import { type StaticApp, startStaticApp } from '../support/static-app.ts';

suite('browser', { skip: skipWithoutChromium }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'veil-browser-'));
  let app: StaticApp;
  let server: ServerProcess;
  let browser: Browser;

  before(async () => {
    app = await startStaticApp();
    server = await startServer(folder, { CORS_ORIGINS: app.origin });
    browser = await openChromium();
  });
  after(async () => {
    await browser.close();
    app.close();
    await server.kill('SIGTERM');
    rmSync(folder, { recursive: true });
  });

  async function launch(): Promise<{ page: Page; complaints: readonly string[] }> {
    const page = await (await browser.newContext()).newPage();
    const complaints: string[] = [];
    page.on('console', (message) => {
      if (/Content Security Policy|CORS/.test(message.text())) complaints.push(message.text());
    });
    await page.goto(`${app.origin}/index.html?fhir=${encodeURIComponent(server.baseUrl)}`);
    await page.getByRole('heading', { name: 'Demo sign-in' }).waitFor();
    return { page, complaints };
  }

  async function recordAfterSignIn(page: Page): Promise<string> {
    await page.getByText(/^(signed in as|failed)/).waitFor();
    return (await page.textContent('main')) ?? '';
  }

  test('patient: signs in with the mouse, sees the own record and no other patient', async () => {
    const { page, complaints } = await launch();
    assert.match((await page.textContent('main')) ?? '', /This is a demo\.[\s\S]*smart-app[\s\S]*patient\/\*\.rs/);
    await page.getByLabel('Role').selectOption('patient');
    await page.getByLabel('Patient', { exact: true }).selectOption('ann-lee');
    await page.getByRole('button', { name: 'Sign in' }).click();
    const text = await recordAfterSignIn(page);
    assert.match(text, /signed in as Patient\/ann-lee/);
    assert.match(text, /Name: Ann Margaret Lee/);
    assert.match(text, /Identifier: 999-12-3456/);
    assert.match(text, /Appointment heart-and-sugar-class: .*Patient\/ann-lee/);
    assert.doesNotMatch(text, /walter-brandt/);
    assert.deepEqual(complaints, []);
  });

  test('pharmacist: signs in with the keyboard alone, sees the MRN, no SSN, and no appointment', async () => {
    const { page, complaints } = await launch();
    await page.keyboard.press('Tab');
    await page.keyboard.type('pharm');
    await page.keyboard.press('Tab');
    await page.keyboard.type('Ann M');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    const text = await recordAfterSignIn(page);
    assert.match(text, /signed in as Practitioner\//);
    assert.match(text, /Name: Ann Margaret Lee/);
    assert.match(text, /Identifier: LK-104233/);
    assert.doesNotMatch(text, /999-12-3456/);
    assert.match(text, /Appointments refused: 403/);
    assert.deepEqual(complaints, []);
  });

  test('page: works without JavaScript, says what is missing, and cancelling tells the app', async () => {
    const page = await (await browser.newContext({ javaScriptEnabled: false })).newPage();
    const request = requestOf({ ...newApp(), redirectUri: `${app.origin}/index.html` }, server.baseUrl);
    const open = (): Promise<unknown> => page.goto(`${new URL(server.baseUrl).origin}/demo/authorize?${request}`);
    await open();
    await page.getByLabel('Role').selectOption('patient');
    await page.getByRole('button', { name: 'Sign in' }).click();
    assert.match((await page.getByRole('alert').textContent()) ?? '', /Choose a patient/);
    await page.getByLabel('Or the id of another patient').fill('ann-lee');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.waitForURL(`${app.origin}/**`);
    assert.ok(new URL(page.url()).searchParams.get('code'));
    await open();
    await page.getByRole('button', { name: 'Cancel' }).click();
    await page.waitForURL(`${app.origin}/**`);
    assert.equal(new URL(page.url()).searchParams.get('error'), 'access_denied');
  });
});
