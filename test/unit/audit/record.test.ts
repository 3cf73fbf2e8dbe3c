/** The recorder: what it seals comes back whole, its terms are few, its time never runs back. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { INTERACTIONS, OUTCOMES } from '../../../src/audit/kinds.ts';
import { createAuditRecorder } from '../../../src/audit/record.ts';
import { parseRecord, writeRecord } from '../../../src/audit/record-format.ts';
import type { AuditFacts } from '../../../src/core/audit.ts';
import { DamagedRecordError } from '../../../src/core/errors.ts';
import { BASE_URL, commandFacts, fixedSecrets, loginFacts, NOON, readFacts, searchFacts } from './audit-facts.ts';

const secrets = fixedSecrets();
const recorder = (notBefore?: number) =>
  createAuditRecorder({
    crypto: secrets.audit,
    terms: secrets.terms,
    site: BASE_URL,
    ...(notBefore === undefined ? {} : { notBefore }),
  });
const reopened = (sealed: Parameters<typeof secrets.audit.open>[0]) => parseRecord(secrets.audit.open(sealed));

test('record: sealed facts come back whole', () => {
  for (const facts of [readFacts(), searchFacts(), loginFacts(), commandFacts()]) {
    const { rendering, site, ...rest } = reopened(recorder().entry(facts).sealed);
    assert.deepEqual(rest, facts);
    assert.equal(rendering, 1);
    assert.equal(site, BASE_URL);
  }
});

test('record: any facts survive writing and parsing', () => {
  fc.assert(
    fc.property(anyFacts(), (facts) => {
      const record = { ...facts, rendering: 1, site: BASE_URL };
      assert.deepEqual(parseRecord(writeRecord(record)), record);
    }),
    { numRuns: 300 },
  );
});

test('record: text that is no record is refused as damaged', () => {
  for (const text of [
    '',
    '[]',
    '{}',
    '{"v":1}',
    writeRecord({ ...readFacts(), rendering: 1, site: 'x' }).replace('"read"', '"reed"'),
  ]) {
    assert.throws(() => parseRecord(text), DamagedRecordError);
  }
});

test('record: a query beyond the bound is cut and says so', () => {
  const record = reopened(recorder().entry(searchFacts({ query: 'x'.repeat(100_000) })).sealed);
  assert.equal(record.query?.length, 8192);
  assert.ok(record.query.endsWith('…'));
});

test('terms: kind, subject, fhirUser, resource and each patient, each once, none in clear', () => {
  const { terms } = recorder().entry(readFacts({ patients: ['p1', 'p2', 'p3'] }));
  assert.equal(terms.length, 7);
  assert.equal(new Set(terms).size, 7);
  assert.ok(terms.every((term) => /^[A-Za-z0-9_-]{22}$/.test(term)));
  assert.equal(recorder().entry(loginFacts()).terms.length, 1);
});

test('terms: a patient concerned and the same id as a resource share no term', () => {
  const concerned = recorder().entry(searchFacts({ patients: ['p1'] })).terms;
  const read = recorder().entry(readFacts({ resource: { type: 'Patient', id: 'p1' }, patients: [] })).terms;
  const agent = recorder().entry(searchFacts({ patients: [] })).terms;
  assert.deepEqual(
    concerned.filter((term) => read.includes(term)),
    agent.filter((term) => read.includes(term)),
  );
});

test('recorded: a clock that is set back does not set the log back, and both times are told', () => {
  const log = recorder();
  log.entry(readFacts({ recorded: NOON }));
  const record = reopened(log.entry(readFacts({ recorded: NOON - 3_600_000 })).sealed);
  assert.equal(record.recorded, NOON);
  assert.equal(record.happened, NOON - 3_600_000);
  const next = reopened(log.entry(readFacts({ recorded: NOON + 1 })).sealed);
  assert.equal(next.recorded, NOON + 1);
  assert.equal(next.happened, undefined);
});

test('recorded: a restart goes on from the newest record of the log', () => {
  const record = reopened(recorder(NOON + 5).entry(readFacts({ recorded: NOON })).sealed);
  assert.equal(record.recorded, NOON + 5);
  assert.equal(record.happened, undefined);
});

function anyFacts(): fc.Arbitrary<AuditFacts> {
  const text = fc.string({ unit: 'binary', maxLength: 20 });
  const name = fc.string({ minLength: 1, maxLength: 10 });
  return fc.record(
    {
      recorded: fc.nat(),
      interaction: fc.constantFrom(...INTERACTIONS),
      outcome: fc.constantFrom(...OUTCOMES),
      status: fc.integer({ min: 200, max: 599 }),
      agent: fc.record(
        {
          subject: text,
          issuer: text,
          sub: text,
          clientId: text,
          fhirUser: text,
          name: text,
          roles: fc.array(text, { maxLength: 3 }),
          tokenId: text,
          address: text,
          channel: fc.constantFrom('http' as const, 'cli' as const),
        },
        { requiredKeys: ['roles', 'address', 'channel'], noNullPrototype: true },
      ),
      purposeOfUse: fc.array(text, { maxLength: 2 }),
      resource: fc.record(
        { type: name, id: name, version: fc.nat() },
        { requiredKeys: ['type'], noNullPrototype: true },
      ),
      patients: fc.array(name, { maxLength: 4 }),
      query: text,
      count: fc.nat(),
      written: text,
      requestId: text,
    },
    {
      requiredKeys: ['recorded', 'interaction', 'outcome', 'status', 'agent', 'purposeOfUse', 'patients', 'requestId'],
      noNullPrototype: true,
    },
  );
}
