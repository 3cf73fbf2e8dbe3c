/** Clients of the field against a running server: read, search, page, create, update, and a refusal that they understand. */
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { after, before, test } from 'node:test';
import { MedplumClient, OperationOutcomeError } from '@medplum/core';
import { Client } from 'fhir-kit-client';
import { fhirclient, type SmartClient } from '../support/fhirclient.ts';
import { choose, hiddenFields, newApp, post, redemptionOf, requestOf } from '../support/smart-app.ts';
import { startVeil, type Veil } from '../support/veil.ts';

let veil: Veil;

before(async () => {
  veil = await startVeil();
  for (const id of ['p1', 'p2', 'p3']) {
    const made = await veil.call({ roles: ['system'] }, 'PUT', `/Patient/${id}`, {
      body: { resourceType: 'Patient', id, name: [{ family: 'Paged', given: [id] }], gender: 'other' },
    });
    assert.equal(made.status, 201);
  }
});
after(() => veil.stop());

const appointment = (patient: string): fhir4.Appointment => ({
  resourceType: 'Appointment',
  status: 'proposed',
  participant: [{ actor: { reference: `Patient/${patient}` }, status: 'needs-action' }],
});

const statusOf = (error: unknown): unknown => {
  if (typeof error !== 'object' || error === null) return undefined;
  if ('statusCode' in error) return error.statusCode;
  return 'response' in error ? statusIn(error.response) : undefined;
};
const statusIn = (response: unknown): unknown =>
  typeof response === 'object' && response !== null && 'status' in response ? response.status : undefined;

test('fhir-kit-client: finds the endpoints, reads, searches, pages, creates, updates and meets a refusal', async () => {
  const client = new Client({ baseUrl: veil.baseUrl, bearerToken: await veil.token({ roles: ['physician'] }) });
  const endpoints = await client.smartAuthMetadata();
  assert.equal(endpoints.tokenUrl?.href, `${new URL(veil.baseUrl).origin}/demo/token`);
  assert.equal(endpoints.authorizeUrl?.href, `${new URL(veil.baseUrl).origin}/demo/authorize`);
  const statement = await client.capabilityStatement();
  assert.equal(statement.resourceType, 'CapabilityStatement');

  const patient = await client.read({ resourceType: 'Patient', id: 'p1' });
  assert.equal(patient['gender'], 'other');
  const ids: (string | undefined)[] = [];
  let page: fhir4.Bundle | undefined = bundleIn(
    await client.search({ resourceType: 'Patient', searchParams: { family: 'paged', _count: 2 } }),
  );
  while (page) {
    ids.push(...(page.entry ?? []).map(({ resource }) => resource?.id));
    const next: unknown = await client.nextPage({ bundle: page as never });
    page = next === undefined ? undefined : bundleIn(next);
  }
  assert.deepEqual(ids.sort(), ['p1', 'p2', 'p3']);

  const made = await client.create({ resourceType: 'Appointment', body: appointment('p1') as never });
  const id = String(made['id']);
  const changed = await client.update({
    resourceType: 'Appointment',
    id,
    body: { ...made, status: 'cancelled' } as never,
  });
  assert.equal(changed['status'], 'cancelled');
  await assert.rejects(client.read({ resourceType: 'Patient', id: 'nobody' }), (error) => statusOf(error) === 404);
  await assert.rejects(
    client.search({ resourceType: 'AuditEvent', searchParams: {} }),
    (error) => statusOf(error) === 403,
  );
});

const bundleIn = (value: unknown): fhir4.Bundle => {
  const bundle = value as fhir4.Bundle;
  assert.equal(bundle.resourceType, 'Bundle');
  return bundle;
};

test('MedplumClient: reads, searches, pages, creates, updates and meets a refusal', async () => {
  const { origin, pathname } = new URL(veil.baseUrl);
  const client = new MedplumClient({
    baseUrl: origin,
    fhirUrlPath: pathname.slice(1),
    accessToken: await veil.token({ roles: ['physician'] }),
    fetch: (url: string, init?: object) => fetch(url, init),
    cacheTime: 0,
  });
  assert.equal((await client.readResource('Patient', 'p1')).gender, 'other');
  const ids: (string | undefined)[] = [];
  for await (const page of client.searchResourcePages('Patient', 'family=paged&_count=2')) {
    ids.push(...page.map(({ id }) => id));
  }
  assert.deepEqual(ids.sort(), ['p1', 'p2', 'p3']);
  const made = await client.createResource({ ...appointment('p2'), resourceType: 'Appointment' } as never);
  const changed = await client.updateResource({ ...(made as fhir4.Appointment), status: 'cancelled' } as never);
  assert.equal((changed as fhir4.Appointment).status, 'cancelled');
  for (const [call, code] of [
    [() => client.readResource('Patient', 'nobody'), 'not-found'],
    [() => client.search('AuditEvent'), 'forbidden'],
  ] as const) {
    await assert.rejects(
      call,
      (error) => error instanceof OperationOutcomeError && error.outcome.issue?.[0]?.code === code,
    );
  }
});

test('MedplumClient: exchanges a code of the demo sign-in', async () => {
  const app = newApp();
  const issuer = `${new URL(veil.baseUrl).origin}/demo`;
  const back = await choose(`${issuer}/authorize`, requestOf(app, veil.baseUrl), { role: 'patient', patient: 'p1' });
  const response = await post(`${issuer}/token`, redemptionOf(app, back.searchParams.get('code') ?? ''));
  const { access_token, patient } = JSON.parse(await response.text());
  const { origin, pathname } = new URL(veil.baseUrl);
  const client = new MedplumClient({
    baseUrl: origin,
    fhirUrlPath: pathname.slice(1),
    accessToken: access_token,
    fetch: (url: string, init?: object) => fetch(url, init),
  });
  assert.equal((await client.readResource('Patient', patient)).id, 'p1');
  await assert.rejects(client.readResource('Patient', 'p2'));
});

/** A web app on loopback that signs in with `fhirclient`, server side; `visit` keeps its cookies' place in a map. */
async function fhirclientSession(base: string) {
  const stored = new Map<string, unknown>();
  const storage = {
    get: async (key: string) => stored.get(key),
    set: async (key: string, value: unknown) => {
      stored.set(key, value);
      return value;
    },
    unset: async (key: string) => stored.delete(key),
  };
  const signedIn = Promise.withResolvers<SmartClient>();
  const server = createServer(async (request, response) => {
    const api = fhirclient(request, response, storage);
    const scope = 'openid fhirUser launch/patient patient/*.cruds';
    try {
      if (request.url?.startsWith('/launch')) {
        await api.authorize({
          clientId: 'fhirclient-test',
          scope,
          redirectUri: '/back',
          iss: base,
          pkceMode: 'required',
        });
      } else {
        signedIn.resolve(await api.ready());
        response.end();
      }
    } catch (error) {
      signedIn.reject(error);
      response.end();
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const origin = `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`;
  return { origin, signedIn: signedIn.promise, close: () => server.close() };
}

test('fhirclient: signs in by the demo issuer, reads, searches, pages, creates, updates and meets a refusal', async (t) => {
  const app = await fhirclientSession(veil.baseUrl);
  t.after(() => app.close());
  const launched = await fetch(`${app.origin}/launch`, { redirect: 'manual' });
  const authorize = launched.headers.get('location') ?? assert.fail(`no redirect: ${launched.status}`);
  const form = hiddenFields(await (await fetch(authorize)).text());
  form.set('role', 'patient');
  form.set('patient', 'p1');
  const chosen = await post(authorize.slice(0, authorize.indexOf('?')), form);
  await fetch(chosen.headers.get('location') ?? assert.fail(await chosen.text()));
  const client = await app.signedIn;
  assert.equal(client.patient.id, 'p1');
  assert.equal(client.getFhirUser(), 'Patient/p1');
  assert.equal((await client.patient.read()).gender, 'other');

  for (let made = 0; made < 3; made++) await client.create(appointment('p1'));
  const pages = await client.request('Appointment?_count=2&status=proposed', { pageLimit: 0, flat: true });
  assert.ok(pages.length >= 3);
  const [first = assert.fail('no appointment')] = pages;
  const cancelled: fhir4.Appointment = { ...first, status: 'cancelled' };
  assert.equal((await client.update(cancelled)).status, 'cancelled');
  await assert.rejects(client.request('Patient/p2'), (error) => statusOf(error) === 404);
  await assert.rejects(client.delete(`Appointment/${first.id}`), (error) => statusOf(error) === 403);
});
