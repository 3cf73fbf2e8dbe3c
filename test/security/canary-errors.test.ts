/** Errors and logs: whatever a caller sends or guesses, neither tells a value that is stored or sent. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type CallOptions, startVeil, type Veil } from '../support/veil.ts';
import { type Canary, tokensIn } from './canary-resource.ts';
import { cellOf, ROLES } from './canary-views.ts';
import { callerOf, type Planted, plantCanaries, refFor } from './canary-world.ts';

const TYPES = ['Patient', 'Observation', 'MedicationRequest', 'Appointment', 'Coverage', 'Practitioner'];
const FORM = { 'Content-Type': 'application/x-www-form-urlencoded' };

let veil: Veil;
let planted: Planted;
const values = new Set<string>();
before(async () => {
  veil = await startVeil({ env: { LOG_LEVEL: 'debug' } });
  planted = await plantCanaries(veil, TYPES);
  for (const { canaries } of planted.values()) for (const { value } of canaries) values.add(value);
});
after(() => veil?.stop());

const stored = (text: string): readonly string[] => [...tokensIn(text)].filter((token) => values.has(token));

// What a caller who knows the stored resource could send to make the server talk about it.
function provoke(
  type: string,
  id: string,
  resource: Record<string, unknown>,
): readonly [string, string, CallOptions][] {
  const own = `/${type}/${id}`;
  const edited = { ...resource, language: 'de' };
  return [
    ['PUT', own, { body: edited }],
    ['PUT', own, { body: edited, headers: { 'If-Match': 'W/"99"' } }],
    ['PUT', own, { body: { ...resource, unheardOf: { inside: 'x' } } }],
    ['PUT', own, { body: { ...resource, id: 'another' } }],
    ['PUT', own, { body: { ...resource, extension: 'Canary999999' } }],
    ['PUT', own, { body: { resourceType: type, id, extension: resource['extension'] } }],
    ['PUT', own, { body: `${JSON.stringify(resource).slice(0, -2)}` }],
    ...patches(type, resource).map((options): [string, string, CallOptions] => ['PATCH', own, options]),
    ['POST', '/', { body: bundleOf(type, edited) }],
    ['PUT', `/${type}/nobody`, { body: { ...resource, id: 'nobody' } }],
    ['POST', `/${type}`, { body: { ...resource, implicitRules: 7 } }],
    ['DELETE', own, { headers: { 'If-Match': 'W/"99"' } }],
    ['GET', `${own}/_history/77`, {}],
  ];
}

// A transaction that fails on a value that it quotes, in a link and in a condition.
function bundleOf(type: string, resource: Record<string, unknown>) {
  const [value = ''] = tokensIn(JSON.stringify(resource));
  const request = { method: 'PUT', url: `${type}?identifier=${value}&unheard-of=${value}` };
  const subject = { reference: `Patient?identifier=${value}` };
  return { resourceType: 'Bundle', type: 'transaction', entry: [{ resource: { ...resource, subject }, request }] };
}

// Patches that quote what is stored and fail on it, in both languages.
function patches(type: string, resource: Record<string, unknown>): readonly CallOptions[] {
  const headers = { 'Content-Type': 'application/json-patch+json' };
  const [name = '', value] = Object.entries(resource).find(([each]) => each === 'extension') ?? [];
  const text = JSON.stringify(value ?? '');
  const path = `${type}.extension.where(url = '${tokensIn(text)[Symbol.iterator]().next().value}').value.unheardOf`;
  const operation = [
    { name: 'type', valueCode: 'replace' },
    { name: 'path', valueString: path },
    { name: 'value', valueString: text.slice(0, 200) },
  ];
  return [
    { body: [{ op: 'test', path: `/${name}/0`, value }], headers },
    { body: [{ op: 'test', path: `/${name}`, value: 'x' }], headers },
    { body: [{ op: 'add', path: `/unheardOf`, value }], headers },
    { body: [{ op: 'move', from: `/${name}/${text.slice(0, 200)}`, path: `/${name}/7` }], headers },
    { body: { resourceType: 'Parameters', parameter: [{ name: 'operation', part: operation }] } },
  ];
}

// Searches by values that are stored, as GET and POST, in each kind of parameter.
function guesses(type: string, canary: Canary): readonly [string, string, CallOptions][] {
  const value = canary.value;
  const query = `identifier=${value}&_id=${value}&_lastUpdated=${value}&subject=${value}&name:sounds=${value}&_sort=${value}`;
  return [
    ['GET', `/${type}?_count=${value}`, {}],
    ['GET', `/${type}?_filter=${value}`, {}],
    ['GET', `/${type}?birthdate=x${value}`, {}],
    ['GET', `/${type}?_cursor=${value}`, {}],
    ['GET', `/${type}?identifier=a|b|${value}|c`, {}],
    ['POST', `/${type}`, { body: { resourceType: type }, headers: { 'If-None-Exist': `identifier=${value}` } }],
    ['POST', `/${type}`, { body: { resourceType: type }, headers: { 'If-None-Exist': query } }],
    ['PUT', `/${type}?identifier=${value}&unheard-of=${value}`, { body: { resourceType: type, language: value } }],
    ['DELETE', `/${type}?_text=${value}&_count=${value}`, {}],
    ['POST', `/${type}/_search`, { body: query, headers: FORM }],
    ['POST', `/${type}/_search`, { body: `unheard-of=${value}`, headers: { ...FORM, Prefer: 'handling=strict' } }],
  ];
}

for (const role of ROLES) {
  test(`errors: ${role} is told no value, stored or sent, by any refusal`, async () => {
    let refusals = 0;
    for (const [ref, { resource, canaries }] of planted) {
      const [type = '', id = ''] = ref.split('/');
      if (!id.endsWith('-0')) continue;
      if (role === 'system' && cellOf(role, type) === null) continue;
      const sample = canaries.filter((_, i) => i % 1500 === 0);
      for (const [method, path, options] of [
        ...[...new Set([ref, refFor(veil, role, ref)])].flatMap((known) =>
          provoke(type, known.split('/')[1] ?? '', resource),
        ),
        ...sample.flatMap((canary) => guesses(type, canary)),
      ]) {
        const reply = await veil.call(callerOf(role), method, path, options);
        assert.notEqual(Math.floor(reply.status / 100), 5, `${role} ${method} ${path}`);
        if (reply.status < 400) continue;
        refusals++;
        assert.equal(reply.json?.resourceType, 'OperationOutcome', `${role} ${method} ${path} ${reply.status}`);
        assert.deepEqual(stored(reply.text), [], `${role} ${method} ${path}`);
        assert.deepEqual(stored(JSON.stringify([...reply.headers])), [], `${role} ${method} ${path}`);
      }
    }
    assert.ok(refusals > 20, `${refusals}`);
  });
}

test('errors: the log of all these requests holds no value', () => {
  assert.ok(veil.log.length > 500, `${veil.log.length}`);
  assert.ok(values.size > 1000);
  assert.deepEqual(stored(veil.log.join('')), []);
});
