/** The demo issuer's sign-in over HTTP: page, code, tokens, and every way in which they are refused. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { request as httpRequest } from 'node:http';
import { text } from 'node:stream/consumers';
import { after, before, test } from 'node:test';
import { createRemoteJWKSet, decodeJwt, jwtVerify } from 'jose';
import { choose, hiddenFields, newApp, post, redemptionOf, requestOf } from '../support/smart-app.ts';
import { startVeil, type Veil } from '../support/veil.ts';

let veil: Veil;
let issuer: string;
let now = 1_790_000_000_000;

before(async () => {
  veil = await startVeil({ clock: () => now });
  issuer = `${new URL(veil.baseUrl).origin}/demo`;
  for (const [type, id, name] of [
    ['Patient', 'ann', { family: 'Lee "<b>', given: ['Ann'] }],
    ['Patient', 'bob', { family: 'Ray', given: ['Bob'] }],
    ['Practitioner', 'doc', { family: 'Who' }],
  ] as const) {
    const made = await veil.call({ roles: ['system'] }, 'PUT', `/${type}/${id}`, {
      body: { resourceType: type, id, name: [name] },
    });
    assert.equal(made.status, 201);
  }
});
after(() => veil.stop());

const authorize = (): string => `${issuer}/authorize`;
const tokenOf = async (form: URLSearchParams) => {
  const response = await post(`${issuer}/token`, form);
  return { status: response.status, headers: response.headers, body: JSON.parse(await response.text()) };
};
const patient = { role: 'patient', patient: 'ann' };

test('sign-in: a patient gets a token, an id token and the context, and sees the own record alone', async () => {
  const app = newApp();
  const back = await choose(authorize(), requestOf(app, veil.baseUrl), patient);
  assert.equal(`${back.origin}${back.pathname}`, 'http://127.0.0.1:9/after');
  assert.equal(back.searchParams.get('own'), '1');
  assert.equal(back.searchParams.get('state'), 'st&te');
  assert.equal(back.searchParams.get('iss'), issuer);
  const { status, headers, body } = await tokenOf(redemptionOf(app, back.searchParams.get('code') ?? ''));
  assert.equal(status, 200);
  assert.equal(headers.get('cache-control'), 'no-store');
  assert.equal(body.token_type, 'Bearer');
  assert.equal(body.expires_in, 3600);
  assert.equal(body.patient, 'ann');
  assert.equal(body.scope, 'openid fhirUser launch/patient patient/*.rs');

  const keys = createRemoteJWKSet(new URL(`${issuer}/jwks`));
  const { payload } = await jwtVerify(body.id_token, keys, {
    issuer,
    audience: app.clientId,
    currentDate: new Date(now),
  });
  assert.equal(payload['nonce'], 'n-1');
  assert.equal(payload['fhirUser'], `${veil.baseUrl}/Patient/ann`);
  const half = createHash('sha256').update(body.access_token).digest().subarray(0, 16).toString('base64url');
  assert.equal(payload['at_hash'], half);

  const get = (path: string, token: string): Promise<Response> =>
    fetch(`${veil.baseUrl}${path}`, { headers: { authorization: `Bearer ${token}` } });
  assert.equal((await get('/Patient/ann', body.access_token)).status, 200);
  assert.equal((await get('/Patient/bob', body.access_token)).status, 404);
  assert.equal((await get('/Patient/ann', body.id_token)).status, 401);
});

test('sign-in: an id token for an app that calls itself like the server opens nothing', async () => {
  const app = { ...newApp(), clientId: veil.baseUrl };
  const back = await choose(authorize(), requestOf(app, veil.baseUrl, { nonce: undefined }), patient);
  const { body } = await tokenOf(redemptionOf(app, back.searchParams.get('code') ?? ''));
  const ask = (token: string) =>
    fetch(`${veil.baseUrl}/Patient/ann`, { headers: { authorization: `Bearer ${token}` } });
  assert.equal((await ask(body.id_token)).status, 401);
  assert.equal((await ask(body.access_token)).status, 200);
});

test('sign-in: granted is what was asked and the role may do', async () => {
  const grantedFor = async (choice: Record<string, string>, scope: string): Promise<string> => {
    const app = newApp();
    const back = await choose(authorize(), requestOf(app, veil.baseUrl, { scope }), choice);
    const { body } = await tokenOf(redemptionOf(app, back.searchParams.get('code') ?? ''));
    assert.equal(decodeJwt(body.access_token)['scope'], body.scope);
    return body.scope;
  };
  const pharmacist = { role: 'pharmacist', patient: '' };
  assert.equal(
    await grantedFor(pharmacist, 'openid user/Appointment.rs user/Patient.read'),
    'openid user/Patient.read',
  );
  assert.equal(await grantedFor(pharmacist, 'user/Observation.cruds offline_access'), 'user/Observation.rs');
  assert.equal(await grantedFor(pharmacist, 'openid system/*.cruds user/Nonsense.r user/*.dc'), 'openid');
  assert.equal(
    await grantedFor({ role: 'physician', patient: '' }, 'user/Observation.cruds'),
    'user/Observation.cruds',
  );
});

test('sign-in: staff sign in as a practitioner, the patient in context is optional for them', async () => {
  const app = newApp();
  const request = requestOf(app, veil.baseUrl, { scope: 'openid fhirUser user/*.rs' });
  const back = await choose(authorize(), request, { role: 'physician', patient: '' });
  const { body } = await tokenOf(redemptionOf(app, back.searchParams.get('code') ?? ''));
  assert.equal(Object.hasOwn(body, 'patient'), false);
  assert.equal(decodeJwt(body.id_token)['fhirUser'], `${veil.baseUrl}/Practitioner/doc`);
});

test('page: tells that it is a demo, has labels, no script, a strict policy, and escapes what it shows', async () => {
  const app = { ...newApp(), clientId: '"><script>alert(1)</script>' };
  const response = await fetch(`${authorize()}?${requestOf(app, veil.baseUrl)}`);
  const html = await response.text();
  assert.equal(response.status, 200);
  assert.match(response.headers.get('content-type') ?? '', /^text\/html/);
  assert.equal(response.headers.get('cache-control'), 'no-store');
  const policy = response.headers.get('content-security-policy') ?? '';
  assert.match(policy, /default-src 'none'/);
  assert.match(policy, /form-action 'self' http:\/\/127\.0\.0\.1:9;/);
  assert.match(policy, /frame-ancestors 'none'/);
  assert.doesNotMatch(policy, /unsafe|script-src/);
  assert.match(html, /This is a demo/);
  assert.doesNotMatch(html, /<script|javascript:| on[a-z]+=|<b>/i);
  for (const [, id] of html.matchAll(/<(?:select|input) id="([^"]+)"/g))
    assert.match(html, new RegExp(`<label for="${id}"`));
  assert.match(html, /<option value="ann">Ann Lee &quot;&lt;b&gt; \(ann\)<\/option>/);
  for (const role of veil.app.policy.roles.keys()) assert.ok(html.includes(`<option value="${role}">`), role);
  assert.deepEqual([...hiddenFields(html)].sort(), [...requestOf(app, veil.baseUrl)].sort());
});

test('page: shows of a patient no more than the name, and is on record as a search', async () => {
  const id = 'canary';
  const body = {
    resourceType: 'Patient',
    id,
    name: [{ family: 'Shown' }],
    birthDate: '1971-05-23',
    telecom: [{ system: 'phone', value: '555-0142-canary' }],
    identifier: [{ system: 'http://hl7.org/fhir/sid/us-ssn', value: '999-00-4711' }],
  };
  assert.equal((await veil.call({ roles: ['system'] }, 'PUT', `/Patient/${id}`, { body })).status, 201);
  const html = await (await fetch(`${authorize()}?${requestOf(newApp(), veil.baseUrl)}`)).text();
  assert.match(html, /Shown \(canary\)/);
  assert.doesNotMatch(html, /1971|555-0142|4711/);
  const audit = await veil.call({ roles: ['compliance'] }, 'GET', `/AuditEvent?patient=${id}`);
  assert.match(audit.text, /sign-in-page/);
});

test('page: what a person leaves out or may not choose is said, and no code is given', async () => {
  const form = (choice: Record<string, string>, over = {}): URLSearchParams => {
    const all = requestOf(newApp(), veil.baseUrl, over);
    for (const [name, value] of Object.entries(choice)) all.set(name, value);
    return all;
  };
  const faulty = [
    form({ role: '', patient: 'ann' }),
    form({ role: 'emperor', patient: 'ann' }),
    form({ role: 'patient', patient: '' }),
    form({ role: 'patient', patient: '', patient_id: '../x' }),
    form({ role: 'physician', patient: '' }),
    form({ role: 'admin', patient: '' }, { scope: 'user/*.rs' }),
    form({ role: 'constructor', patient: 'ann' }),
  ];
  for (const body of faulty) {
    const response = await post(authorize(), body);
    assert.equal(response.status, 400, String(body));
    assert.match(await response.text(), /<p role="alert" id="fault">/);
  }
  assert.equal((await post(authorize(), form({ role: 'patient', patient: '', patient_id: 'ann' }))).status, 303);
});

test('page: a GET never decides, a form of another page is refused, cancel is access_denied', async () => {
  const request = requestOf(newApp(), veil.baseUrl);
  const withChoice = new URLSearchParams([...request, ['role', 'patient'], ['patient', 'ann']]);
  assert.equal((await fetch(`${authorize()}?${withChoice}`, { redirect: 'manual' })).status, 200);
  for (const origin of ['https://evil.example', 'null']) {
    assert.equal((await post(authorize(), withChoice, { origin })).status, 400, origin);
  }
  assert.equal((await post(authorize(), withChoice, { origin: new URL(issuer).origin })).status, 303);
  const back = await choose(authorize(), request, { deny: 'true' });
  assert.equal(back.searchParams.get('error'), 'access_denied');
  assert.equal(back.searchParams.get('state'), 'st&te');
});

/** A form that a browser posts for a page of another origin; `fetch` sets its own Sec-Fetch-Mode. */
const navigateBy = (url: string, form: URLSearchParams): Promise<string> =>
  new Promise((resolve, reject) => {
    const headers = {
      origin: 'http://127.0.0.1:9',
      'sec-fetch-mode': 'navigate',
      'content-type': 'application/x-www-form-urlencoded',
    };
    const sent = httpRequest(url, { method: 'POST', headers }, (response) => {
      assert.equal(response.statusCode, 200);
      text(response).then(resolve, reject);
    });
    sent.on('error', reject).end(String(form));
  });

test('page: a script that fetches it learns no name; a POST from an app shows it (SMART authorize-post)', async () => {
  const request = requestOf(newApp(), veil.baseUrl);
  const fetched = await fetch(`${authorize()}?${request}`, {
    headers: { 'sec-fetch-mode': 'cors', origin: 'https://x.example' },
  });
  assert.equal(fetched.headers.get('access-control-allow-origin'), '*');
  assert.doesNotMatch(await fetched.text(), /Ann|Bob/);
  assert.match(await navigateBy(authorize(), request), /Ann/);
});

test('authorize: an untrusted redirect URI or a missing client is told to the person and never followed', async () => {
  const bad: Record<string, string | undefined>[] = [
    { redirect_uri: 'https://evil.example/cb' },
    { redirect_uri: 'http://127.0.0.1.evil.example/cb' },
    { redirect_uri: 'http://localhost@evil.example/' },
    { redirect_uri: 'http://user@127.0.0.1/' },
    { redirect_uri: 'http://127.0.0.1/#x' },
    { redirect_uri: 'javascript:alert(1)' },
    { redirect_uri: 'app.example:/cb' },
    { redirect_uri: '/relative' },
    { redirect_uri: undefined },
    { client_id: undefined },
    { client_id: '' },
  ];
  for (const over of bad) {
    const response = await fetch(`${authorize()}?${requestOf(newApp(), veil.baseUrl, over)}`, { redirect: 'manual' });
    assert.equal(response.status, 400, JSON.stringify(over));
    assert.equal(response.headers.get('location'), null);
  }
  const twice = `${requestOf(newApp(), veil.baseUrl)}&redirect_uri=http%3A%2F%2F127.0.0.1%3A9%2Fother`;
  assert.equal((await fetch(`${authorize()}?${twice}`, { redirect: 'manual' })).status, 400);
  for (const redirect_uri of ['http://localhost:1/', 'http://[::1]:1/x', 'https://127.0.0.1/']) {
    const good = await fetch(`${authorize()}?${requestOf(newApp(), veil.baseUrl, { redirect_uri })}`);
    assert.equal(good.status, 200, redirect_uri);
  }
});

test('authorize: other faults go back to the app with state, each under its RFC 6749 name', async () => {
  const bad: readonly [Record<string, string | undefined>, string][] = [
    [{ response_type: 'token' }, 'unsupported_response_type'],
    [{ response_type: undefined }, 'unsupported_response_type'],
    [{ response_mode: 'fragment' }, 'invalid_request'],
    [{ code_challenge: undefined }, 'invalid_request'],
    [{ code_challenge: 'short' }, 'invalid_request'],
    [{ code_challenge_method: 'plain' }, 'invalid_request'],
    [{ code_challenge_method: undefined }, 'invalid_request'],
    [{ aud: undefined }, 'invalid_request'],
    [{ aud: 'https://other.example/fhir' }, 'invalid_request'],
    [{ scope: undefined }, 'invalid_scope'],
    [{ scope: 'patient/*.x system/*.rs' }, 'invalid_scope'],
    [{ request: 'x' }, 'request_not_supported'],
    [{ prompt: 'none' }, 'login_required'],
    [{ nonce: 'x'.repeat(3000) }, 'invalid_request'],
  ];
  for (const [over, error] of bad) {
    const response = await fetch(`${authorize()}?${requestOf(newApp(), veil.baseUrl, over)}`, { redirect: 'manual' });
    assert.equal(response.status, 303, JSON.stringify(over));
    const back = new URL(response.headers.get('location') ?? '');
    assert.equal(back.searchParams.get('error'), error, JSON.stringify(over));
    assert.equal(back.searchParams.get('state'), 'st&te');
    assert.equal(back.searchParams.get('code'), null);
  }
  assert.equal((await fetch(`${authorize()}?${requestOf(newApp(), `${veil.baseUrl}/`)}`)).status, 200);
});

const codeFor = async (app = newApp()): Promise<string> =>
  (await choose(authorize(), requestOf(app, veil.baseUrl), patient)).searchParams.get('code') ?? '';

test('token: a code is good once, for a minute, and only with its client, redirect URI and verifier', async () => {
  const others: Record<string, string>[] = [
    { client_id: 'other' },
    { redirect_uri: 'http://127.0.0.1:9/after' },
    { code_verifier: 'x'.repeat(43) },
    { code_verifier: 'short' },
  ];
  for (const other of others) {
    const app = newApp();
    const form = redemptionOf(app, await codeFor(app));
    for (const [name, value] of Object.entries(other)) form.set(name, value);
    assert.equal((await tokenOf(form)).body.error, 'invalid_grant', JSON.stringify(other));
    // A code that was shown with the wrong proof is spent.
    assert.equal((await tokenOf(redemptionOf(app, form.get('code') ?? ''))).body.error, 'invalid_grant');
  }
  const app = newApp();
  const form = redemptionOf(app, await codeFor(app));
  assert.equal((await tokenOf(form)).status, 200);
  const again = await tokenOf(form);
  assert.equal(again.status, 400);
  assert.equal(again.body.error, 'invalid_grant');
  const late = redemptionOf(app, await codeFor(app));
  now += 60_000;
  assert.equal((await tokenOf(late)).body.error, 'invalid_grant');
});

test('token: malformed requests get their RFC 6749 error as JSON', async () => {
  const app = newApp();
  const good = redemptionOf(app, 'x');
  const without = (name: string): URLSearchParams => new URLSearchParams([...good].filter(([given]) => given !== name));
  for (const name of good.keys()) assert.equal((await tokenOf(without(name))).body.error, 'invalid_request', name);
  const other = new URLSearchParams(good);
  other.set('grant_type', 'client_credentials');
  assert.equal((await tokenOf(other)).body.error, 'unsupported_grant_type');
  other.append('code', 'y');
  assert.equal((await tokenOf(other)).body.error, 'invalid_request');
  const json = await fetch(`${issuer}/token`, {
    method: 'POST',
    body: '{}',
    headers: { 'content-type': 'application/json' },
  });
  assert.equal(json.status, 400);
  assert.equal(JSON.parse(await json.text()).error, 'invalid_request');
  assert.equal((await fetch(`${issuer}/token`)).status, 405);
  assert.equal((await fetch(authorize(), { method: 'DELETE' })).status, 405);
});

test('CORS: every demo endpoint is open to every origin, preflight too', async () => {
  for (const path of ['/.well-known/openid-configuration', '/jwks', '/token', '/authorize']) {
    const preflight = await fetch(`${issuer}${path}`, {
      method: 'OPTIONS',
      headers: { origin: 'https://x.example', 'access-control-request-method': 'POST' },
    });
    assert.equal(preflight.status, 204, path);
    assert.equal(preflight.headers.get('access-control-allow-origin'), '*', path);
  }
  const token = await post(`${issuer}/token`, new URLSearchParams(), { origin: 'https://x.example' });
  assert.equal(token.headers.get('access-control-allow-origin'), '*');
});

test('discovery: both documents and the CapabilityStatement name the same endpoints, and they are there', async () => {
  const read = async (url: string) => JSON.parse(await (await fetch(url)).text());
  const openid = await read(`${issuer}/.well-known/openid-configuration`);
  const smart = await read(`${veil.baseUrl}/.well-known/smart-configuration`);
  assert.equal(openid.issuer, issuer);
  assert.deepEqual(openid.code_challenge_methods_supported, ['S256']);
  for (const name of ['issuer', 'jwks_uri', 'authorization_endpoint', 'token_endpoint']) {
    assert.equal(smart[name], openid[name], name);
  }
  assert.deepEqual(smart.code_challenge_methods_supported, ['S256']);
  assert.deepEqual(smart.capabilities.toSorted(), [
    'authorize-post',
    'client-public',
    'context-standalone-patient',
    'launch-standalone',
    'permission-patient',
    'permission-user',
    'permission-v1',
    'permission-v2',
    'sso-openid-connect',
  ]);
  const { security } = (await read(`${veil.baseUrl}/metadata`)).rest[0];
  assert.equal(security.service[0].coding[0].code, 'SMART-on-FHIR');
  const uris = Object.fromEntries(
    security.extension[0].extension.map(({ url, valueUri }: { url: string; valueUri: string }) => [url, valueUri]),
  );
  assert.deepEqual(uris, { authorize: openid.authorization_endpoint, token: openid.token_endpoint });
});
