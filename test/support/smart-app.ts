/** A SMART app as a test drives it by hand: asks, fills in the sign-in page's own form, exchanges the code. */
import { createHash, randomBytes } from 'node:crypto';

export interface App {
  readonly clientId: string;
  readonly redirectUri: string;
  readonly verifier: string;
}

/** A public client on loopback. */
export const newApp = (): App => ({
  clientId: 'test-app',
  redirectUri: 'http://127.0.0.1:9/after?own=1',
  verifier: randomBytes(32).toString('base64url'),
});

/** The parameters of a good authorization request; undefined in `over` leaves one out. */
export function requestOf(app: App, aud: string, over: Readonly<Record<string, string | undefined>> = {}) {
  const all: Readonly<Record<string, string | undefined>> = {
    response_type: 'code',
    client_id: app.clientId,
    redirect_uri: app.redirectUri,
    scope: 'openid fhirUser launch/patient patient/*.rs',
    state: 'st&te',
    nonce: 'n-1',
    aud,
    code_challenge: createHash('sha256').update(app.verifier).digest('base64url'),
    code_challenge_method: 'S256',
    ...over,
  };
  return new URLSearchParams(
    Object.entries(all).flatMap(([name, value]): [string, string][] => (value === undefined ? [] : [[name, value]])),
  );
}

/** The hidden fields of a page's form, decoded. */
export function hiddenFields(html: string): URLSearchParams {
  const fields = [...html.matchAll(/<input type="hidden" name="([^"]*)" value="([^"]*)">/g)];
  return new URLSearchParams(
    fields.map(([, name = '', value = '']): [string, string] => [decodeHtml(name), decodeHtml(value)]),
  );
}

const decodeHtml = (text: string): string =>
  text
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&#39;', "'")
    .replaceAll('&amp;', '&');

/** Posts a form without following where it leads. */
export const post = (url: string, form: URLSearchParams, headers: Readonly<Record<string, string>> = {}) =>
  fetch(url, { method: 'POST', body: form, redirect: 'manual', headers });

/** The page, then the choice; gives the address to which the person is sent back. */
export async function choose(
  authorize: string,
  request: URLSearchParams,
  choice: Readonly<Record<string, string>>,
): Promise<URL> {
  const page = await fetch(`${authorize}?${request}`, { redirect: 'manual' });
  const form = hiddenFields(await page.text());
  for (const [name, value] of Object.entries(choice)) form.set(name, value);
  const answer = await post(authorize, form);
  const location = answer.headers.get('location');
  if (answer.status !== 303 || location === null)
    throw new Error(`no redirect: ${answer.status} ${await answer.text()}`);
  return new URL(location);
}

/** The body of a token request. */
export const redemptionOf = (app: App, code: string): URLSearchParams =>
  new URLSearchParams({
    grant_type: 'authorization_code',
    code,
    redirect_uri: app.redirectUri,
    client_id: app.clientId,
    code_verifier: app.verifier,
  });
